import type { MetricName } from "#core/telemetry/metrics.ts";
import type { FunctionName } from "./figures.ts";

/** What an alarm looks at. */
export type AlarmSource =
  | { kind: "hub"; metric: MetricName; statistic: "Maximum" | "Sum" }
  /** Percent of `part` in all of `whole`; 0 while the whole is less than `atLeast`. */
  | { kind: "share"; part: MetricName; whole: readonly MetricName[]; atLeast: number }
  | { kind: "lambda"; metric: "Errors" | "Throttles"; of: FunctionName }
  | {
      kind: "queue";
      metric: "ApproximateAgeOfOldestMessage" | "ApproximateNumberOfMessagesVisible";
      of: "AgentQueue" | "ScheduleDeadLetters";
    };

export type AlarmDefinition = {
  /** Its name without the stage, and its heading in docs/operations.md. */
  name: string;
  /** One sentence for whoever is woken by it. */
  says: string;
  source: AlarmSource;
  breaches: "above" | "below";
  threshold: number;
  periodSeconds: number;
  /** It fires when `breaching` of the last `periods` breach. */
  periods: number;
  breaching: number;
  /** `ignore` keeps what it was: the heartbeat has its own alarm. */
  missing: "breaching" | "notBreaching" | "ignore";
};

const state = { kind: "hub", statistic: "Maximum" } as const;
const eachMinute = { periodSeconds: 60, breaches: "above", missing: "ignore" } as const;
const ofFiveMinutes = { periodSeconds: 300, breaches: "above", missing: "notBreaching" } as const;
const hour = 3600;

const ofTheHub: readonly AlarmDefinition[] = [
  {
    name: "heartbeat",
    says: "The retry Lambda has not kept a minute for five: nothing is retried, and no other state is known.",
    source: { kind: "hub", metric: "Heartbeat", statistic: "Sum" },
    breaches: "below",
    threshold: 1,
    periodSeconds: 60,
    periods: 5,
    breaching: 5,
    missing: "breaching",
  },
  {
    name: "poll-gap",
    says: "An approved account was not polled for more than three minutes: its messages are not seen.",
    source: { ...state, metric: "PollGapSeconds" },
    ...eachMinute,
    threshold: 180,
    periods: 1,
    breaching: 1,
  },
  {
    name: "login-expired",
    says: "WeChat ended a login: the account is silent until its owner scans again.",
    source: { ...state, metric: "LoginsExpired" },
    ...eachMinute,
    threshold: 0,
    periods: 1,
    breaching: 1,
  },
  {
    name: "accounts-silent",
    says: "An account that had messages on most days of its week had none for a day.",
    source: { ...state, metric: "AccountsSilent" },
    ...eachMinute,
    periodSeconds: hour,
    threshold: 0,
    periods: 2,
    breaching: 1,
  },
  {
    name: "hermes-away",
    says: "Hermes could not be reached for more than ten minutes: questions queue up.",
    source: { ...state, metric: "HermesAwaySeconds" },
    ...eachMinute,
    threshold: 600,
    periods: 1,
    breaching: 1,
  },
  {
    name: "hermes-misconfigured",
    says: "Hermes refuses our key, path or model: it will not come back by itself.",
    source: { ...state, metric: "HermesMisconfigured" },
    ...eachMinute,
    threshold: 0,
    periods: 2,
    breaching: 2,
  },
  {
    name: "oldest-waiting",
    says: "A question has waited for more than fifteen minutes.",
    source: { ...state, metric: "OldestWaitingSeconds" },
    ...eachMinute,
    threshold: 900,
    periods: 2,
    breaching: 2,
  },
  {
    name: "oldest-review",
    says: "A draft has waited for a reviewer for more than two hours.",
    source: { ...state, metric: "OldestReviewSeconds" },
    ...eachMinute,
    threshold: 2 * hour,
    periods: 1,
    breaching: 1,
  },
  {
    name: "oldest-parked",
    says: "An answer has waited for its contact for more than a day.",
    source: { ...state, metric: "OldestParkedSeconds" },
    ...eachMinute,
    threshold: 24 * hour,
    periods: 1,
    breaching: 1,
  },
  {
    name: "dead-jobs",
    says: "A job failed as often as it may and waits for a person.",
    source: { ...state, metric: "DeadJobs" },
    ...eachMinute,
    threshold: 0,
    periods: 1,
    breaching: 1,
  },
  {
    name: "schedules-differing",
    says: "An account's schedule is not as wanted for more than five minutes: Scheduler refuses us.",
    source: { ...state, metric: "SchedulesDiffering" },
    ...eachMinute,
    threshold: 0,
    periods: 5,
    breaching: 5,
  },
  {
    name: "sweeps-failed",
    says: "A sweep of the retry Lambda fails again and again: one kind of promise is not kept.",
    source: { kind: "hub", metric: "SweepsFailed", statistic: "Sum" },
    ...eachMinute,
    missing: "notBreaching",
    threshold: 0,
    periods: 5,
    breaching: 3,
  },
  {
    name: "runs-failed",
    says: "More than one in ten questions ended in an error.",
    source: {
      kind: "share",
      part: "RunsFailed",
      whole: ["RunsFailed", "AnswersSent", "AnswersHeld"],
      atLeast: 5,
    },
    ...ofFiveMinutes,
    threshold: 10,
    periods: 2,
    breaching: 2,
  },
  {
    name: "wechat-unknown",
    says: "WeChat refuses with codes that nobody has documented: its API may have changed.",
    source: {
      kind: "share",
      part: "WechatAnswersUnknown",
      whole: ["WechatAnswers"],
      atLeast: 10,
    },
    ...ofFiveMinutes,
    threshold: 5,
    periods: 2,
    breaching: 2,
  },
  {
    name: "sends-unconfirmed",
    says: "WeChat takes bubbles without giving their ids: they may not arrive.",
    source: { kind: "share", part: "ChunksUnconfirmed", whole: ["ChunksTaken"], atLeast: 5 },
    ...ofFiveMinutes,
    threshold: 20,
    periods: 2,
    breaching: 2,
  },
  {
    name: "api-failures",
    says: "The console and the API answer with faults of ours.",
    source: { kind: "hub", metric: "ApiFailures", statistic: "Sum" },
    ...ofFiveMinutes,
    threshold: 2,
    periods: 1,
    breaching: 1,
  },
];

