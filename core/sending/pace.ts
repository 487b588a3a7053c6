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

/** One call's longest wait (reference/ilink.md 1.4: 15 s) and what is stored after it. */
const leastSendMs = 17_000;

/** Whether a bubble can be sent, and what comes of it stored, before the invocation ends. */
export function hasTimeToSend({ endsAt }: { endsAt: Date }, clock: Pick<Clock, "now">): boolean {
  return endsAt.getTime() - clock.now().getTime() >= leastSendMs;
}
