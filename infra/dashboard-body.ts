import { metricNamespace, type MetricName } from "#core/telemetry/metrics.ts";
import { alarmDefinitions } from "./alarm-definitions.ts";
import { functionFigures, type FunctionName } from "./figures.ts";

type Names = {
  region: string;
  stage: string;
  lambdas: Record<FunctionName, string>;
  alarmArns: readonly string[];
};

type Series = readonly [MetricName, "Sum" | "Maximum" | "p50" | "p95"];
type Graph = { title: string; series: readonly Series[] };

/** From what is wrong now, through what waits, to what it costs; three graphs to a row. */
const graphs: readonly Graph[] = [
  {
    title: "Messages in, and what became of the questions",
    series: [
      ["MessagesIn", "Sum"],
      ["AnswersSent", "Sum"],
      ["AnswersHeld", "Sum"],
      ["AnswersParked", "Sum"],
      ["RunsFailed", "Sum"],
    ],
  },
  {
    title: "Seconds from question to WeChat's yes",
    series: [
      ["AnswerSeconds", "p50"],
      ["AnswerSeconds", "p95"],
    ],
  },
  {
    title: "Waiting: questions, reviews, parked answers, dead jobs",
    series: [
      ["RunsWaiting", "Maximum"],
      ["ReviewsWaiting", "Maximum"],
      ["ParkedWaiting", "Maximum"],
      ["DeadJobs", "Maximum"],
    ],
  },
  {
    title: "Age of the oldest, seconds",
    series: [
      ["OldestWaitingSeconds", "Maximum"],
      ["OldestReviewSeconds", "Maximum"],
      ["OldestParkedSeconds", "Maximum"],
    ],
  },
  {
    title: "Hermes: away, seconds per answer",
    series: [
      ["HermesAwaySeconds", "Maximum"],
      ["HermesMisconfigured", "Maximum"],
      ["HermesSeconds", "p50"],
      ["HermesSeconds", "p95"],
    ],
  },
  {
    title: "Hermes: why calls failed",
    series: [
      ["HermesUnreachable", "Sum"],
      ["HermesBusy", "Sum"],
      ["HermesTurnsFailed", "Sum"],
    ],
  },
  {
    title: "Polling: accounts wanted, held, poll Lambdas",
    series: [
      ["AccountsWanted", "Maximum"],
      ["AccountsPolled", "Maximum"],
      ["Pollers", "Maximum"],
    ],
  },
  {
    title: "Poll gap, seconds; accounts to scan, silent accounts",
    series: [
      ["PollGapSeconds", "Maximum"],
      ["LoginsExpired", "Maximum"],
      ["AccountsSilent", "Maximum"],
      ["SchedulesDiffering", "Maximum"],
    ],
  },
  {
    title: "WeChat: answers, unknown codes, bubbles without id",
    series: [
      ["WechatAnswers", "Sum"],
      ["WechatAnswersUnknown", "Sum"],
      ["ChunksTaken", "Sum"],
      ["ChunksUnconfirmed", "Sum"],
    ],
  },
  {
    title: "Our own faults, and the heartbeat",
    series: [
      ["Heartbeat", "Sum"],
      ["SweepsFailed", "Sum"],
      ["ApiFailures", "Sum"],
    ],
  },
];

const pricePerGbSecond = 0.0000133334;

/** The dashboard as CloudWatch takes it: all alarms on top, so that ten seconds tell what is wrong. */
export function dashboardBody({ region, stage, lambdas, alarmArns }: Names) {
  const place = (index: number, top: number) => ({
    x: (index % 3) * 8,
    y: top + Math.floor(index / 3) * 6,
    width: 8,
    height: 6,
  });
  const hub = graphs.map(({ title, series }, index) => ({
    type: "metric",
    ...place(index, 4),
    properties: {
      title,
      region,
      period: 60,
      metrics: series.map(([metric, stat]) => [metricNamespace, metric, "stage", stage, { stat }]),
    },
  }));
  const each = Object.entries(lambdas);
  const top = 4 + Math.ceil(graphs.length / 3) * 6;
  const ofLambda = (title: string, metric: string, stat: string) => ({
    title: `Lambda: ${title}`,
    region,
    period: 300,
    metrics: each.map(([, name]) => ["AWS/Lambda", metric, "FunctionName", name, { stat }]),
  });
  const lambda = [
    ofLambda("errors", "Errors", "Sum"),
    ofLambda("throttles", "Throttles", "Sum"),
    ofLambda("duration, p95", "Duration", "p95"),
    ofLambda("at once", "ConcurrentExecutions", "Maximum"),
    { title: "Lambda: dollars a day", region, period: 86_400, metrics: costMetrics(lambdas) },
  ];
  return {
    widgets: [
      {
        type: "alarm",
        x: 0,
        y: 0,
        width: 24,
        height: 4,
        properties: { title: `${alarmDefinitions.length} alarms`, alarms: alarmArns },
      },
      ...hub,
      ...lambda.map((properties, index) => ({ type: "metric", ...place(index, top), properties })),
    ],
  };
}

/** What the functions' time costs, before anything free (reference/aws.md 3). */
function costMetrics(lambdas: Record<FunctionName, string>) {
  return (["poll", "agent", "retry", "api"] as const).flatMap((name) => [
    [
      "AWS/Lambda",
      "Duration",
      "FunctionName",
      lambdas[name],
      { id: name, stat: "Sum", visible: false },
    ],
    [
      {
        id: `${name}Usd`,
        label: name,
        expression: `${name} / 1000 * ${functionFigures[name].memoryMb / 1024} * ${pricePerGbSecond}`,
      },
    ],
  ]);
}
