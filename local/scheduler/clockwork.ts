import { type Expression, parseExpression } from "./expression.ts";
import { fractionOf } from "./random.ts";
import { type Schedule, scheduleArn } from "./schedule.ts";

/** How ticks go wrong. All zero by default: on time, once each. */
export type FiringProfile = {
  /** A tick comes up to this much later, or earlier, than its time. */
  lateMs?: number;
  earlyMs?: number;
  /** The share of ticks that come twice, or not at all. */
  doubleProbability?: number;
  missProbability?: number;
};

export type Tick = { schedule: Schedule; scheduledAt: Date };

export type ClockworkOptions = {
  minuteMs: number;
  now: () => number;
  random: () => number;
  profile: FiringProfile;
  onTick: (tick: Tick) => void;
  onMiss: (tick: Tick) => void;
};

/** Scheduler promises the minute, not the second: a schedule keeps its own second within it. */
const SPREAD = 59 / 60;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const ON_TIME = { lateMs: 0, earlyMs: 0, doubleProbability: 0, missProbability: 0 };

/** When a schedule fires next, strictly after a time; undefined when it never does. */
export function nextFiring(
  schedule: Schedule,
  afterMs: number,
  minuteMs: number,
): { fireAtMs: number; scheduledAt: Date } | undefined {
  const { State, StartDate = 0, EndDate = Infinity, ...settings } = schedule.settings;
  const expression = parseExpression(settings.ScheduleExpression);
  if (State === "DISABLED" || "problem" in expression) return undefined;
  const windowMinutes = settings.FlexibleTimeWindow.MaximumWindowInMinutes ?? 0;
  const spreadMs = (SPREAD + windowMinutes) * minuteMs;
  const offsetMs = Math.floor(fractionOf(scheduleArn(schedule)) * spreadMs);
  const fromMs = Math.max(
    afterMs + 1 - offsetMs,
    StartDate * 1000,
    schedule.createdAtMs - offsetMs,
  );
  const minute = firstDue(
    expression,
    Math.ceil(fromMs / minuteMs),
    schedule.createdAtMs / minuteMs,
  );
  const scheduledAt = new Date(minute * minuteMs);
  if (scheduledAt.getTime() > EndDate * 1000) return undefined;
  return { fireAtMs: minute * minuteMs + offsetMs, scheduledAt };
}

/** Keeps a timer for each schedule, and lets its ticks go wrong as the profile says. */
export class Clockwork {
  readonly #options: ClockworkOptions;
  readonly #profile: Required<FiringProfile>;
  readonly #armed = new Map<string, NodeJS.Timeout>();
  readonly #ticking = new Set<NodeJS.Timeout>();

  constructor(options: ClockworkOptions) {
    this.#options = options;
    this.#profile = { ...ON_TIME, ...options.profile };
  }

  /** Arms a new or changed schedule. */
  set(schedule: Schedule): void {
    this.#arm(schedule, this.#options.now());
  }

  remove(schedule: Schedule): void {
    const key = scheduleArn(schedule);
    clearTimeout(this.#armed.get(key));
    this.#armed.delete(key);
  }

  stop(): void {
    for (const timer of [...this.#armed.values(), ...this.#ticking]) clearTimeout(timer);
    this.#armed.clear();
    this.#ticking.clear();
  }

  #arm(schedule: Schedule, afterMs: number): void {
    this.remove(schedule);
    const { now, minuteMs } = this.#options;
    const next = nextFiring(schedule, afterMs, minuteMs);
    if (next === undefined) return;
    const { fireAtMs, scheduledAt } = next;
    const releaseAtMs = fireAtMs - this.#profile.earlyMs;
    const release = () => {
      // A timer may come a little early, and a long one is cut.
      if (now() < releaseAtMs) {
        this.#arm(schedule, afterMs);
        return;
      }
      this.#arm(schedule, fireAtMs);
      this.#release({ schedule, scheduledAt });
    };
    const delayMs = Math.min(Math.max(0, releaseAtMs - now()), LONGEST_TIMER_MS);
    this.#armed.set(scheduleArn(schedule), setTimeout(release, delayMs));
  }

  #release(tick: Tick): void {
    const { random, minuteMs, onMiss } = this.#options;
    const { earlyMs, lateMs, missProbability, doubleProbability } = this.#profile;
    if (random() < missProbability) {
      onMiss(tick);
      return;
    }
    this.#tickIn(random() * (earlyMs + lateMs), tick);
    if (random() < doubleProbability) {
      this.#tickIn(random() * (earlyMs + lateMs + minuteMs / 10), tick);
    }
  }

  /** A late tick comes even when its schedule has gone meanwhile, as it does from the real one. */
  #tickIn(delayMs: number, tick: Tick): void {
    if (delayMs === 0) {
      this.#options.onTick(tick);
      return;
    }
    const timer = setTimeout(() => {
      this.#ticking.delete(timer);
      this.#options.onTick(tick);
    }, delayMs);
    this.#ticking.add(timer);
  }
}

function firstDue(expression: Expression, fromMinute: number, created: number): number {
  let minute = fromMinute;
  while (!expression.isDue(minute, Math.floor(created))) minute++;
  return minute;
}
