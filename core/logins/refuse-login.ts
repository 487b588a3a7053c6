import { accountStore } from "#core/accounts/account.store.ts";
import { mayScan } from "#core/accounts/account.ts";
import type { Deps } from "#core/shared/deps.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { dated, renew, type DatedConfirmation } from "./apply-login.ts";
import type { Login, LoginFailure } from "./login.ts";
import { loginStore } from "./login.store.ts";

const mostTries = 5;

/**
 * Ends a confirmed login that waited for one WeChat user and got another, or whose account is gone
 * by now; then nothing new comes of the scan. True when it was refused. It can be repeated.
 */
export async function refuseUnexpected(deps: Deps, login: Login): Promise<boolean> {
  const { confirmed, expectedIlinkUserId } = login;
  if (!confirmed || expectedIlinkUserId === null) return false;
  if (confirmed.ilinkUserId !== expectedIlinkUserId) {
    await keepTheirBot(deps, dated(login, confirmed));
    await refuse(deps, login, "other_person");
    return true;
  }
  if (mayScan(await accountStore(deps.db).get(login.accountId))) return false;
  await refuse(deps, login, "account_gone");
  return true;
}

/** With this scan WeChat ended the older login of whoever scanned; if that was a bot of ours, it lives on. */
async function keepTheirBot(deps: Deps, confirmed: DatedConfirmation): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    const theirs = await accountStore(deps.db).findLiveByOwner(confirmed.ilinkUserId);
    if (!theirs || (await renew(deps, theirs, confirmed))) return;
  }
  throw new InvariantError("login.contended", "The account kept changing under the login.");
}

async function refuse(deps: Deps, login: Login, failureCode: LoginFailure): Promise<void> {
  await loginStore(deps.db).refuseConfirmed(login._id, failureCode);
  deps.log.warn("login.refused", { loginId: login._id, accountId: login.accountId, failureCode });
}
