/**
 * What each statement adds that changes a document of a live list: the version, by which a reader
 * merges, and the time, by which a list tells what is newer. The time is the database's own, is read
 * by queries only, and no record's schema knows it.
 */
export const changed = {
  $inc: { version: 1 },
  $currentDate: { changedAt: true },
} as const;

/** A new document of a live list, which is newer than any list that was read before it was made. */
export function asChanged<T extends { createdAt: Date }>(made: T): T & { changedAt: Date } {
  return { ...made, changedAt: made.createdAt };
}

/** Clocks differ and statements take time: what changed shortly before is told again. */
const overlapMs = 10_000;

/** What changed since a list was read, as a bounded range; in the order in which it changed. */
export function changedSince(since: Date): { changedAt: { $gte: Date } } {
  return { changedAt: { $gte: new Date(since.getTime() - overlapMs) } };
}
