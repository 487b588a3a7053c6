import { beforeEach, describe, expect, test } from "vitest";
import { freeLease, type Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { suspend, retire } from "#core/accounts/change-account.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { approvedAccount, operator, waitingLogin } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { applyLogin } from "./apply-login.ts";
import type { Confirmed, Login, LoginOutcome } from "./login.ts";
import { loginStore } from "./login.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const accounts = accountStore(db());

let scans = 0;
let person: string;
beforeEach(() => {
  person = `oOwner${(scans += 1)}@im.wechat`;
});

function scanBy(ilinkUserId: string): Confirmed {
  const botId = `bot${(scans += 1)}@im.bot`;
  return {
    botId,
    ilinkUserId,
    baseUrl: "https://ilinkai.weixin.qq.com",
    credential: `k1.${botId}`,
  };
}

async function unscanned(name = "front desk"): Promise<Account> {
  const { botId: _bot, ilinkUserId: _owner, credential: _token, ...rest } = approvedAccount(deps);
  const account: Account = {
    ...rest,
    name,
    status: "pending_login",
    live: false,
    generation: 0,
    polling: false,
    scheduleWanted: "off",
    scheduleApplied: "off",
  };
  await accounts.insert(account);
  return account;
}

/** An account that this person lends, polled by somebody right now. */
async function lent(changed: Partial<Account> = {}): Promise<Account> {
  const lease = { id: "lse_1", pollerId: "plr_1", expiresAt: deps.clock.now() };
  const account = approvedAccount(deps, {
    ilinkUserId: person,
    cursor: "cursor-of-old-login",
    lease,
    pollFailures: 2,
    policyId: "manual-review",
    ...changed,
  });
  await accounts.insert(account);
  return account;
}

async function confirmedLogin(accountId: string, confirmed: Confirmed): Promise<Login> {
  const login = waitingLogin(deps, accountId, { status: "confirmed", confirmed });
  await loginStore(db()).insert(login);
  return login;
}

async function apply(accountId: string, confirmed: Confirmed): Promise<LoginOutcome> {
  return settle(await confirmedLogin(accountId, confirmed));
}

async function settle(login: Login): Promise<LoginOutcome> {
  const outcome = await applyLogin(deps, login);
  if (outcome) return outcome;
  throw new Error("The login was refused.");
}

describe("a first scan", () => {
  test("gives the account its bot and lets it wait for approval", async () => {
    const account = await unscanned();
    const scan = scanBy(person);
    expect(await apply(account._id, scan)).toEqual({ kind: "new", accountId: account._id });
    expect(await accounts.get(account._id)).toMatchObject({
      ...scan,
      status: "pending_approval",
      live: true,
      generation: 1,
      scheduleWanted: "off",
    });
    const [line] = await auditStore(db()).listOf(account._id, 1);
    expect(line).toMatchObject({ action: "account.logged_in", details: { botId: scan.botId } });
  });

  test("brought onto its account twice, or by two at once, is one login", async () => {
    const account = await unscanned();
    const login = await confirmedLogin(account._id, scanBy(person));
    const outcomes = await Promise.all([settle(login), settle(login)]);
    outcomes.push(await settle(login));
    expect(outcomes).toEqual([1, 2, 3].map(() => ({ kind: "new", accountId: account._id })));
    expect((await accounts.get(account._id)).generation).toBe(1);
    expect(await loginStore(db()).get(login._id)).toMatchObject({
      status: "completed",
      open: false,
    });
  });

  test("that nobody confirmed cannot be brought onto an account", async () => {
    const account = await unscanned();
    const login = waitingLogin(deps, account._id);
    await expect(applyLogin(deps, login)).rejects.toThrow(InvariantError);
  });
});

describe("the same person scans again", () => {
  test.each(["approved", "suspended", "pending_approval"] as const)(
    "after the login of an account that was %s expired: it is so again, with a new login",
    async (status) => {
      const account = await lent({ status });
      await expireLogin(deps, { accountId: account._id, generation: 1 });
      const scan = scanBy(person);

      expect(await apply(account._id, scan)).toEqual({ kind: "renewed", accountId: account._id });

      expect(await accounts.get(account._id)).toMatchObject({
        ...scan,
        status,
        statusBeforeExpiry: null,
        loginExpiredAt: null,
        generation: 2,
        cursor: "",
        lease: freeLease,
        pollFailures: 0,
        policyId: "manual-review",
        name: account.name,
        scheduleWanted: status === "approved" ? "on" : "off",
        scheduleDiffers: true,
      });
    },
  );

  test("while the account works: it works on, under the next generation", async () => {
    const account = await lent();
    expect(await apply(account._id, scanBy(person))).toMatchObject({ kind: "renewed" });
    expect(await accounts.get(account._id)).toMatchObject({
      status: "approved",
      generation: 2,
      cursor: "",
      lease: freeLease,
    });
  });

  test("while an operator suspends it: both hold", async () => {
    const account = await lent();
    const login = await confirmedLogin(account._id, scanBy(person));
    await Promise.all([settle(login), suspend(deps, operator, account._id)]);
    expect(await accounts.get(account._id)).toMatchObject({
      status: "suspended",
      generation: 2,
      scheduleWanted: "off",
    });
  });

  test("and the first scan, whose worker died, is found later: the newer login stays", async () => {
    const account = await lent();
    const [earlier, later] = [plusSeconds(deps.clock.now(), -60), deps.clock.now()];
    const first = { ...(await confirmedLogin(account._id, scanBy(person))), confirmedAt: earlier };
    const scan = scanBy(person);
    const second = { ...(await confirmedLogin(account._id, scan)), confirmedAt: later };
    expect(await settle(second)).toEqual({ kind: "renewed", accountId: account._id });
    expect(await settle(first)).toEqual({ kind: "kept", accountId: account._id });
    expect(await accounts.get(account._id)).toMatchObject({ ...scan, generation: 2 });
    expect(await loginStore(db()).get(first._id)).toMatchObject({ open: false });
  });

  test("on a new account: the old one is renewed, and the new one is not needed", async () => {
    const known = await lent({ status: "login_expired", statusBeforeExpiry: "approved" });
    const fresh = await unscanned("second desk");
    const scan = scanBy(person);

    expect(await apply(fresh._id, scan)).toEqual({ kind: "moved", accountId: known._id });

    expect(await accounts.get(known._id)).toMatchObject({
      botId: scan.botId,
      status: "approved",
      generation: 2,
    });
    expect((await accounts.get(fresh._id)).status).toBe("retired");
    const lines = await auditStore(db()).listOf(fresh._id, 9);
    expect(lines).toContainEqual(
      expect.objectContaining({
        action: "account.dropped_as_duplicate",
        details: { accountId: known._id },
      }),
    );
  });
});

describe("another person scans a known bot", () => {
  test("becomes an account of its own that waits for approval; the known one stays", async () => {
    const known = await lent();
    const scan = scanBy("oStranger@im.wechat");

    const outcome = await apply(known._id, scan);

    expect(outcome.kind).toBe("other_person");
    expect(outcome.accountId).not.toBe(known._id);
    expect(await accounts.get(known._id)).toEqual(known);
    expect(await accounts.get(outcome.accountId)).toMatchObject({
      ...scan,
      status: "pending_approval",
      live: true,
      generation: 1,
      polling: false,
      policyId: known.policyId,
      labels: known.labels,
    });
    const lines = await auditStore(db()).listOf(outcome.accountId, 9);
    expect(lines.map(({ action }) => action)).toContain("account.created");
  });

  test("twice brings the stranger one account, not two", async () => {
    const known = await lent();
    const login = await confirmedLogin(known._id, scanBy(person.replace("Owner", "Stranger")));
    const first = await settle(login);
    const second = await settle(login);
    expect(second.accountId).toBe(first.accountId);
    expect((await accounts.get(first.accountId)).generation).toBe(1);
  });
});

test("a bot that is cleaned up meanwhile gets no new login; its person gets a new account", async () => {
  const account = await lent();
  await retire(deps, operator, account._id);
  const outcome = await apply(account._id, scanBy(person));
  expect(outcome.kind).toBe("other_person");
  expect((await accounts.get(account._id)).status).toBe("retiring");
  expect(await accounts.get(outcome.accountId)).toMatchObject({
    status: "pending_approval",
    ilinkUserId: person,
  });
});
