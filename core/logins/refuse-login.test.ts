import { beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { retire } from "#core/accounts/change-account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { approvedAccount, operator, waitingLogin } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { dated, renew } from "./apply-login.ts";
import type { Confirmed, Login } from "./login.ts";
import { loginStore } from "./login.store.ts";
import { refuseUnexpected } from "./refuse-login.ts";
import { ownTokens } from "./start-login.ts";

const { db } = withDatabase();
let deps: TestDeps;
let account: Account;
beforeEach(async () => {
  deps = testDeps(db());
  account = approvedAccount(deps);
  await accountStore(db()).insert(account);
});

/** A scan by this person, as the worker stored it. */
async function confirmedBy(ilinkUserId: string): Promise<Login> {
  const botId = `new-${account._id}@im.bot`;
  const keys = deps.settings.credentials.CREDENTIAL_KEY;
  const confirmed: Confirmed = {
    botId,
    ilinkUserId,
    baseUrl: null,
    credential: sealToken(keys, botId, `${botId}:secret`),
  };
  const login = waitingLogin(deps, account._id, {
    status: "confirmed",
    expectedIlinkUserId: account.ilinkUserId ?? "",
    confirmed,
  });
  await loginStore(db()).insert(login);
  return login;
}

describe("a login that waits for one person", () => {
  test("takes that person's scan", async () => {
    const login = await confirmedBy(account.ilinkUserId ?? "");
    expect(await refuseUnexpected(deps, login)).toBe(false);
    expect(await loginStore(db()).get(login._id)).toMatchObject({ status: "confirmed" });
  });

  test("ends with another person's, forgets their token and changes no account", async () => {
    const login = await confirmedBy("stranger@im.wechat");
    expect(await refuseUnexpected(deps, login)).toBe(true);
    const refused = await loginStore(db()).get(login._id);
    expect(refused).toMatchObject({ status: "failed", open: false, failureCode: "other_person" });
    expect(refused.failure).toContain("Another WeChat user scanned");
    expect(refused).not.toHaveProperty("confirmed");
    expect(await accountStore(db()).get(account._id)).toEqual(account);
    expect(await accountStore(db()).findLiveByOwner("stranger@im.wechat")).toBeNull();
  });

  test("keeps that other person's own bot alive, also when its worker dies in between", async () => {
    const theirs = approvedAccount(deps);
    await accountStore(db()).insert(theirs);
    const login = await confirmedBy(theirs.ilinkUserId ?? "");
    if (login.confirmed) await renew(deps, theirs, dated(login, login.confirmed));
    expect(await refuseUnexpected(deps, login)).toBe(true);
    expect(await accountStore(db()).get(theirs._id)).toMatchObject({
      status: "approved",
      generation: 2,
      botId: login.confirmed?.botId,
    });
    expect(await loginStore(db()).get(login._id)).toMatchObject({ failureCode: "other_person" });
  });

  test("ends when the bot was removed meanwhile: no new one is made of the scan", async () => {
    const login = await confirmedBy(account.ilinkUserId ?? "");
    await retire(deps, operator, account._id);
    expect(await refuseUnexpected(deps, login)).toBe(true);
    expect(await loginStore(db()).get(login._id)).toMatchObject({ failureCode: "account_gone" });
  });
});

test("a token that WeChat called expired is not shown to it again", async () => {
  expect(ownTokens(deps, account)).toEqual([`${account.botId}:secret`]);
  const expired = await expireLogin(deps, { accountId: account._id, generation: 1 });
  expect(expired && ownTokens(deps, expired)).toEqual([]);
});
