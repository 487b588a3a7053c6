import { beforeEach, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { mustStartPoller } from "./handle-tick.ts";
import { pollerStore } from "./poller.store.ts";

const database = withDatabase();
let deps: TestDeps;

beforeEach(async () => {
  deps = testDeps(database.db());
  await deps.db.collection("pollers").deleteMany({});
});

async function addPoller(
  id: string,
  freePlaces: number,
  state: { closing?: boolean; accounts?: number; deadFor?: number },
) {
  const now = deps.clock.now();
  await pollerStore(deps.db).put({
    _id: id,
    startedAt: now,
    freePlaces,
    accounts: state.accounts ?? 0,
    closing: state.closing ?? false,
    expiresAt: plusSeconds(now, state.deadFor === undefined ? 90 : -state.deadFor),
  });
}

async function addAccount(changed: Partial<Account>, leasedTo?: string, forSeconds = 60) {
  const expiresAt = plusSeconds(deps.clock.now(), forSeconds);
  const lease =
    leasedTo === undefined ? {} : { lease: { id: "lse_1", pollerId: leasedTo, expiresAt } };
  const account = approvedAccount(deps, { ...changed, ...lease });
  await accountStore(deps.db).insert(account);
  return account._id;
}

test("nobody polls: the tick starts a poller", async () => {
  expect(await mustStartPoller(deps, await addAccount({}))).toBe(true);
});

test("its account is in the hands of a full poller: nothing to do", async () => {
  await addPoller("plr_1", 0, {});
  expect(await mustStartPoller(deps, await addAccount({}, "plr_1"))).toBe(false);
});

test("its account is in the hands of one that closes: a successor starts", async () => {
  await addPoller("plr_1", 0, { closing: true });
  expect(await mustStartPoller(deps, await addAccount({}, "plr_1"))).toBe(true);
});

test("one that closes has been succeeded already: nothing to do", async () => {
  await addPoller("plr_1", 0, { closing: true });
  await addPoller("plr_2", 50, {});
  expect(await mustStartPoller(deps, await addAccount({}, "plr_1"))).toBe(false);
});

test("several that close hold more than one successor can take: another starts", async () => {
  await addPoller("plr_1", 0, { closing: true, accounts: 50 });
  await addPoller("plr_2", 0, { closing: true, accounts: 50 });
  await addPoller("plr_3", 50, {});
  const accountId = await addAccount({}, "plr_1");
  expect(await mustStartPoller(deps, accountId)).toBe(true);
  await addPoller("plr_4", 50, {});
  expect(await mustStartPoller(deps, accountId)).toBe(false);
});

test("what those that close say is seconds old: while they give back, nothing more starts", async () => {
  await addPoller("plr_1", 0, { closing: true, accounts: 50 });
  await addPoller("plr_2", 42, { accounts: 8 });
  expect(await mustStartPoller(deps, await addAccount({}, "plr_1"))).toBe(false);
});

test("another poller has a free place and will take the account within seconds", async () => {
  await addPoller("plr_1", 1, {});
  expect(await mustStartPoller(deps, await addAccount({}))).toBe(false);
});

test("all pollers are full: the tick starts one more", async () => {
  await addPoller("plr_1", 0, {});
  await addPoller("plr_2", 0, {});
  expect(await mustStartPoller(deps, await addAccount({}))).toBe(true);
});

test("a poller that fell silent counts for nothing, and neither does the lease it left", async () => {
  await addPoller("plr_1", 20, { deadFor: 1 });
  expect(await mustStartPoller(deps, await addAccount({}, "plr_1"))).toBe(true);
});

test("a lease that ran out does not hold the tick back, even if its poller lives", async () => {
  await addPoller("plr_1", 0, {});
  expect(await mustStartPoller(deps, await addAccount({}, "plr_1", -1))).toBe(true);
});

test("a late tick of an account that is not to be polled starts nothing", async () => {
  expect(await mustStartPoller(deps, await addAccount({ scheduleWanted: "off" }))).toBe(false);
  expect(await mustStartPoller(deps, "acc_NOBODY")).toBe(false);
});
