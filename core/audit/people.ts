import type { Db } from "mongodb";

type Named = { _id: string; name?: string };

/** The names of these users by their ids; who is not there any more keeps the id for a name. */
export async function namesOf(
  db: Db,
  userIds: readonly (string | null | undefined)[],
): Promise<Record<string, string>> {
  const ids = [...new Set(userIds.filter((id) => id !== null && id !== undefined))];
  if (ids.length === 0) return {};
  const found = await db
    .collection<Named>("users")
    .find({ _id: { $in: ids } }, { projection: { name: 1 } })
    .limit(ids.length)
    .toArray();
  const names = new Map(found.map(({ _id, name }) => [_id, name]));
  return Object.fromEntries(ids.map((id) => [id, names.get(id) ?? id]));
}

export async function nameOf(db: Db, userId: string | null): Promise<string> {
  if (userId === null) return "Somebody";
  return (await namesOf(db, [userId]))[userId] ?? userId;
}
