export type CancelTimer = () => void;

/** Time as WeChat sees it: the real clock plus an offset that can be moved forward. */
export interface VirtualClock {
  /** Milliseconds since the epoch, offset included. */
  now(): number;
  /** Milliseconds since the epoch of the real clock. */
  realNow(): number;
  offsetMs(): number;
  /** Moves time forward; everything that falls due on the way happens in its order. */
  advance(ms: number): void;
  after(ms: number, run: () => void): CancelTimer;
  /** Cancels all timers. */
  stop(): void;
}

interface Timer {
  dueAt: number;
  run: () => void;
}

/** Node fires a longer timeout at once. */
const longestTimeoutMs = 3_600_000;

export function createClock(realNow: () => number = Date.now, offsetMs = 0): VirtualClock {
  const timers = new Set<Timer>();
  let offset = offsetMs;
  let alarm: NodeJS.Timeout | undefined;
  const now = () => realNow() + offset;

  function runDue() {
    for (let timer = earliest(timers); timer && timer.dueAt <= now(); timer = earliest(timers)) {
      timers.delete(timer);
      timer.run();
    }
    arm();
  }

  function arm() {
    clearTimeout(alarm);
    const next = earliest(timers);
    if (!next) return;
    const waitMs = Math.min(Math.max(next.dueAt - now(), 0), longestTimeoutMs);
    alarm = setTimeout(runDue, Math.ceil(waitMs));
  }

  return {
    now,
    realNow,
    offsetMs: () => offset,
    advance(ms) {
      const target = offset + ms;
      for (let timer = earliest(timers); timer; timer = earliest(timers)) {
        if (timer.dueAt > realNow() + target) break;
        timers.delete(timer);
        offset = Math.max(offset, timer.dueAt - realNow());
        timer.run();
      }
      offset = target;
      arm();
    },
    after(ms, run) {
      const timer = { dueAt: now() + ms, run };
      timers.add(timer);
      arm();
      return () => {
        if (timers.delete(timer)) arm();
      };
    },
    stop() {
      timers.clear();
      clearTimeout(alarm);
    },
  };
}

function earliest(timers: Set<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) if (!first || timer.dueAt < first.dueAt) first = timer;
  return first;
}
