import type { Filter, UpdateFilter } from "mongodb";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { ownersStore } from "./owners.store.ts";
import type { Role, User } from "./user.ts";
import { userStore } from "./user.store.ts";

export type WantedUser = {
  name: string;
  role: Role;
  labels: string[] | null;
  /** Whoever repeats a request under the same key gets the user that the first one made. */
  createdUnder?: string | undefined;
};

/** A user who cannot sign in yet. Throws RequestError `user.limited_owner`. */
export function newUser(deps: Deps, actor: Actor, wanted: WantedUser, action: string): User {
  refuseLimitedOwner(wanted);
  const now = deps.clock.now();
  const _id = deps.newId("user");
  const { createdUnder, ...rest } = wanted;
  return {
    _id,
    ...rest,
    ...(createdUnder === undefined ? {} : { createdUnder }),
    searchKeys: searchKeysOfUser(rest),
    locale: null,
    password: null,
    link: null,
    sessions: [],
    tokens: [],
    disabledAt: null,
    auditOutbox: [auditLine(deps, actor, action, _id, { name: wanted.name, role: wanted.role })],
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
}

/** What owners find a user by. */
export function searchKeysOfUser({ name, labels }: Pick<User, "name" | "labels">): string[] {
  return searchKeysOf([name, ...(labels ?? [])]);
}

/**
 * Stores a new user, or gives the one that the same request made before. Throws RequestError
 * `user.name_taken`.
 */
export async function keepNewUser(deps: Deps, user: User): Promise<User> {
  try {
    await userStore(deps.db).insert(user);
  } catch (error) {
    const { createdUnder } = user;
    const made =
      createdUnder === undefined ? null : await userStore(deps.db).find({ createdUnder });
    if (made) return settled(deps, made);
    throw error;
  }
  return settled(deps, user);
}

/** One guarded change. Throws `user.unknown`, and `user.changed` when the user is not as `guard` says. */
export async function changeUser(
  deps: Deps,
  userId: string,
  guard: Filter<User>,
  update: UpdateFilter<User>,
): Promise<User> {
  const changed = await userStore(deps.db).change({ ...guard, _id: userId }, update);
  if (changed) return settled(deps, changed);
  await userStore(deps.db).get(userId);
  const message = "The user was changed meanwhile or is disabled; nothing was done.";
  throw new RequestError("conflict", "user.changed", message, { userId });
}

/** What follows from a change: the owners' list, and the audit log. */
export async function settled(deps: Deps, user: User): Promise<User> {
  await noteOwner(deps, user);
  await settleAudit(deps, user, "users");
  return user;
}

/** Brings the owners' list in line with a user as just stored; an owner counts once they can sign in. */
export async function noteOwner(deps: Deps, user: User): Promise<void> {
  const owners = ownersStore(deps.db);
  if (!isActiveOwner(user)) return owners.forget(user._id);
  await owners.add(user._id);
  // Whoever took the role away meanwhile may have looked before the line above.
  const now = await userStore(deps.db).get(user._id);
  if (!isActiveOwner(now)) await owners.forget(user._id);
}

/** An owner gives rights, so a limit would only hold until they lift it. */
export function refuseLimitedOwner({ role, labels }: Pick<User, "role" | "labels">): void {
  if (role !== "owner" || labels === null) return;
  throw new RequestError(
    "invalid",
    "user.limited_owner",
    "An owner sees all bots and cannot be limited to labels.",
    {},
    { whatToDo: "Leave the labels empty, or choose the role operator." },
  );
}

function isActiveOwner({ role, password, disabledAt }: User): boolean {
  return role === "owner" && password !== null && disabledAt === null;
}
