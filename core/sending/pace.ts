import { plusMs, type Clock } from "#core/shared/clock.ts";

/** Keeps one invocation's bubbles apart, whichever message they belong to. */
export type Pace = {
  /** Resolves when the next bubble may go. */
  wait(): Promise<void>;
  /** Notes that one was just tried. */
  note(): void;
};

export function createPace(clock: Clock, pauseMs: number): Pace {
  let nextAt: Date | null = null;
  return {
    async wait() {
      if (nextAt !== null) await clock.sleep(nextAt.getTime() - clock.now().getTime());
    },
    note() {
      nextAt = plusMs(clock.now(), pauseMs);
    },
  };
}
