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

export type Clockwork = {
  /** Arms a new or changed schedule. */
  set: (schedule: Schedule) => void;
  remove: (schedule: Schedule) => void;
  stop: () => void;
};

/** Scheduler promises the minute, not the second: a schedule keeps its own second within it. */
const SPREAD = 59 / 60;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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

export function createClockwork(options: ClockworkOptions): Clockwork {
  const { minuteMs, now, random, profile, onTick, onMiss } = options;
  const { lateMs = 0, earlyMs = 0, doubleProbability = 0, missProbability = 0 } = profile;
  const armed = new Map<string, NodeJS.Timeout>();
  const ticking = new Set<NodeJS.Timeout>();

  const tickIn = (delayMs: number, tick: Tick) => {
    const timer = setTimeout(() => {
      ticking.delete(timer);
      onTick(tick);
    }, delayMs);
    ticking.add(timer);
  };

  const release = (tick: Tick) => {
    if (random() < missProbability) {
      onMiss(tick);
      return;
    }
    tickIn(random() * (earlyMs + lateMs), tick);
    if (random() < doubleProbability) tickIn(random() * (earlyMs + lateMs + minuteMs / 10), tick);
  };

  const arm = (schedule: Schedule, afterMs: number) => {
    const key = scheduleArn(schedule);
    clearTimeout(armed.get(key));
    armed.delete(key);
    const next = nextFiring(schedule, afterMs, minuteMs);
    if (next === undefined) return;
    const { fireAtMs, scheduledAt } = next;
    const delayMs = fireAtMs - earlyMs - now();
    const fire = () => {
      if (now() < fireAtMs - earlyMs) {
        arm(schedule, afterMs);
        return;
      }
      arm(schedule, fireAtMs);
      release({ schedule, scheduledAt });
    };
    armed.set(key, setTimeout(fire, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS)));
  };

  return {
    set: (schedule) => arm(schedule, now()),
    remove(schedule) {
      clearTimeout(armed.get(scheduleArn(schedule)));
      armed.delete(scheduleArn(schedule));
    },
    stop() {
      for (const timer of [...armed.values(), ...ticking]) clearTimeout(timer);
      armed.clear();
      ticking.clear();
    },
  };
}

function firstDue(expression: Expression, fromMinute: number, created: number): number {
  let minute = fromMinute;
  while (!expression.isDue(minute, Math.floor(created))) minute++;
  return minute;
}
