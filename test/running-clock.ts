import { systemClock, type Clock } from "#core/shared/clock.ts";

export type RunningClock = Clock & {
  /** Jumps ahead: leases, back-off and ages all see it. */
  moveOn(ms: number): void;
  /** Only what ages sees it: the 24-hour window and stale limits. */
  age(ms: number): void;
};

/**
 * The real clock for stories over real sockets. It can be moved ahead, and no pause takes longer
 * than `longestSleepMs`, so that a story waits for what happens and not for the time to pass.
 */
export function createRunningClock({ longestSleepMs = 20 } = {}): RunningClock {
  const real = systemClock();
  let aheadMs = 0;
  let agedMs = 0;
  return {
    now: () => new Date(Date.now() + aheadMs),
    ageNow: () => new Date(Date.now() + aheadMs + agedMs),
    sleep: (ms, signal) => real.sleep(Math.min(ms, longestSleepMs), signal),
    moveOn(ms) {
      aheadMs += ms;
    },
    age(ms) {
      agedMs += ms;
    },
  };
}
