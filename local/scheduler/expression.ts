/** Tells whether a schedule is due in a minute, counted from 1970. */
export type Expression = { isDue: (minute: number, createdMinute: number) => boolean };

const UNIT_MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };
const RATE = /^rate\((\d+) (minute|hour|day)(s?)\)$/;
const CRON = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/;

/**
 * Reads `rate(N minutes|hours|days)` and those cron expressions whose minute field alone is
 * narrowed. A rate counts from the schedule's creation. `at()` and other cron fields are known
 * to Scheduler but not here, and say so instead of firing at the wrong time.
 */
export function parseExpression(text: string): Expression | { problem: string } {
  const rate = RATE.exec(text);
  if (rate !== null) return parseRate(text, rate);
  const cron = CRON.exec(text);
  if (cron !== null) return parseCron(text, cron.slice(1));
  if (text.startsWith("at(")) return { problem: "at() is not known to the local Scheduler" };
  return { problem: `Invalid Schedule Expression ${text}.` };
}

function parseRate(
  text: string,
  [, digits, unit = "", plural]: RegExpExecArray,
): Expression | { problem: string } {
  const value = Number(digits);
  if (value < 1 || (value === 1) !== (plural === "")) {
    return { problem: `Invalid Schedule Expression ${text}.` };
  }
  const minutes = value * (UNIT_MINUTES[unit] ?? 1);
  return { isDue: (minute, createdMinute) => (minute - createdMinute) % minutes === 0 };
}

function parseCron(text: string, fields: string[]): Expression | { problem: string } {
  const [minuteField = "", hours, dayOfMonth, month, dayOfWeek, year] = fields;
  const days = [dayOfMonth, dayOfWeek].join(" ");
  if ([hours, month, year].some((field) => field !== "*") || !["* ?", "? *"].includes(days)) {
    return { problem: "Only the minute field of cron() is known to the local Scheduler" };
  }
  const minutes = minuteField.split(",").map(minutesOf);
  if (minutes.includes(undefined)) return { problem: `Invalid Schedule Expression ${text}.` };
  const due = new Set(minutes.flatMap((list) => list ?? []));
  return { isDue: (minute) => due.has(minute % 60) };
}

/** The minutes of an hour that `*`, `5`, `0-10`, `0/5` and the like mean. */
function minutesOf(part: string): number[] | undefined {
  const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
  if (match === null) return undefined;
  const [, from, to, step] = match;
  const first = Number(from ?? 0);
  const single = from !== undefined && to === undefined && step === undefined;
  const last = single ? first : Number(to ?? 59);
  const stepMinutes = Number(step ?? 1);
  if (first > last || last > 59 || stepMinutes < 1) return undefined;
  const count = Math.floor((last - first) / stepMinutes) + 1;
  return Array.from({ length: count }, (_, index) => first + index * stepMinutes);
}
