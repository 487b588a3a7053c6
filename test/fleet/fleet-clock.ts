import type { Clock } from "#core/shared/clock.ts";

type Sleeper = { at: number; wake: () => void };

/** Time that stands still until the fleet moves it, for all of its pollers at once. */
export class FleetClock {
  readonly #sleepers = new Set<Sleeper>();
  #nowMs: number;

  constructor(start: Date) {
    this.#nowMs = start.getTime();
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** When the next sleeper wakes up; Infinity when nobody sleeps. */
  get nextWakeMs(): number {
    return Math.min(...[...this.#sleepers].map(({ at }) => at));
  }

  /** Moves time on and wakes whose time has come; what they do then the caller waits for. */
  moveTo(nowMs: number): void {
    this.#nowMs = nowMs;
    const due = [...this.#sleepers].filter(({ at }) => at <= nowMs);
    for (const { wake } of due.sort((a, b) => a.at - b.at)) wake();
  }

  /** The clock of one invocation: once it is killed nobody who sleeps by it ever wakes up. */
  of(invocation: { readonly isKilled: boolean }): Clock {
    const now = () => new Date(this.#nowMs);
    return {
      now,
      ageNow: now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (invocation.isKilled) return;
          if (ms <= 0 || signal?.aborted) return resolve();
          const done = () => {
            this.#sleepers.delete(sleeper);
            signal?.removeEventListener("abort", done);
            if (!invocation.isKilled) resolve();
          };
          const sleeper: Sleeper = { at: this.#nowMs + ms, wake: done };
          signal?.addEventListener("abort", done, { once: true });
          this.#sleepers.add(sleeper);
        }),
    };
  }
}
