import { z } from "zod";
import { isTimeZone } from "#core/settings/time-zone.ts";

const ClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** When bots may answer alone, by the clock of a place. */
export const Hours = z.object({
  zone: z.string().max(64).refine(isTimeZone, { error: "is no time zone, such as Asia/Shanghai" }),
  /** 1 is Monday, 7 is Sunday: the days on which the hours begin. */
  days: z.array(z.number().int().min(1).max(7)).min(1).max(7),
  /** Included. */
  from: ClockTime,
  /** Not included; earlier than `from` means on the next day, the same means around the clock. */
  to: ClockTime,
});
export type Hours = z.infer<typeof Hours>;

/** Whether a moment lies in the hours. */
export function isWithin({ zone, days, from, to }: Hours, at: Date): boolean {
  const { day, time } = wallClockOf(at, zone);
  const dayBefore = day === 1 ? 7 : day - 1;
  const isLate = time >= from;
  if (from < to) return days.includes(day) && isLate && time < to;
  return isLate ? days.includes(day) : time < to && days.includes(dayBefore);
}

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function wallClockOf(at: Date, zone: string): { day: number; time: string } {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? "";
  return { day: weekdays.indexOf(part("weekday")) + 1, time: `${part("hour")}:${part("minute")}` };
}
