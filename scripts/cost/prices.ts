/** us-east-1, dollars, before anything free (reference/aws.md 1 to 5; looked up 2026-11-22). */
export const prices = {
  asOf: "2026-11-22",
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2 / 1_000_000,
  schedulerInvocation: 1 / 1_000_000,
  fifoRequest: 0.5 / 1_000_000,
  logGb: 0.5,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
} as const;

/** The cluster a hub of so many accounts begins with, and its price a month (reference/aws.md 4). */
export function atlasFor(accounts: number): { tier: string; usd: number } {
  if (accounts <= 10) return { tier: "Flex", usd: 8 };
  if (accounts <= 300) return { tier: "M10", usd: 56.94 };
  return { tier: "M30", usd: 388 };
}
