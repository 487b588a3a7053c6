import { Metrics as EmbeddedMetrics } from "@aws-lambda-powertools/metrics";
import type { Clock } from "#core/shared/clock.ts";
import { metricNamespace, metrics, type MetricName } from "./metrics.ts";

/** What a Lambda measures; it is told to CloudWatch once per invocation. */
export type Measure = {
  /** Adds to a count. */
  count(name: MetricName, by?: number): void;
  /** Notes one value, such as a duration; each counts for itself. */
  note(name: MetricName, value: number): void;
  /** Writes what came together as one line in CloudWatch's embedded format, and begins anew. */
  flush(): void;
};

export type MeasureOptions = {
  stage: string;
  /** Lambda drops lines below the function's level and takes one without a level for INFO. */
  level: string;
  clock: Pick<Clock, "now">;
  write?: (line: string) => void;
};

/** The most values CloudWatch takes of one metric in one line. */
const mostValues = 99;

export function createMeasure({ stage, level, clock, write = toStdout }: MeasureOptions): Measure {
  const counts = new Map<MetricName, number>();
  const values = new Map<MetricName, number[]>();
  return {
    count(name, by = 1) {
      counts.set(name, (counts.get(name) ?? 0) + by);
    },

    note(name, value) {
      values.set(name, [...(values.get(name) ?? []), value].slice(-mostValues));
    },

    flush() {
      if (counts.size + values.size === 0) return;
      const embedded = new EmbeddedMetrics({ namespace: metricNamespace, logger: silent });
      embedded.clearDefaultDimensions();
      embedded.setDefaultDimensions({ stage });
      embedded.setTimestamp(clock.now().getTime());
      embedded.addMetadata("level", level);
      for (const [name, sum] of counts) embedded.addMetric(name, metrics[name].unit, sum);
      for (const [name, each] of values) {
        for (const value of each) embedded.addMetric(name, metrics[name].unit, value);
      }
      write(JSON.stringify(embedded.serializeMetrics()));
      counts.clear();
      values.clear();
    },
  };
}

/** Its warnings are about uses that cannot occur here, such as a time far from the machine's own. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}
