import { metricNamespace } from "#core/telemetry/metrics.ts";
import type { AlarmDefinition, AlarmSource } from "./alarm-definitions.ts";

/** Names that AWS made up for what an alarm may look at, by our own names. */
export type DeployedNames<Name> = {
  stage: string;
  lambdas: Record<Extract<AlarmSource, { kind: "lambda" }>["of"], Name>;
  queues: Record<Extract<AlarmSource, { kind: "queue" }>["of"], Name>;
};

type Metric<Name> = {
  namespace: string;
  metricName: string;
  dimensions: Record<string, Name | string>;
};

/** An alarm as CloudWatch takes it; `infra/alarms.ts` makes it, the tests evaluate it. */
export function alarmInputs<Name>(definition: AlarmDefinition, names: DeployedNames<Name>) {
  const { source, periodSeconds } = definition;
  return {
    name: `wechat-clawbot-hub-${names.stage}-${definition.name}`,
    alarmDescription: `${definition.says} What to do: docs/operations.md, ${definition.name}.`,
    comparisonOperator:
      definition.breaches === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
    threshold: definition.threshold,
    evaluationPeriods: definition.periods,
    datapointsToAlarm: definition.breaching,
    treatMissingData: definition.missing,
    ...(source.kind === "share"
      ? { metricQueries: shareQueries(source, names.stage, periodSeconds) }
      : {
          ...metricOf(source, names),
          statistic: statisticOf(source),
          period: periodSeconds,
        }),
  };
}

export type AlarmInputs = ReturnType<typeof alarmInputs<string>>;

function metricOf<Name>(
  source: Exclude<AlarmSource, { kind: "share" }>,
  { stage, lambdas, queues }: DeployedNames<Name>,
): Metric<Name> {
  switch (source.kind) {
    case "hub":
      return { namespace: metricNamespace, metricName: source.metric, dimensions: { stage } };
    case "lambda":
      return {
        namespace: "AWS/Lambda",
        metricName: source.metric,
        dimensions: { FunctionName: lambdas[source.of] },
      };
    case "queue":
      return {
        namespace: "AWS/SQS",
        metricName: source.metric,
        dimensions: { QueueName: queues[source.of] },
      };
  }
}

function statisticOf(source: Exclude<AlarmSource, { kind: "share" }>): "Maximum" | "Sum" {
  if (source.kind === "hub") return source.statistic;
  return source.kind === "lambda" ? "Sum" : "Maximum";
}

/** CloudWatch's own arithmetic: where one of the metrics told nothing, it counts as 0. */
function shareQueries(
  { part, whole, atLeast }: Extract<AlarmSource, { kind: "share" }>,
  stage: string,
  period: number,
) {
  const query = (id: string, metricName: string) => ({
    id,
    metric: {
      namespace: metricNamespace,
      metricName,
      dimensions: { stage },
      stat: "Sum",
      period,
    },
    returnData: false,
  });
  const sum = whole.map((_, index) => `FILL(whole${index}, 0)`).join(" + ");
  return [
    {
      id: "share",
      label: `percent of ${part}`,
      expression: `IF((${sum}) >= ${atLeast}, 100 * FILL(part, 0) / (${sum}), 0)`,
      returnData: true,
    },
    query("part", part),
    ...whole.map((metric, index) => query(`whole${index}`, metric)),
  ];
}
