import { InvariantError } from "./errors.ts";

/** Which status may follow which; the key is where one comes from. */
export type Transitions<Status extends string> = Readonly<Record<Status, readonly Status[]>>;

/**
 * The statuses from which `to` may be reached. Stores put this into the filter of the statement
 * that changes the status, so that the database refuses what the table does not allow.
 */
export function statusesBefore<Status extends string>(
  table: Transitions<Status>,
  to: Status,
): Status[] {
  const before: Status[] = [];
  for (const from in table) {
    if (table[from].includes(to)) before.push(from);
  }
  return before;
}

/** `from`, checked against the table: a store that names an edge which is not there is a bug. */
export function allowedFrom<Status extends string>(
  table: Transitions<Status>,
  from: readonly Status[],
  to: Status,
): Status[] {
  for (const status of from) {
    if (!table[status].includes(to)) {
      throw new InvariantError("transition.unknown", `No transition from ${status} to ${to}.`);
    }
  }
  return [...from];
}
