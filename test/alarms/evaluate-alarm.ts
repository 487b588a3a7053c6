import { z } from "zod";
import type { AlarmInputs } from "#infra/alarm-inputs.ts";

/** One told value of a metric. */
export type DataPoint = {
  namespace: string;
  name: string;
  /** `stage=test`, sorted. */
  dimensions: string;
  at: Date;
  value: number;
};

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

const Embedded = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
      }),
    ),
  }),
});
const Values = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** What CloudWatch reads out of one line of the embedded metric format. */
export function dataPointsOf(line: string): DataPoint[] {
  const document = Embedded.parse(JSON.parse(line));
  const at = new Date(document._aws.Timestamp);
  return document._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const values = names.map((name): [string, string] => [
        name,
        z.string().parse(document[name]),
      ]);
      return Metrics.flatMap(({ Name }) =>
        Values.parse(document[Name]).map((value) => ({
          namespace: Namespace,
          name: Name,
          dimensions: dimensionsText(Object.fromEntries(values)),
          at,
          value,
        })),
      );
    }),
  );
}

export function dimensionsText(dimensions: Readonly<Record<string, string>>): string {
  return Object.entries(dimensions)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(",");
}

/**
 * The state that CloudWatch gives the alarm at `now`, when it was in `before`: it looks at the last
 * whole periods, and fires when as many of them breach as it asks for.
 */
export function evaluateAlarm(
  alarm: AlarmInputs,
  points: readonly DataPoint[],
  now: Date,
  before: AlarmState,
): AlarmState {
  const periodMs = periodOf(alarm) * 1000;
  const end = Math.floor(now.getTime() / periodMs) * periodMs;
  const values = Array.from({ length: alarm.evaluationPeriods }, (_, index) => {
    const from = end - (index + 1) * periodMs;
    const within = points.filter(
      ({ at }) => at.getTime() >= from && at.getTime() < from + periodMs,
    );
    return valueOf(alarm, within);
  });
  if (values.every((value) => value === null) && alarm.treatMissingData === "ignore") return before;
  const breaching = values.filter((value) =>
    value === null ? alarm.treatMissingData === "breaching" : breaches(alarm, value),
  );
  if (breaching.length >= alarm.datapointsToAlarm) return "ALARM";
  const known = values.filter((value) => value !== null).length;
  // With missing points left out, what is there may be too little to call it over.
  const couldStillBreach =
    known - breaching.length < alarm.evaluationPeriods - alarm.datapointsToAlarm + 1;
  return alarm.treatMissingData === "ignore" && known < values.length && couldStillBreach
    ? before
    : "OK";
}

function breaches(alarm: AlarmInputs, value: number): boolean {
  return alarm.comparisonOperator === "GreaterThanThreshold"
    ? value > alarm.threshold
    : value < alarm.threshold;
}

function periodOf(alarm: AlarmInputs): number {
  if ("period" in alarm) return alarm.period;
  const [period] = alarm.metricQueries.flatMap((query) =>
    "metric" in query ? [query.metric.period] : [],
  );
  if (period === undefined) throw new Error(`${alarm.name} looks at no metric.`);
  return period;
}

/** The alarm's number for one period; null when nothing was told. */
function valueOf(alarm: AlarmInputs, within: readonly DataPoint[]): number | null {
  if ("metricQueries" in alarm) return shareOf(alarm.metricQueries, within);
  return statisticOf(
    alarm.statistic,
    within.filter(
      ({ namespace, name, dimensions }) =>
        namespace === alarm.namespace &&
        name === alarm.metricName &&
        dimensions === dimensionsText(alarm.dimensions),
    ),
  );
}

function statisticOf(statistic: string, points: readonly DataPoint[]): number | null {
  if (points.length === 0) return null;
  const values = points.map(({ value }) => value);
  return statistic === "Sum" ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

type Queries = Extract<AlarmInputs, { metricQueries: unknown }>["metricQueries"];

/** Metric math as far as our alarms use it: `IF(sum >= n, 100 * FILL(part, 0) / sum, 0)`. */
function shareOf(queries: Queries, within: readonly DataPoint[]): number | null {
  const sums = new Map<string, number | null>();
  let expression = "";
  for (const query of queries) {
    if ("expression" in query) expression = query.expression;
    else {
      const { namespace, metricName, dimensions } = query.metric;
      const own = within.filter(
        (point) =>
          point.namespace === namespace &&
          point.name === metricName &&
          point.dimensions === dimensionsText(dimensions),
      );
      sums.set(query.id, statisticOf("Sum", own));
    }
  }
  if ([...sums.values()].every((sum) => sum === null)) return null;
  const read = /^IF\(\((.+?)\) >= (\d+), 100 \* FILL\(part, 0\) \/ \((.+?)\), 0\)$/.exec(
    expression,
  );
  if (!read || read[1] !== read[3]) throw new Error(`Not understood: ${expression}`);
  const ids = [...(read[1] ?? "").matchAll(/FILL\((\w+), 0\)/g)].map(([, id]) => id ?? "");
  const whole = ids.reduce((sum, id) => sum + (sums.get(id) ?? 0), 0);
  return whole >= Number(read[2]) ? (100 * (sums.get("part") ?? 0)) / whole : 0;
}
