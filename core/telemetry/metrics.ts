/** Where the hub's own metrics lie in CloudWatch; their one dimension is `stage`. */
export const metricNamespace = "ClawbotHub";

type MetricDefinition = {
  unit: "Count" | "Seconds";
  /** `event`: something happened; `state`: how things stand, told each minute by the heartbeat. */
  kind: "event" | "state";
  meaning: string;
};

/**
 * Everything the hub measures, under the one name that code, dashboard and alarms share. Each costs
 * a fixed sum a month and stage, so none has a dimension of its own (reference/aws.md 5).
 */
export const metrics = {
  MessagesIn: { unit: "Count", kind: "event", meaning: "messages stored for the first time" },
  WechatAnswers: { unit: "Count", kind: "event", meaning: "answers of WeChat to polls and sends" },
  WechatAnswersUnknown: {
    unit: "Count",
    kind: "event",
    meaning: "of these, refusals with a code that nobody has documented",
  },
  ChunksTaken: { unit: "Count", kind: "event", meaning: "bubbles that WeChat took" },
  ChunksUnconfirmed: {
    unit: "Count",
    kind: "event",
    meaning: "of these, bubbles taken without a message id, which are not even sure to be kept",
  },
  AnswersSent: { unit: "Count", kind: "event", meaning: "runs whose answer WeChat took whole" },
  AnswersHeld: { unit: "Count", kind: "event", meaning: "answers kept for a reviewer" },
  AnswersParked: { unit: "Count", kind: "event", meaning: "answers that wait for WeChat's window" },
  RunsFailed: { unit: "Count", kind: "event", meaning: "runs that ended in error" },
  AnswerSeconds: {
    unit: "Seconds",
    kind: "event",
    meaning: "from the question's time to WeChat's yes to the whole answer",
  },
  HermesSeconds: { unit: "Seconds", kind: "event", meaning: "how long Hermes took for an answer" },
  HermesUnreachable: { unit: "Count", kind: "event", meaning: "calls that Hermes' door refused" },
  HermesBusy: { unit: "Count", kind: "event", meaning: "calls that found all places taken" },
  HermesTurnsFailed: { unit: "Count", kind: "event", meaning: "turns that failed by themselves" },
  ApiFailures: { unit: "Count", kind: "event", meaning: "API calls answered with a fault of ours" },
  SweepsFailed: { unit: "Count", kind: "event", meaning: "sweeps that broke off with an error" },

  Heartbeat: { unit: "Count", kind: "state", meaning: "1 for each minute the retry Lambda kept" },
  AccountsWanted: { unit: "Count", kind: "state", meaning: "approved accounts to be polled" },
  AccountsPolled: { unit: "Count", kind: "state", meaning: "of these, accounts a poller holds" },
  Pollers: { unit: "Count", kind: "state", meaning: "poll Lambdas at work" },
  PollGapSeconds: {
    unit: "Seconds",
    kind: "state",
    meaning: "how long the longest neglected approved account was not polled with success",
  },
  LoginsExpired: { unit: "Count", kind: "state", meaning: "accounts that must be scanned again" },
  RunsWaiting: { unit: "Count", kind: "state", meaning: "questions not yet answered" },
  OldestWaitingSeconds: {
    unit: "Seconds",
    kind: "state",
    meaning: "age of the oldest question that nobody has answered or given up",
  },
  ReviewsWaiting: { unit: "Count", kind: "state", meaning: "answers that wait for a reviewer" },
  OldestReviewSeconds: { unit: "Seconds", kind: "state", meaning: "age of the oldest of these" },
  ParkedWaiting: { unit: "Count", kind: "state", meaning: "answers that wait for their contact" },
  OldestParkedSeconds: { unit: "Seconds", kind: "state", meaning: "age of the oldest of these" },
  HermesAwaySeconds: { unit: "Seconds", kind: "state", meaning: "how long Hermes has been away" },
  HermesMisconfigured: {
    unit: "Count",
    kind: "state",
    meaning: "1 while Hermes refuses our setup",
  },
  DeadJobs: { unit: "Count", kind: "state", meaning: "jobs given up that nobody looked at yet" },
  SchedulesDiffering: {
    unit: "Count",
    kind: "state",
    meaning: "accounts whose schedule is not as wanted",
  },
  AccountsSilent: {
    unit: "Count",
    kind: "state",
    meaning: "accounts without a message for a day that had one on most days of their week",
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics).filter((name): name is MetricName =>
  Object.hasOwn(metrics, name),
);
