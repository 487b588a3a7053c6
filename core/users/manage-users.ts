import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { reviewStore } from "#core/reviews/review.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { ownersStore } from "./owners.store.ts";
import { hashOf, hashPassword, newSecret } from "./secrets.ts";
import { nameKeyOf, type PasswordLink, type Role, type User } from "./user.ts";
import { userStore } from "./user.store.ts";

const linkSeconds = 72 * 3600;

export type WantedUser = { name: string; role: Role; labels: string[] | null };
export type HandedOutLink = { user: User; secret: string; expiresAt: Date };

/** Makes a user with a password. Throws RequestError `user.name_taken`. */
export async function createUser(
  deps: Deps,
  actor: Actor,
  wanted: WantedUser & { password: string },
): Promise<User> {
  const { password, ...rest } = wanted;
  const user: User = {
    ...newUser(deps, actor, rest, "user.created"),
    nameKey: nameKeyOf(rest.name),
    password: await hashPassword(password),
  };
  return keepNew(deps, user);
}

/** Makes a user who will choose name and password by a link that works once, for three days. */
export async function inviteUser(
  deps: Deps,
  actor: Actor,
  wanted: WantedUser,
): Promise<HandedOutLink> {
  const { link, secret } = newLink(deps, "invite");
  const user = { ...newUser(deps, actor, wanted, "user.invited"), link };
  return { user: await keepNew(deps, user), secret, expiresAt: link.expiresAt };
}

/** A link for the first owner of a new hub; null when there is an owner already. */
export async function inviteFirstOwner(deps: Deps, actor: Actor): Promise<HandedOutLink | null> {
  if (await ownersStore(deps.db).any()) return null;
  return inviteUser(deps, actor, { name: "owner", role: "owner", labels: null });
}

/** A link by which a user sets a new password; an older one no longer works. */
export async function handOutResetLink(
  deps: Deps,
  actor: Actor,
  userId: string,
): Promise<HandedOutLink> {
  const { password } = await userStore(deps.db).get(userId);
  const { link, secret } = newLink(deps, password === null ? "invite" : "reset");
  const user = await changeUser(deps, { _id: userId, disabledAt: null }, userId, {
    $set: { link, updatedAt: deps.clock.now() },
    $push: { auditOutbox: auditLine(deps, actor, "user.link_made", userId, { kind: link.kind }) },
  });
  return { user, secret, expiresAt: link.expiresAt };
}

/** What a link is for. Throws RequestError `link.over` for one that is spent, replaced or too old. */
export async function lookAtLink(
  deps: Deps,
  secret: string,
): Promise<{ user: User; link: PasswordLink }> {
  const user = await userStore(deps.db).findByLink(hashOf(secret), deps.clock.now());
  if (user?.link) return { user, link: user.link };
  throw linkIsOver();
}

/** Spends a link: sets the password, and the name of who was invited. It ends all sessions. */
export async function acceptLink(
  deps: Deps,
  given: { secret: string; name: string | null; password: string },
): Promise<User> {
  const { user, link } = await lookAtLink(deps, given.secret);
  const name = link.kind === "invite" ? (given.name ?? user.name) : user.name;
  const password = await hashPassword(given.password);
  const actor: Actor = { kind: "operator", id: user._id };
  const accepted = await userStore(deps.db).change(
    { _id: user._id, "link.hash": link.hash, disabledAt: null },
    {
      $set: {
        name,
        nameKey: nameKeyOf(name),
        password,
        link: null,
        sessions: [],
        updatedAt: deps.clock.now(),
      },
      $push: { auditOutbox: auditLine(deps, actor, "user.password_set", user._id) },
    },
  );
  if (!accepted) throw linkIsOver();
  return settled(deps, accepted);
}

/** Gives a user another role or other labels. Throws `user.unknown`, `user.last_owner`, `user.changed`. */
export async function changeRights(
  deps: Deps,
  actor: Actor,
  userId: string,
  wanted: { role: Role; labels: string[] | null },
): Promise<User> {
  const before = await userStore(deps.db).get(userId);
  const { role, labels } = wanted;
  const isSame = before.role === role && String(before.labels) === String(labels);
  if (isSame) return before;
  if (before.role === "owner" && role !== "owner" && before.disabledAt === null) {
    await ownersStore(deps.db).remove(userId);
  }
  const details = { role, roleBefore: before.role, labels: labels?.join(",") ?? null };
  return changeUser(deps, { _id: userId, version: before.version }, userId, {
    $set: { role, labels, updatedAt: deps.clock.now() },
    $push: { auditOutbox: auditLine(deps, actor, "user.rights_changed", userId, details) },
  });
}

/** Ends all that lets this user in, at once, and frees the drafts they claimed. */
export async function disableUser(deps: Deps, actor: Actor, userId: string): Promise<User> {
  const before = await userStore(deps.db).get(userId);
  if (before.disabledAt === null && before.role === "owner") {
    await ownersStore(deps.db).remove(userId);
  }
  const now = deps.clock.now();
  const disabled = await userStore(deps.db).change(
    { _id: userId, disabledAt: null },
    {
      $set: { disabledAt: now, sessions: [], tokens: [], link: null, updatedAt: now },
      $push: { auditOutbox: auditLine(deps, actor, "user.disabled", userId) },
    },
  );
  await reviewStore(deps.db).releaseAllOf(userId);
  return disabled ? settled(deps, disabled) : userStore(deps.db).get(userId);
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

/** Signs a user out everywhere. */
export function endSessions(deps: Deps, actor: Actor, userId: string): Promise<User> {
  return changeUser(deps, { _id: userId }, userId, {
    $set: { sessions: [], updatedAt: deps.clock.now() },
    $push: { auditOutbox: auditLine(deps, actor, "user.sessions_ended", userId) },
  });
}

type Change = Parameters<ReturnType<typeof userStore>["change"]>;

async function changeUser(
  deps: Deps,
  filter: Change[0],
  id: string,
  update: Change[1],
): Promise<User> {
  const changed = await userStore(deps.db).change(filter, update);
  if (changed) return settled(deps, changed);
  await userStore(deps.db).get(id);
  throw new RequestError(
    "conflict",
    "user.changed",
    "The user was changed meanwhile or is disabled.",
  );
}

function newUser(deps: Deps, actor: Actor, wanted: WantedUser, action: string): User {
  const now = deps.clock.now();
  const _id = deps.newId("user");
  return {
    _id,
    ...wanted,
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

function newLink(deps: Deps, kind: PasswordLink["kind"]): { link: PasswordLink; secret: string } {
  const secret = newSecret();
  const expiresAt = plusSeconds(deps.clock.now(), linkSeconds);
  return { link: { kind, hash: hashOf(secret), expiresAt }, secret };
}

async function keepNew(deps: Deps, user: User): Promise<User> {
  await userStore(deps.db).insert(user);
  return settled(deps, user);
}

/** An owner counts as one from when they can sign in. */
async function settled(deps: Deps, user: User): Promise<User> {
  const { role, password, disabledAt } = user;
  const isOwner = role === "owner" && password !== null && disabledAt === null;
  if (isOwner) await ownersStore(deps.db).add(user._id);
  await settleAudit(deps, user, "users");
  return user;
}

function linkIsOver(): RequestError {
  return new RequestError(
    "not_found",
    "link.over",
    "This link was used already, was replaced by a newer one, or is too old.",
    {},
    { whatToDo: "Ask an owner for a new one." },
  );
}
