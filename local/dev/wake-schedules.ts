import type { Scheduler } from "../scheduler/scheduler.ts";

const LOOK_MS = 500;

/**
 * Fires each schedule once as soon as it is there, beside its own times, so that a person need not
 * wait for its first minute. AWS may fire early as well, so the functions are ready for it.
 */
export function wakeSchedules(scheduler: Pick<Scheduler, "schedules" | "fire">) {
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

function keyOf({ groupName, name }: { groupName: string; name: string }): string {
  return `${groupName}/${name}`;
}
