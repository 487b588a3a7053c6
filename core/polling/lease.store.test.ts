import { beforeEach, describe, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { type Account, freeLease } from "#core/accounts/account.ts";
import { retire } from "#core/accounts/change-account.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import { approvedAccount, operator } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { leaseStore, type LeaseRef } from "./lease.store.ts";
import { lookAround } from "./look-around.ts";
import { pollerStore } from "./poller.store.ts";

const database = withDatabase();
let deps: TestDeps;

beforeEach(async () => {
  deps = testDeps(database.db());
  await deps.db.collection("accounts").deleteMany({});
  await deps.db.collection("pollers").deleteMany({});
});

async function addAccounts(count: number): Promise<Account[]> {
  const accounts = Array.from({ length: count }, () => approvedAccount(deps));
  for (const account of accounts) await accountStore(deps.db).insert(account);
  return accounts;
}

/** What a poller that wakes up does to take its share. */
async function wake(pollerId: string, places: number): Promise<Account[]> {
  const now = deps.clock.now();
  await pollerStore(deps.db).put({
    _id: pollerId,
    startedAt: now,
    freePlaces: places,
    accounts: 0,
    closing: false,
    expiresAt: plusSeconds(now, 90),
  });
  const around = await lookAround(deps, { pollerId, now, places });
  return leaseStore(deps.db).take({
    due: around?.due ?? [],
    pollerId,
    leaseId: deps.newId("lease"),
    now,
    expiresAt: plusSeconds(now, 90),
  });
}

function refOf({ _id, generation, lease }: Account): LeaseRef {
  return { accountId: _id, generation, leaseId: lease.id ?? "" };
}

async function takeOne(pollerId = "plr_1"): Promise<{ account: Account; ref: LeaseRef }> {
  await addAccounts(1);
  const [account] = await wake(pollerId, 50);
  if (!account) throw new Error("Nothing was taken.");
  return { account, ref: refOf(account) };
}

describe("taking due accounts", () => {
  test("pollers that wake at once take each account once, as many as they have places for", async () => {
    const accounts = await addAccounts(60);
    const pollers = Array.from({ length: 6 }, (_, index) => `plr_${index}`);
    const shares = await Promise.all(pollers.map((pollerId) => wake(pollerId, 20)));
    const taken = shares.flat().map(({ _id }) => _id);
    expect(new Set(taken).size).toBe(taken.length);
    expect(Math.max(...shares.map(({ length }) => length))).toBeLessThanOrEqual(20);
    for (let round = 0; taken.length < accounts.length && round < 5; round++) {
      taken.push(...(await wake("plr_9", 60)).map(({ _id }) => _id));
    }
    expect(taken.toSorted()).toEqual(accounts.map(({ _id }) => _id).toSorted());
  });

  test("what is taken is given as it is stored, lease and version included", async () => {
    const { account } = await takeOne();
    expect(account).toEqual(await accountStore(deps.db).get(account._id));
    expect(account.lease).toMatchObject({ pollerId: "plr_1" });
  });

  test.each([
    ["is leased", { lease: { ...freeLease, id: "lse_x", expiresAt: new Date("2037-01-01") } }],
    ["is suspended", { status: "suspended" as const }],
    ["is not to be polled", { scheduleWanted: "off" as const }],
    ["waits after a failure", { pollAfter: new Date("2037-01-01") }],
  ])("an account that %s is left alone", async (_why, changed) => {
    await accountStore(deps.db).insert(approvedAccount(deps, changed));
    expect(await wake("plr_1", 50)).toEqual([]);
  });

  test("an account that changed since it was looked at is not taken as it was", async () => {
    const [account] = await addAccounts(1);
    const now = deps.clock.now();
    await deps.db.collection("accounts").updateMany({}, { $set: { cursor: "moved meanwhile" } });
    const taken = await leaseStore(deps.db).take({
      due: account ? [account] : [],
      pollerId: "plr_1",
      leaseId: "lse_1",
      now,
      expiresAt: plusSeconds(now, 90),
    });
    expect(taken).toEqual([]);
  });

  test("a document that cannot be read is reported and keeps nobody else from being polled", async () => {
    const [broken, sound] = await addAccounts(2);
    const accounts = deps.db.collection<Account>("accounts");
    await accounts.updateOne({ _id: broken?._id ?? "" }, { $unset: { policyId: true } });
    expect((await wake("plr_1", 50)).map(({ _id }) => _id)).toEqual([sound?._id]);
    expect(deps.logLines.join()).toContain("account.unreadable");
  });
});

describe("a late write to an account is refused", () => {
  type Write = (ref: LeaseRef) => Promise<unknown>;
  const later = new Date("2036-03-03T09:00:00.000Z");
  const writes: [string, Write][] = [
    ["the cursor", (ref) => leaseStore(deps.db).advanceCursor(ref, "late", later)],
    [
      "the giving back",
      (ref) => leaseStore(deps.db).release(ref, { pollAfter: later, cursor: "late" }),
    ],
    [
      "the renewal with its good polls",
      (ref) =>
        leaseStore(deps.db).renew({
          pollerId: "plr_1",
          polled: [ref],
          now: later,
          expiresAt: plusSeconds(later, 90),
        }),
    ],
    ["WeChat's -14 to a poll", (ref) => expireLogin(deps, ref)],
  ];

  test.each(writes)("%s, after another poller took over", async (_what, write) => {
    const { account, ref } = await takeOne();
    await deps.clock.advance(91_000);
    expect(await wake("plr_2", 50)).toHaveLength(1);
    const before = await accountStore(deps.db).get(account._id);
    await write(ref);
    expect(await accountStore(deps.db).get(account._id)).toEqual(before);
  });

  test.each([
    ...writes,
    [
      "WeChat's -14 to a send",
      ({ accountId, generation }: LeaseRef) => expireLogin(deps, { accountId, generation }),
    ] satisfies [string, Write],
  ])("%s, after the next login", async (_what, write) => {
    const { account, ref } = await takeOne();
    // Harder than a real login, which frees the lease as well.
    const accounts = deps.db.collection<Account>("accounts");
    await accounts.updateOne(
      { _id: account._id },
      { $inc: { generation: 1 }, $set: { cursor: "", "lease.pollerId": "plr_2" } },
    );
    const before = await accountStore(deps.db).get(account._id);
    await write(ref);
    expect(await accountStore(deps.db).get(account._id)).toEqual(before);
  });

  test.each(writes)("%s, after a clean-up began", async (_what, write) => {
    const { account, ref } = await takeOne();
    await retire(deps, operator, account._id);
    const before = await accountStore(deps.db).get(account._id);
    await write(ref);
    expect(await accountStore(deps.db).get(account._id)).toEqual(before);
  });

  test("and the holder's own writes are taken", async () => {
    const { account, ref } = await takeOne();
    const store = leaseStore(deps.db);
    expect(await store.advanceCursor(ref, "next", later)).toBe(true);
    const expiresAt = plusSeconds(later, 90);
    await store.renew({ pollerId: "plr_1", polled: [ref], now: later, expiresAt });
    expect(await accountStore(deps.db).get(account._id)).toMatchObject({
      cursor: "next",
      lastInboundAt: later,
      lastGoodPollAt: later,
      lease: { id: ref.leaseId, expiresAt },
    });
    await store.release(ref, { pollAfter: plusMs(later, 5), pollFailures: 2, cursor: "last" });
    expect(await accountStore(deps.db).get(account._id)).toMatchObject({
      cursor: "last",
      pollFailures: 2,
      lease: freeLease,
    });
  });
});
