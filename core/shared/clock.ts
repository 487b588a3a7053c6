import { setTimeout as wait } from "node:timers/promises";

/**
 * The two clocks of the hub. `now` measures leases, waits and back-off. `ageNow` is what ages, the
 * 24-hour window and stale limits are judged by; it may be moved ahead on one machine so that a
 * day passes in a test, while leases go on in real time.
 */
export type Clock = {
  now(): Date;
  ageNow(): Date;
  /** Resolves after `ms`, or at once when the signal aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export function systemClock(offsetSeconds = 0): Clock {
  return {
    now: () => new Date(),
    ageNow: () => new Date(Date.now() + offsetSeconds * 1000),
    async sleep(ms, signal) {
      if (ms <= 0 || signal?.aborted) return;
      try {
        await wait(ms, undefined, { signal });
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
    },
  };
}

export function plusMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

export function plusSeconds(at: Date, seconds: number): Date {
  return plusMs(at, seconds * 1000);
}
