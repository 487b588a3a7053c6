import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine } from "#core/audit/record.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { attemptsStore } from "./attempts.store.ts";
import { changeUser, settled } from "./keep-user.ts";
import { hashOf, hashPassword, isPassword } from "./secrets.ts";
import type { Locale, User } from "./user.ts";
import { userStore } from "./user.store.ts";

const mostTries = 10;

/**
 * Changes a user's own password; every other browser is signed out, the one with `session` stays.
 * Throws RequestError `password.wrong` and `attempts.too_many`.
 */
export async function changeOwnPassword(
  deps: Deps,
  given: { userId: string; session: string; current: string; next: string },
): Promise<User> {
  const { userId, current } = given;
  const attempts = attemptsStore(deps.db);
  await attempts.count(`password:${userId}`, mostTries, deps.clock.now());
  const { password: before } = await userStore(deps.db).get(userId);
  if (before === null || !(await isPassword(current, before))) throw wrongPassword();
  const password = await hashPassword(given.next);
  const actor: Actor = { kind: "operator", id: userId };
  const changed = await changeUser(
    deps,
    userId,
    { "password.hash": before.hash, disabledAt: null },
    {
      $set: { password, link: null, updatedAt: deps.clock.now() },
      $pull: { sessions: { hash: { $ne: hashOf(given.session) } } },
      $push: { auditOutbox: auditLine(deps, actor, "user.password_set", userId) },
    },
  );
  await attempts.forget(`password:${userId}`);
  return changed;
}

/** Keeps the language in which a user reads the console; null: as the browser says. */
export async function chooseLocale(
  deps: Deps,
  userId: string,
  locale: Locale | null,
): Promise<User> {
  const changed = await userStore(deps.db).change(
    { _id: userId, locale: { $ne: locale } },
    { $set: { locale } },
  );
  return changed ? settled(deps, changed) : userStore(deps.db).get(userId);
}

function wrongPassword(): RequestError {
  return new RequestError(
    "forbidden",
    "password.wrong",
    "The present password is wrong; it was not changed.",
    {},
    {
      whatToDo: "Type the present password again, or ask an owner for a link that sets a new one.",
    },
  );
}