const ofAws: readonly AlarmDefinition[] = [
  {
    name: "oldest-job",
    says: "A job has lain in the agent queue for more than ten minutes: agent Lambdas do not come to it.",
    source: { kind: "queue", metric: "ApproximateAgeOfOldestMessage", of: "AgentQueue" },
    ...eachMinute,
    missing: "notBreaching",
    threshold: 600,
    periods: 3,
    breaching: 3,
  },
  {
    name: "schedules-failing",
    says: "Scheduler could not deliver wake-ups.",
    source: {
      kind: "queue",
      metric: "ApproximateNumberOfMessagesVisible",
      of: "ScheduleDeadLetters",
    },
    ...ofFiveMinutes,
    threshold: 0,
    periods: 1,
    breaching: 1,
  },
  ...(["poll", "agent", "retry", "api"] as const).flatMap((name): AlarmDefinition[] => [
    {
      name: `${name}-errors`,
      says: `The ${name} Lambda fails or is killed again and again.`,
      source: { kind: "lambda", metric: "Errors", of: name },
      ...ofFiveMinutes,
      threshold: 2,
      periods: 1,
      breaching: 1,
    },
    {
      name: `${name}-throttled`,
      says: `The ${name} Lambda is refused places: the AWS account's concurrency is used up.`,
      source: { kind: "lambda", metric: "Throttles", of: name },
      ...ofFiveMinutes,
      threshold: 0,
      periods: 2,
      breaching: 2,
    },
  ]),
];

/** Every alarm. Each has its runbook in docs/operations.md under its name. */
export const alarmDefinitions: readonly AlarmDefinition[] = [...ofTheHub, ...ofAws];
