/**
 * List prices in US dollars, us-east-1, before any free tier and without tax (reference/aws.md 1 to
 * 6). What Hermes' models cost is between the operator and their provider, so tokens have no price.
 */
export const prices = {
  /** When the table was last compared with the published prices. */
  asOf: "2026-09-19",
  currency: "USD",
  /** Lambda on arm64, first 7.5 billion GB-seconds of a month. */
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2 / 1e6,
  schedulerInvocation: 1 / 1e6,
  sqsFifoRequest: 0.5 / 1e6,
  logGigabyte: 0.5,
} as const;

/** How much of each an hour of polling or a run takes; the sizes are those of `infra/figures.ts`. */
export const usage = {
  /** One schedule per account fires each minute. */
  ticksPerMonth: 43_200,
  pollMemoryGb: 0.25,
  agentMemoryGb: 0.25,
  /** A tick that finds its account polled already. */
  idleTickSeconds: 0.05,
  /** Accounts that one poller carries at most. */
  accountsPerPoller: 50,
  /** Its last holds run beside its successor's first: 1.08 at 50 accounts, 1.12 at 150 (bench fleet). */
  pollersHandingOver: 1.1,
  secondsPerMonth: 43_200 * 60,
  /** Push, receive and delete of a job. */
  queueRequestsPerRun: 3,
  /** What an agent Lambda does besides waiting for Hermes: start, statements, sends. */
  agentOverheadSeconds: 2,
  logBytesPerRun: 1_500,
} as const;
