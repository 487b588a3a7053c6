import type { Clock } from "#core/shared/clock.ts";

export type TestClock = Clock & {
  /** Moves time on; sleepers whose time has come wake up, the earliest first. */
  advance(ms: number): Promise<void>;
  /** How many wait for time to pass. */
  sleepers(): number;
};

type Sleeper = { at: number; wake: () => void };

/**
 * A clock that stands still until the test moves it; ahead of the real one, by which the database
 * deletes what has expired.
 */
export function createTestClock(start = new Date("2036-03-03T08:00:00.000Z")): TestClock {
  let nowMs = start.getTime();
  const sleepers = new Set<Sleeper>();
  return {
    now: () => new Date(nowMs),
    ageNow: () => new Date(nowMs),
    sleep(ms, signal) {
      if (ms <= 0 || signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper: Sleeper = { at: nowMs + ms, wake: () => done() };
        const done = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        signal?.addEventListener("abort", done, { once: true });
        sleepers.add(sleeper);
      });
    },
    sleepers: () => sleepers.size,
    async advance(ms) {
      const until = nowMs + ms;
      for (;;) {
        const [next] = [...sleepers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (!next) break;
        nowMs = Math.max(nowMs, next.at);
        next.wake();
        // What woke may sleep again before the time we move to.
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = until;
    },
  };
}
