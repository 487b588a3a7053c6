import { describe, expect, test } from "vitest";
import { auditLine } from "#core/audit/record.ts";
import { InvariantError, RequestError } from "#core/shared/errors.ts";
import { statusesBefore } from "#core/shared/transitions.ts";
import { approvedAccount, operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import {
  accountStatuses,
  accountTransitions,
  mayAnswer,
  mayScan,
  type Account,
  type AccountStatus,
} from "./account.ts";
import { accountStore, type StatusChange } from "./account.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const store = accountStore(db());

async function insert(changed: Partial<Account> = {}): Promise<Account> {
  const account = approvedAccount(deps, changed);
  await store.insert(account);
  return account;
}

function change(account: Account, wanted: Pick<StatusChange, "from" | "to">): StatusChange {
  const audit = auditLine(deps, operator, "account.changed", account._id);
  return { id: account._id, now: deps.clock.now(), audit, ...wanted };
}

describe("the statuses of an account", () => {
  const edges = accountStatuses.flatMap((from) =>
    accountStatuses.map((to) => ({ from, to, isThere: accountTransitions[from].includes(to) })),
  );

  test.each(edges.filter(({ isThere }) => isThere))(
    "lead from $from to $to, and from nowhere else in that step",
    async ({ from, to }) => {
      const account = await insert({ status: from });
      expect((await store.changeStatus(change(account, { from: [from], to })))?.status).toBe(to);
      expect(await store.changeStatus(change(account, { from: [from], to }))).toBeNull();
    },
  );

  test.each(edges.filter(({ isThere }) => !isThere))(
    "never lead from $from to $to",
    async ({ from, to }) => {
      const account = await insert({ status: from });
      await expect(store.changeStatus(change(account, { from: [from], to }))).rejects.toThrow(
        InvariantError,
      );
      expect(await store.get(account._id)).toEqual(account);
    },
  );

  test("are all reached but the first", () => {
    const reached = accountStatuses.filter(
      (status) => statusesBefore(accountTransitions, status).length > 0,
    );
    expect(reached).toEqual(accountStatuses.filter((status) => status !== "pending_login"));
  });

  test("allow answers to an approved account only, and a scan until it is cleaned up", () => {
    const those = (may: (account: { status: AccountStatus }) => boolean) =>
      accountStatuses.filter((status) => may({ status }));
    expect(those(mayAnswer)).toEqual(["approved"]);
    expect(those(mayScan)).toEqual([
      "pending_login",
      "pending_approval",
      "approved",
      "suspended",
      "login_expired",
    ]);
  });
});

describe("a change of status", () => {
  test("brings version, time, fields and audit line with it in one statement", async () => {
    const account = await insert();
    await deps.clock.advance(1000);
    const wanted = {
      ...change(account, { from: ["approved"], to: "retiring" }),
      set: { polling: false },
      unset: ["credential"],
      nextGeneration: true,
    } as const;

    const after = await store.changeStatus(wanted);

    expect(after).toMatchObject({
      status: "retiring",
      polling: false,
      generation: 2,
      version: account.version + 1,
      updatedAt: deps.clock.now(),
      auditOutbox: [wanted.audit],
    });
    expect(after).not.toHaveProperty("credential");
  });

  test("wanted by twenty at once is made once", async () => {
    const account = await insert({ status: "pending_approval" });
    const made = await Promise.all(
      Array.from({ length: 20 }, () =>
        store.changeStatus(change(account, { from: ["pending_approval"], to: "approved" })),
      ),
    );
    expect(made.filter((each) => each !== null)).toHaveLength(1);
  });

  test("is refused where the caller saw another login", async () => {
    const account = await insert({ generation: 2 });
    const late = { ...change(account, { from: ["approved"], to: "login_expired" }) };
    expect(await store.changeStatus({ ...late, guard: { generation: 1 } })).toBeNull();
  });
});

describe("accounts", () => {
  test("of one bot or one live person exist once", async () => {
    const account = await insert();
    const again = approvedAccount(deps, { botId: account.botId, live: false });
    await expect(store.insert(again)).rejects.toThrow();
    const second = approvedAccount(deps, { ilinkUserId: account.ilinkUserId });
    await expect(store.insert(second)).rejects.toThrow();

    const former = { ...second, live: false };
    await expect(store.insert(former)).resolves.toBeUndefined();
    expect((await store.findLiveByOwner(account.ilinkUserId ?? ""))?._id).toBe(account._id);
  });

  test("that nobody has scanned yet may be many", async () => {
    for (let n = 0; n < 3; n++) {
      const fresh = approvedAccount(deps, { status: "pending_login", live: false });
      const { botId: _bot, ilinkUserId: _owner, ...unscanned } = fresh;
      await expect(store.insert(unscanned)).resolves.toBeUndefined();
    }
  });

  test("that do not exist are an error which names them", async () => {
    await expect(store.get("acc_none")).rejects.toThrow(RequestError);
    await expect(store.get("acc_none")).rejects.toThrow("acc_none");
  });
});

test("a schedule is marked as applied only if it is still wanted", async () => {
  const account = await insert({ scheduleWanted: "off", scheduleDiffers: true });
  expect(await store.markScheduleApplied(account._id, "on")).toBe(false);
  expect((await store.listScheduleDiffers(9, deps.log)).map(({ _id }) => _id)).toContain(
    account._id,
  );

  expect(await store.markScheduleApplied(account._id, "off")).toBe(true);
  expect(await store.get(account._id)).toMatchObject({
    scheduleApplied: "off",
    scheduleDiffers: false,
  });
});
