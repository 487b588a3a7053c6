import type { Db, Document, Filter } from "mongodb";
import type { Place } from "#core/shared/pages.ts";
import { changedSince } from "./changed.ts";

export type ChangedPage = {
  /** `asOf` of the list that was read before. */
  since: Date;
  /** Where the page before ended. */
  after?: Place | undefined;
  limit: number;
};

/** What this reads of a record. */
type Marked = { _id: string; changedAt: Date };

/**
 * What changed since a list was read, the longest changed first, and the place from which the next
 * page goes on; a reader merges it by id and version. The collection's index is `by_change`.
 */
export async function listChanged(
  db: Db,
  collection: "conversations" | "agent_runs" | "messages" | "users" | "policies" | "dead_jobs",
  of: Document,
  { since, after, limit, projection }: ChangedPage & { projection?: Document },
): Promise<{ found: Document[]; next: Place | null }> {
  const filter: Filter<Marked> = { ...of, ...changedSince(since) };
  if (after) filter.$and = [...(filter.$and ?? []), behind(after)];
  const found = await db
    .collection<Marked>(collection)
    .find(filter, projection ? { projection: { ...projection, changedAt: 1 } } : {})
    .sort({ changedAt: 1, _id: 1 })
    .limit(limit)
    .toArray();
  const last = found.length === limit ? found.at(-1) : undefined;
  return { found, next: last ? { at: last.changedAt, id: last._id } : null };
}

function behind({ at, id }: Place): Filter<Marked> {
  return { $or: [{ changedAt: { $gt: at } }, { changedAt: at, _id: { $gt: id } }] };
}
