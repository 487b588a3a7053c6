const longestMs = 15 * 60_000;

/**
 * How long to wait before try `attemptCount + 1`: the base doubled each time, at most a quarter of
 * an hour, between half of it and all of it by `random` (0 to 1), so that many do not come at once.
 */
export function backOffMs(
  settings: { HERMES_RETRY_INTERVAL_MS: number },
  attemptCount: number,
  random: number,
): number {
  const doublings = Math.min(Math.max(attemptCount - 1, 0), 16);
  const most = Math.min(settings.HERMES_RETRY_INTERVAL_MS * 2 ** doublings, longestMs);
  return Math.round(most * (0.5 + random / 2));
}
