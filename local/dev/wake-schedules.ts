import type { ScheduleKey } from "../scheduler/schedule-store.ts";

/** The scheduler, as far as waking goes. */
export type Waking = {
  schedules: () => readonly ScheduleKey[];
  fire: (name: string, groupName: string) => void;
};

const LOOK_MS = 500;

/** Fires every schedule now, beside its own times. AWS may fire early too, so all are ready for it. */
export function wakeAll(scheduler: Waking): void {
  for (const { name, groupName } of scheduler.schedules()) scheduler.fire(name, groupName);
}

/** Fires each schedule once as soon as it is there: a person need not wait for its first minute. */
export function wakeNewSchedules(scheduler: Waking): { stop: () => void } {
  let known = new Set<string>();
  const look = () => {
    const present = scheduler.schedules();
    for (const schedule of present) {
      if (!known.has(keyOf(schedule))) scheduler.fire(schedule.name, schedule.groupName);
    }
    known = new Set(present.map(keyOf));
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}

function keyOf({ groupName, name }: ScheduleKey): string {
  return `${groupName}/${name}`;
}
