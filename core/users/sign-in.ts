import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { attemptsStore } from "./attempts.store.ts";
import { noteOwner } from "./keep-user.ts";
import { hashOf, isPassword, newSecret } from "./secrets.ts";
import type { User } from "./user.ts";
import { nameKeyOf } from "./user.ts";
import { userStore } from "./user.store.ts";

/** Everybody behind one edge of CloudFront is one peer. */
const mostTries = { name: 10, address: 50, peer: 1_000 };
const mostSessions = 10;
/** A browser that was closed over a night signs in again. */
const idleSeconds = 12 * 3600;
const longestSeconds = 7 * 24 * 3600;
/** A session's last use is noted this often at most. */
const noteSeconds = 300;

export type SignedIn = { user: User; secret: string; expiresInSeconds: number };

/**
 * Signs a user in; `address` is where the request says it came from, `peer` who brought it. Throws
 * RequestError `sign_in.refused`, the same for an unknown name as for a wrong password, and
 * `attempts.too_many`.
 */
export async function signIn(
  deps: Deps,
  given: { name: string; password: string; address: string; peer: string },
): Promise<SignedIn> {
  const attempts = attemptsStore(deps.db);
  const now = deps.clock.now();
  const nameAttempts = `name:${nameKeyOf(given.name)}`;
  const addressAttempts = `address:${given.address}`;
  const peerAttempts = `peer:${given.peer}`;
  await attempts.count(peerAttempts, mostTries.peer, now);
  await attempts.count(addressAttempts, mostTries.address, now);
  await attempts.count(nameAttempts, mostTries.name, now);
  const user = await userStore(deps.db).findByName(given.name);
  const isRight = await isPassword(given.password, user?.password ?? null);
  if (!user || !isRight || user.disabledAt !== null) throw refused();
  const secret = newSecret();
  const session = { hash: hashOf(secret), createdAt: now, seenAt: now };
  const signedIn = await userStore(deps.db).change(
    { _id: user._id, disabledAt: null, "password.hash": user.password?.hash ?? "" },
    { $push: { sessions: { $each: [session], $slice: -mostSessions } } },
  );
  if (!signedIn) throw refused();
  if (signedIn.role === "owner") await noteOwner(deps, signedIn);
  // A whole office signs in from one address at nine.
  await Promise.all([addressAttempts, peerAttempts].map((key) => attempts.giveBack(key)));
  await attempts.forget(nameAttempts);
  return { user: signedIn, secret, expiresInSeconds: longestSeconds };
}

/** The user whose browser carries this secret, or null when the session is over. */
export async function userOfSession(deps: Deps, secret: string): Promise<User | null> {
  const hash = hashOf(secret);
  const user = await userStore(deps.db).findBySession(hash);
  const session = user?.sessions.find((each) => each.hash === hash);
  if (!user || !session) return null;
  const now = deps.clock.now();
  const isOver =
    now >= plusSeconds(session.createdAt, longestSeconds) ||
    now >= plusSeconds(session.seenAt, idleSeconds);
  if (isOver) return null;
  if (now >= plusSeconds(session.seenAt, noteSeconds)) {
    await userStore(deps.db).noteSeen(user._id, hash, now);
  }
  return user;
}

export async function signOut(deps: Deps, userId: string, secret: string): Promise<void> {
  await userStore(deps.db).change(
    { _id: userId },
    { $pull: { sessions: { hash: hashOf(secret) } } },
  );
}

function refused(): RequestError {
  return new RequestError(
    "unauthorized",
    "sign_in.refused",
    "Name or password is wrong, or the user is disabled.",
    {},
    { whatToDo: "Try again, or ask an owner for a link that sets a new password." },
  );
}
