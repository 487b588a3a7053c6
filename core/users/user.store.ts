import type { Db, Document, Filter, UpdateFilter } from "mongodb";
import { asChanged, changed } from "#core/database/changed.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import { listChanged, type ChangedPage } from "#core/database/list-changed.ts";
import { RequestError } from "#core/shared/errors.ts";
import type { Place } from "#core/shared/pages.ts";
import { searchPattern } from "#core/shared/search-keys.ts";
import { nameKeyOf, User } from "./user.ts";

/** Users with their sessions, tokens and links; each change is one statement on one document. */
export function userStore(db: Db) {
  const users = db.collection<User>("users");

  async function findOne(filter: Filter<User>): Promise<User | null> {
    const found = await users.findOne(filter);
    return found && User.parse(found);
  }

  return {
    /** Throws RequestError `user.name_taken`. */
    async insert(user: User): Promise<void> {
      await refuseTakenName(users.insertOne(asChanged(user)));
    },

    /** Throws RequestError `user.unknown`. */
    async get(id: string): Promise<User> {
      const found = await findOne({ _id: id });
      if (found) return found;
      throw new RequestError("not_found", "user.unknown", `There is no user ${id}.`, { id });
    },

    find: findOne,
    findByName: (name: string) => findOne({ nameKey: nameKeyOf(name), password: { $ne: null } }),
    findBySession: (hash: string) => findOne({ "sessions.hash": hash, disabledAt: null }),
    findByToken: (hash: string) => findOne({ "tokens.hash": hash, disabledAt: null }),
    findByLink: (hash: string, now: Date) =>
      findOne({ "link.hash": hash, "link.expiresAt": { $gt: now }, disabledAt: null }),

    /** By age; `after` is the last id of the page before, `q` the beginning of a name or label. */
    async list({ after, limit, q, sort = "oldest" }: UserPage): Promise<User[]> {
      const [direction, beyond] =
        sort === "oldest" ? ([1, "$gt"] as const) : ([-1, "$lt"] as const);
      const filter: Filter<User> = { _id: { [beyond]: after ?? (direction === 1 ? "" : "usr_~") } };
      if (q !== undefined) {
        const searchKeys = searchPattern(q);
        if (searchKeys === null) return [];
        filter.searchKeys = searchKeys;
      }
      const found = await users.find(filter).sort({ _id: direction }).limit(limit).toArray();
      return found.map((user) => User.parse(user));
    },

    /** Those that changed since a list was read, however they are called now if nothing is searched. */
    async listChanged({ q, ...page }: ChangedPage & { q?: string | undefined }): Promise<{
      items: User[];
      next: Place | null;
    }> {
      const searchKeys = q === undefined ? undefined : searchPattern(q);
      if (searchKeys === null) return { items: [], next: null };
      const of = searchKeys === undefined ? {} : { searchKeys };
      const { found, next } = await listChanged(db, "users", of, page);
      return { items: found.map((user) => User.parse(user)), next };
    },

    /** One guarded change; null when the user is not as `filter` says. */
    async change(
      filter: Filter<User>,
      update: UpdateFilter<User>,
      arrayFilters: Document[] = [],
    ): Promise<User | null> {
      const changing = users.findOneAndUpdate(
        filter,
        { ...update, ...changed },
        { returnDocument: "after", ...(arrayFilters.length > 0 ? { arrayFilters } : {}) },
      );
      const after = await refuseTakenName(changing);
      return after && User.parse(after);
    },

    async noteSeen(userId: string, sessionHash: string, now: Date): Promise<void> {
      await users.updateOne(
        { _id: userId, "sessions.hash": sessionHash },
        { $set: { "sessions.$[one].seenAt": now } },
        { arrayFilters: [{ "one.hash": sessionHash }] },
      );
    },
  };
}

export type UserPage = {
  after?: string | undefined;
  q?: string | undefined;
  sort?: "oldest" | "newest";
  limit: number;
};

async function refuseTakenName<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (cause) {
    if (!isDuplicateKey(cause)) throw cause;
    const message = "Another user has this name already.";
    const whatToDo = "Choose another one.";
    throw new RequestError("conflict", "user.name_taken", message, {}, { cause, whatToDo });
  }
}
