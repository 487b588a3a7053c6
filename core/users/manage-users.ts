import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine } from "#core/audit/record.ts";
import { reviewStore } from "#core/reviews/review.store.ts";
import type { Deps } from "#core/shared/deps.ts";
import {
  changeUser,
  keepNewUser,
  newUser,
  refuseLimitedOwner,
  searchKeysOfUser,
  settled,
  type WantedUser,
} from "./keep-user.ts";
import { ownersStore } from "./owners.store.ts";
import { hashPassword } from "./secrets.ts";
import { nameKeyOf, type User } from "./user.ts";
import { userStore } from "./user.store.ts";

/** Makes a user with a password. Throws RequestError `user.name_taken`, `user.limited_owner`. */
export async function createUser(
  deps: Deps,
  actor: Actor,
  wanted: WantedUser & { password: string },
): Promise<User> {
  const { password, ...rest } = wanted;
  return keepNewUser(deps, {
    ...newUser(deps, actor, rest, "user.created"),
    nameKey: nameKeyOf(rest.name),
    password: await hashPassword(password),
  });
}

/**
 * Gives a user another role or other labels. Throws RequestError `user.unknown`, `user.last_owner`,
 * `user.limited_owner`, `user.changed`.
 */
export async function changeRights(
  deps: Deps,
  actor: Actor,
  userId: string,
  wanted: Partial<Pick<User, "role" | "labels">>,
): Promise<User> {
  const before = await userStore(deps.db).get(userId);
  const { role = before.role, labels = before.labels } = wanted;
  if (before.role === role && isSame(before.labels, labels)) return before;
  refuseLimitedOwner({ role, labels });
  if (before.role === "owner" && role !== "owner") await giveUpOwner(deps, before);
  const details = {
    role,
    roleBefore: before.role,
    labels: asText(labels),
    labelsBefore: asText(before.labels),
  };
  return changeUser(
    deps,
    userId,
    { version: before.version },
    {
      $set: {
        role,
        labels,
        searchKeys: searchKeysOfUser({ name: before.name, labels }),
        updatedAt: deps.clock.now(),
      },
      $push: { auditOutbox: auditLine(deps, actor, "user.rights_changed", userId, details) },
    },
  );
}

/**
 * Ends all that lets this user in, at once, and frees the drafts they claimed. Throws RequestError
 * `user.unknown`, `user.last_owner`, and `user.changed` when they got another role meanwhile.
 */
export async function disableUser(deps: Deps, actor: Actor, userId: string): Promise<User> {
  const before = await userStore(deps.db).get(userId);
  if (before.role === "owner") await giveUpOwner(deps, before);
  const now = deps.clock.now();
  const disabled =
    before.disabledAt === null
      ? await changeUser(
          deps,
          userId,
          { role: before.role },
          {
            $set: { disabledAt: now, sessions: [], tokens: [], link: null, updatedAt: now },
            $push: { auditOutbox: auditLine(deps, actor, "user.disabled", userId) },
          },
        )
      : before;
  await reviewStore(deps.db).releaseAllOf(userId, now);
  return disabled;
}

/** Lets a disabled user in again, with the old password; tokens have to be made anew. */
export async function enableUser(deps: Deps, actor: Actor, userId: string): Promise<User> {
  const enabled = await userStore(deps.db).change(
    { _id: userId, disabledAt: { $ne: null } },
    {
      $set: { disabledAt: null, updatedAt: deps.clock.now() },
      $push: { auditOutbox: auditLine(deps, actor, "user.enabled", userId) },
    },
  );
  return enabled ? settled(deps, enabled) : userStore(deps.db).get(userId);
}

/** Signs a user out everywhere; one who is signed in nowhere stays as they are. */
export async function endSessions(deps: Deps, actor: Actor, userId: string): Promise<User> {
  const ended = await userStore(deps.db).change(
    { _id: userId, "sessions.0": { $exists: true } },
    {
      $set: { sessions: [], updatedAt: deps.clock.now() },
      $push: { auditOutbox: auditLine(deps, actor, "user.sessions_ended", userId) },
    },
  );
  return ended ? settled(deps, ended) : userStore(deps.db).get(userId);
}

async function giveUpOwner(deps: Deps, before: User): Promise<void> {
  const counted = before.password !== null && before.disabledAt === null;
  if (counted) await ownersStore(deps.db).remove(before._id);
}

function isSame(one: string[] | null, other: string[] | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function asText(labels: string[] | null): string | null {
  return labels?.join(",") ?? null;
}
