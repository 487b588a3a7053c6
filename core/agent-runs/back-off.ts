import type { WaitCause } from "./agent-run.ts";

const longestMs = 15 * 60_000;
const full = { firstMs: 2_000, longestMs: 30_000 };
const inProgressMs = 15_000;

/**
 * How long a run waits before it is tried again, by why it waits: an outage is probed at one pace,
 * full places are asked for soon again, a turn at work is joined, a failed turn is given more time
 * with each try. `random` (0 to 1) spreads it between half of it and all, so that many do not come
 * at once; `HERMES_RETRY_INTERVAL_MS` is the base of all.
 */
export function backOffMs(
  settings: { HERMES_RETRY_INTERVAL_MS: number },
  waits: { cause: WaitCause; attemptCount: number; random: number },
): number {
  const baseMs = settings.HERMES_RETRY_INTERVAL_MS;
  const doubled = 2 ** Math.min(Math.max(waits.attemptCount - 1, 0), 16);
  const mostMs = {
    hermes_down: baseMs,
    hermes_full: Math.min(Math.min(full.firstMs, baseMs) * doubled, full.longestMs),
    in_progress: Math.min(baseMs, inProgressMs),
    failed_turn: Math.min(baseMs * doubled, longestMs),
  }[waits.cause];
  return Math.round(mostMs * (0.5 + waits.random / 2));
}
