import { beforeEach, describe, expect, test } from "vitest";
import { auditStore } from "#core/audit/audit.store.ts";
import { RequestError } from "#core/shared/errors.ts";
import { approvedAccount, operator } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { accountStatuses, freeLease, type Account, type AccountStatus } from "./account.ts";
import { accountStore } from "./account.store.ts";
import {
  approve,
  resume,
  retire,
  setEchoContextToken,
  setPolicy,
  startPolling,
  stopPolling,
  suspend,
} from "./change-account.ts";
import { createAccount } from "./create-account.ts";
import { expireLogin } from "./expire-login.ts";

const { db } = withDatabase();
let deps: TestDeps;
beforeEach(() => {
  deps = testDeps(db());
});

async function insert(changed: Partial<Account> = {}): Promise<Account> {
  const account = approvedAccount(deps, changed);
  await accountStore(db()).insert(account);
  return account;
}

async function actionsOf(accountId: string): Promise<string[]> {
  const lines = await auditStore(db()).listOf(accountId, 20);
  return lines.map(({ action }) => action).toReversed();
}

const verbs = { approve, suspend, resume, startPolling, stopPolling, retire };

/** From where each verb does something, and from where it finds all done. */
const table: Record<keyof typeof verbs, { from: AccountStatus[]; done: AccountStatus[] }> = {
  approve: { from: ["pending_approval"], done: ["approved"] },
  suspend: { from: ["approved"], done: ["suspended"] },
  resume: { from: ["suspended"], done: ["approved"] },
  startPolling: { from: ["approved"], done: [] },
  stopPolling: { from: ["approved"], done: [] },
  retire: {
    from: ["pending_login", "pending_approval", "approved", "suspended", "login_expired"],
    done: ["retiring"],
  },
};

describe.each(["approve", "suspend", "resume", "startPolling", "stopPolling", "retire"] as const)(
  "%s",
  (verb) => {
    const { from, done } = table[verb];

    test.each(from)("is done from %s, with its audit line", async (status) => {
      const account = await insert({ status, polling: verb !== "startPolling" });
      const after = await verbs[verb](deps, operator, account._id);
      expect(after.version).toBe(account.version + 1);
      expect(await auditStore(db()).listOf(account._id, 9)).toEqual([
        expect.objectContaining({ actor: operator, subjectId: account._id }),
      ]);
    });

    test.each(done)("changes nothing that is so already: %s", async (status) => {
      const account = await insert({ status });
      expect(await verbs[verb](deps, operator, account._id)).toEqual(account);
      expect(await actionsOf(account._id)).toEqual([]);
    });

    const refused = accountStatuses.filter((each) => ![...from, ...done].includes(each));
    test.each(refused)("is refused from %s, with what to do instead", async (status) => {
      const account = await insert({ status });
      const asked = verbs[verb](deps, operator, account._id);
      await expect(asked).rejects.toThrow(RequestError);
      await expect(asked).rejects.toMatchObject({ code: "account.status", reason: "conflict" });
      expect(await accountStore(db()).get(account._id)).toEqual(account);
    });
  },
);

describe("what an operator wants of polling", () => {
  test("is kept while the account is suspended, and holds again when it is resumed", async () => {
    const account = await insert({ polling: false, scheduleWanted: "off", scheduleApplied: "off" });

    await startPolling(deps, operator, account._id);
    const suspended = await suspend(deps, operator, account._id);
    expect(suspended).toMatchObject({
      polling: true,
      scheduleWanted: "off",
      scheduleDiffers: true,
    });
    const resumed = await resume(deps, operator, account._id);
    expect(resumed).toMatchObject({ polling: true, scheduleWanted: "on", scheduleDiffers: true });

    await stopPolling(deps, operator, account._id);
    await suspend(deps, operator, account._id);
    expect(await resume(deps, operator, account._id)).toMatchObject({
      polling: false,
      scheduleWanted: "off",
    });
    expect(await actionsOf(account._id)).toEqual([
      "account.polling_started",
      "account.suspended",
      "account.resumed",
      "account.polling_stopped",
      "account.suspended",
      "account.resumed",
    ]);
  });

  test("begins anew without the back-off of earlier failures", async () => {
    const pollAfter = new Date(deps.clock.now().getTime() + 30_000);
    const account = await insert({ polling: false, pollAfter, pollFailures: 3 });
    expect(await startPolling(deps, operator, account._id)).toMatchObject({
      pollAfter: deps.clock.now(),
      pollFailures: 0,
    });
  });

  test("asked for twice, or by two at once, is one change and one audit line", async () => {
    const account = await insert({ polling: false, scheduleWanted: "off" });
    const starts = [1, 2, 3].map(() => startPolling(deps, operator, account._id));
    for (const started of await Promise.all(starts)) {
      expect(started).toMatchObject({ polling: true, scheduleWanted: "on" });
    }
    await stopPolling(deps, operator, account._id);
    const stopped = await stopPolling(deps, operator, account._id);
    expect(await stopPolling(deps, operator, account._id)).toEqual(stopped);
    expect(await actionsOf(account._id)).toEqual([
      "account.polling_started",
      "account.polling_stopped",
    ]);
  });

  test("leaves the lease until its hold returns", async () => {
    const lease = { id: "lse_1", pollerId: "plr_1", expiresAt: deps.clock.now() };
    const account = await insert({ lease });
    expect((await suspend(deps, operator, account._id)).lease).toEqual(lease);
  });
});

