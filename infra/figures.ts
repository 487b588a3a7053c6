/**
 * What each Lambda gets, in one place: `infra/` deploys these figures and the local runtime
 * enforces the same ones, so that what passes here is what runs there.
 */
export const functionFigures = {
  poll: { memoryMb: 256, timeoutSeconds: 360 },
  agent: { memoryMb: 256, timeoutSeconds: 150 },
  retry: { memoryMb: 256, timeoutSeconds: 90 },
  api: { memoryMb: 512, timeoutSeconds: 30 },
} as const;

export type FunctionName = keyof typeof functionFigures;

/** The agent queue. Visibility exceeds the agent's timeout; a kill costs one whole visibility. */
export const queueFigures = {
  visibilitySeconds: 180,
  maxReceiveCount: 3,
  batchSize: 1,
  /** Agent Lambdas beyond Hermes' places: they send and settle while others wait for Hermes. */
  placesBesideHermes: 5,
  retentionDays: 4,
  deadLetterRetentionDays: 14,
} as const;

/** A late wake-up is worth nothing: the next one is a minute away. */
export const scheduleFigures = { maxRetryAttempts: 0, maxEventAgeSeconds: 60 } as const;
