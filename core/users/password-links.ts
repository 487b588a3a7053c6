import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine } from "#core/audit/record.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import {
  changeUser,
  keepNewUser,
  newUser,
  searchKeysOfUser,
  settled,
  type WantedUser,
} from "./keep-user.ts";
import { ownersStore } from "./owners.store.ts";
import { hashOf, hashPassword, newSecret } from "./secrets.ts";
import { nameKeyOf, type PasswordLink, type User } from "./user.ts";
import { userStore } from "./user.store.ts";

const linkSeconds = 72 * 3600;
/** One id, so that a hub has one first owner, however often and at once one is asked for. */
const firstOwnerId = "usr_first";

export type HandedOutLink = { user: User; secret: string; expiresAt: Date };

/** Where the console takes the secret; behind `#`, so that no server and no log ever sees it. */
export function linkUrl(publicUrl: string, secret: string): string {
  return `${publicUrl.replace(/\/$/, "")}/welcome#${secret}`;
}

/**
 * Makes a user who will choose name and password by a link that works once, for three days. The same
 * request again gives the same user a new link, and the one before no longer works. Throws
 * RequestError `user.changed` when that user has a password already.
 */
export async function inviteUser(
  deps: Deps,
  actor: Actor,
  wanted: WantedUser,
): Promise<HandedOutLink> {
  const { link, secret } = newLink(deps, "invite");
  const user = { ...newUser(deps, actor, wanted, "user.invited"), link };
  const kept = await keepNewUser(deps, user);
  if (kept._id === user._id) return { user: kept, secret, expiresAt: link.expiresAt };
  if (kept.password === null) return handOutLink(deps, actor, kept._id);
  const message = "This invitation was made before and is accepted already; nothing was done.";
  throw new RequestError("conflict", "user.changed", message, { userId: kept._id });
}

/**
 * A link for the first owner of a new hub; null when there is an owner already. Asked again before
 * that, it gives a new link and the older one no longer works.
 */
export async function inviteFirstOwner(deps: Deps, actor: Actor): Promise<HandedOutLink | null> {
  if (await ownersStore(deps.db).any()) return null;
  const { link, secret } = newLink(deps, "invite");
  const wanted: WantedUser = { name: "owner", role: "owner", labels: null };
  const user = { ...newUser(deps, actor, wanted, "user.invited"), _id: firstOwnerId, link };
  user.auditOutbox = user.auditOutbox.map((line) => ({ ...line, subjectId: firstOwnerId }));
  try {
    return { user: await keepNewUser(deps, user), secret, expiresAt: link.expiresAt };
  } catch (error) {
    const isThere = error instanceof RequestError && isDuplicateKey(error.cause);
    if (!isThere) throw error;
    return handOutLink(deps, actor, firstOwnerId);
  }
}

/** A link by which a user sets a new password; an older one no longer works. Throws `user.unknown`. */
export async function handOutLink(
  deps: Deps,
  actor: Actor,
  userId: string,
): Promise<HandedOutLink> {
  const { password } = await userStore(deps.db).get(userId);
  const { link, secret } = newLink(deps, password === null ? "invite" : "reset");
  const user = await changeUser(
    deps,
    userId,
    { disabledAt: null },
    {
      $set: { link, updatedAt: deps.clock.now() },
      $push: { auditOutbox: auditLine(deps, actor, "user.link_made", userId, { kind: link.kind }) },
    },
  );
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

/**
 * Spends a link: sets the password, and the name of who was invited. It ends all sessions. Throws
 * RequestError `link.over` and `user.name_taken`.
 */
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
        searchKeys: searchKeysOfUser({ name, labels: user.labels }),
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

function newLink(deps: Deps, kind: PasswordLink["kind"]): { link: PasswordLink; secret: string } {
  const secret = newSecret();
  const expiresAt = plusSeconds(deps.clock.now(), linkSeconds);
  return { link: { kind, hash: hashOf(secret), expiresAt }, secret };
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