test("a retired account loses its login at once, before anything is deleted", async () => {
  const lease = { id: "lse_1", pollerId: "plr_1", expiresAt: deps.clock.now() };
  const account = await insert({ lease, cursor: "c" });
  const after = await retire(deps, operator, account._id);
  expect(after).toMatchObject({
    status: "retiring",
    live: false,
    polling: false,
    scheduleWanted: "off",
    lease: freeLease,
    cursor: "",
    generation: 2,
    retiringSince: deps.clock.now(),
  });
  expect(after).not.toHaveProperty("credential");
});

describe("a policy", () => {
  test("is changed to one that exists, and the audit line says from what", async () => {
    const account = await insert();
    expect((await setPolicy(deps, operator, account._id, "manual-review")).policyId).toBe(
      "manual-review",
    );
    expect(await auditStore(db()).listOf(account._id, 1)).toEqual([
      expect.objectContaining({ details: { before: "auto", after: "manual-review" } }),
    ]);
  });

  test("that does not exist, or an account that is gone, is refused", async () => {
    const account = await insert();
    await expect(setPolicy(deps, operator, account._id, "nope")).rejects.toThrow(RequestError);
    const gone = await insert({ status: "retired", live: false });
    await expect(setPolicy(deps, operator, gone._id, "off")).rejects.toThrow(RequestError);
    expect((await accountStore(db()).get(account._id)).policyId).toBe("auto");
  });
});

describe("whether bubbles carry the context token", () => {
  test("is switched with an audit line, and again without one", async () => {
    const account = await insert();
    expect(account.echoContextToken).toBe(true);
    const after = await setEchoContextToken(deps, operator, account._id, false);
    expect(after.echoContextToken).toBe(false);
    expect(await setEchoContextToken(deps, operator, account._id, false)).toEqual({
      ...after,
      auditOutbox: [],
    });
    expect(await auditStore(db()).listOf(account._id, 9)).toEqual([
      expect.objectContaining({
        action: "account.echo_context_token_changed",
        details: { before: true, after: false },
      }),
    ]);
  });

  test("is refused for a bot that is gone", async () => {
    const gone = await insert({ status: "retired", live: false });
    await expect(setEchoContextToken(deps, operator, gone._id, false)).rejects.toThrow(
      RequestError,
    );
    expect((await accountStore(db()).get(gone._id)).echoContextToken).toBe(true);
  });

  test("holds for accounts stored before there was a choice", async () => {
    const account = await insert();
    await db()
      .collection<Account>("accounts")
      .updateOne({ _id: account._id }, { $unset: { echoContextToken: true } });
    expect((await accountStore(db()).get(account._id)).echoContextToken).toBe(true);
  });
});

describe("a new account", () => {
  const wanted = { name: "front desk", labels: ["shop"], owner: "mei", policyId: "auto" };

  test("waits for its scan", async () => {
    const account = await createAccount(deps, operator, wanted);
    expect(await accountStore(db()).get(account._id)).toMatchObject({
      ...wanted,
      status: "pending_login",
      generation: 0,
      live: false,
      polling: false,
    });
  });

  test("with a policy that does not exist is not made", async () => {
    const before = await db().collection("accounts").countDocuments({});
    await expect(createAccount(deps, operator, { ...wanted, policyId: "x" })).rejects.toThrow(
      RequestError,
    );
    expect(await db().collection("accounts").countDocuments({})).toBe(before);
  });
});

describe("a login that WeChat ended", () => {
  test.each(["approved", "suspended", "pending_approval"] as const)(
    "is remembered with where the account was: %s",
    async (status) => {
      const account = await insert({ status });
      const login = { accountId: account._id, generation: 1 };

      const expired = await expireLogin(deps, login);

      expect(expired).toMatchObject({
        status: "login_expired",
        statusBeforeExpiry: status,
        loginExpiredAt: deps.clock.now(),
        scheduleWanted: "off",
        scheduleDiffers: true,
        lease: freeLease,
        polling: true,
      });
      expect(await actionsOf(account._id)).toEqual(["account.login_expired"]);
    },
  );

  test("is told once, however many hear of it", async () => {
    const account = await insert();
    const login = { accountId: account._id, generation: 1 };
    const told = await Promise.all([1, 2, 3].map(() => expireLogin(deps, login)));
    expect(told.filter((each) => each !== null)).toHaveLength(1);
    expect(deps.logLines).toHaveLength(1);
  });

  test("does not end the login that came after it", async () => {
    const account = await insert({ generation: 2 });
    expect(await expireLogin(deps, { accountId: account._id, generation: 1 })).toBeNull();
    expect(await accountStore(db()).get(account._id)).toEqual(account);
  });
});
