import type { Account } from "#core/accounts/account.ts";
import { accountTransitions } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import type { Deps } from "#core/shared/deps.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { allowedFrom } from "#core/shared/transitions.ts";
import { closeLogin, scheduleAfterScan, statusAfterScan } from "./apply-login.ts";
import type { Login } from "./login.ts";

const mostTries = 5;

/**
 * WeChat says that the bot is bound to a token of ours already and gives nothing new
 * (`binded_redirect`, reference/ilink.md 1.2). What is stored goes on; an account whose login we took
 * for expired meanwhile is as it was before, under the same login. It can be repeated.
 */
export async function keepLogin(deps: Deps, login: Login): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    const account = await accountStore(deps.db).get(login.accountId);
    if (account.status !== "login_expired" || (await revive(deps, account))) {
      return closeLogin(deps, login, { kind: "kept", accountId: account._id });
    }
  }
  throw new InvariantError("login.contended", "The account kept changing under the login.", {
    loginId: login._id,
  });
}

/** False when somebody else changed the account meanwhile. */
async function revive(deps: Deps, account: Account): Promise<boolean> {
  const status = statusAfterScan(account);
  allowedFrom(accountTransitions, [account.status], status);
  const now = deps.clock.now();
  const revived = await accountStore(deps.db).changeWhere(
    { _id: account._id, status: account.status, generation: account.generation },
    {
      $set: {
        ...scheduleAfterScan(account, status),
        status,
        statusBeforeExpiry: null,
        loginExpiredAt: null,
        expiryNotice: null,
        pollAfter: now,
        pollFailures: 0,
        updatedAt: now,
      },
      $inc: { version: 1 },
      $push: { auditOutbox: auditLine(deps, hubActor, "account.login_kept", account._id) },
    },
  );
  if (!revived) return false;
  await settleAudit(deps, revived);
  return true;
}
