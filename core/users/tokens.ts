import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { isAtLeast, type ApiToken, type Role, type User } from "./user.ts";
import { userStore } from "./user.store.ts";

const mostTokens = 20;
/** A repeat that comes later is taken for a mistake: the secret may be in use. */
const repeatSeconds = 600;

/**
 * Makes a token for a program that acts for this user; what is returned as `secret` is never shown
 * again. The same request again, soon, gives the same token another secret, and the one before no
 * longer works. Throws RequestError `token.role`, `token.too_many` and `request.key`.
 */
export async function createToken(
  deps: Deps,
  actor: Actor,
  user: User,
  wanted: { name: string; role: Role; expiresAt: Date | null; createdUnder?: string | undefined },
): Promise<{ token: ApiToken; secret: string }> {
  if (!isAtLeast(user.role, wanted.role)) {
    const message = `A token cannot do more than its user, who is ${user.role}.`;
    throw new RequestError("forbidden", "token.role", message);
  }
  const secret = `hub_${newSecret()}`;
  const token: ApiToken = {
    _id: deps.newId("token"),
    ...wanted,
    hash: hashOf(secret),
    createdAt: deps.clock.now(),
    revokedAt: null,
  };
  const { name, role, createdUnder } = wanted;
  if (createdUnder !== undefined) {
    const made = user.tokens.find((each) => each.createdUnder === createdUnder);
    if (made) return { token: await renewSecret(deps, user._id, made, token.hash), secret };
  }
  const line = auditLine(deps, actor, "token.created", user._id, {
    tokenId: token._id,
    name,
    role,
  });
  const push = () =>
    userStore(deps.db).change(
      {
        _id: user._id,
        disabledAt: null,
        [`tokens.${mostTokens - 1}`]: { $exists: false },
        ...(createdUnder === undefined ? {} : { "tokens.createdUnder": { $ne: createdUnder } }),
      },
      { $push: { tokens: token, auditOutbox: line } },
    );
  const changed = (await push()) ?? ((await forgetRevoked(deps, user._id)) && (await push()));
  if (!changed) {
    const now = createdUnder === undefined ? user : await userStore(deps.db).get(user._id);
    const made = now.tokens.find((each) => createdUnder && each.createdUnder === createdUnder);
    if (made) return { token: await renewSecret(deps, user._id, made, token.hash), secret };
    const message = `A user has ${mostTokens} tokens at the most.`;
    const whatToDo = "Revoke one that is not needed.";
    throw new RequestError("conflict", "token.too_many", message, {}, { whatToDo });
  }
  await settleAudit(deps, changed, "users");
  return { token, secret };
}

/** The answer to the first request was lost, so nobody knows the secret that it gave. */
async function renewSecret(
  deps: Deps,
  userId: string,
  made: ApiToken,
  hash: string,
): Promise<ApiToken> {
  const isSoon = deps.clock.now() < plusSeconds(made.createdAt, repeatSeconds);
  const changed = isSoon
    ? await userStore(deps.db).change(
        { _id: userId, tokens: { $elemMatch: { _id: made._id, revokedAt: null } } },
        { $set: { "tokens.$[one].hash": hash } },
        [{ "one._id": made._id }],
      )
    : null;
  if (changed) return { ...made, hash };
  const message =
    "A token was made under this key before and its secret is not shown again; nothing was changed.";
  const whatToDo = "Make one under another key, and revoke the former if nobody knows its secret.";
  throw new RequestError("conflict", "request.key", message, {}, { whatToDo });
}

/**
 * Ends a token at once. `userId` limits it to this user's own; an owner may end anybody's. Throws
 * RequestError `token.unknown`.
 */
export async function revokeToken(
  deps: Deps,
  actor: Actor,
  given: { userId: string | null; tokenId: string },
): Promise<ApiToken> {
  const { tokenId } = given;
  const own = given.userId === null ? {} : { _id: given.userId };
  const found = await userStore(deps.db).find({ ...own, "tokens._id": tokenId });
  if (!found) throw unknownToken(tokenId);
  const line = auditLine(deps, actor, "token.revoked", found._id, { tokenId });
  const changed = await userStore(deps.db).change(
    { _id: found._id, tokens: { $elemMatch: { _id: tokenId, revokedAt: null } } },
    { $set: { "tokens.$[one].revokedAt": deps.clock.now() }, $push: { auditOutbox: line } },
    [{ "one._id": tokenId }],
  );
  if (changed) await settleAudit(deps, changed, "users");
  const now = changed ?? (await userStore(deps.db).get(found._id));
  const token = now.tokens.find(({ _id }) => _id === tokenId);
  if (!token) throw unknownToken(tokenId);
  return token;
}

/** The user for whom a program acts, and the role its token gives; null when it is not good (any more). */
export async function userOfToken(
  deps: Deps,
  secret: string,
): Promise<{ user: User; role: Role } | null> {
  const hash = hashOf(secret);
  const user = await userStore(deps.db).findByToken(hash);
  const token = user?.tokens.find((each) => each.hash === hash);
  if (!user || !token || token.revokedAt !== null) return null;
  if (token.expiresAt !== null && deps.clock.now() >= token.expiresAt) return null;
  // A user may have been given a lesser role since.
  return { user, role: isAtLeast(user.role, token.role) ? token.role : user.role };
}

async function forgetRevoked(deps: Deps, userId: string): Promise<boolean> {
  const forgot = await userStore(deps.db).change(
    { _id: userId, tokens: { $elemMatch: { revokedAt: { $ne: null } } } },
    { $pull: { tokens: { revokedAt: { $ne: null } } } },
  );
  return forgot !== null;
}

function unknownToken(tokenId: string): RequestError {
  const message = `There is no token ${tokenId} of yours.`;
  return new RequestError("not_found", "token.unknown", message, { tokenId });
}
