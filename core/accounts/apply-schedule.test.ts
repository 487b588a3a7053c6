import { beforeEach, expect, test } from "vitest";
import { approvedAccount } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { Account } from "./account.ts";
import { accountStore } from "./account.store.ts";
import { applySchedule } from "./apply-schedule.ts";

const { db } = withDatabase();
const store = accountStore(db());
const base = testDeps(db());
let calls: string[];
let meanwhile: () => Promise<void>;
beforeEach(() => {
  calls = [];
  meanwhile = async () => {};
});

const deps = {
  ...base,
  schedules: {
    async put(accountId: string) {
      calls.push(`put ${accountId}`);
      await meanwhile();
    },
    async remove(accountId: string) {
      calls.push(`remove ${accountId}`);
      await meanwhile();
    },
  },
};

async function insert(changed: Partial<Account>): Promise<Account> {
  const account = approvedAccount(base, changed);
  await store.insert(account);
  return account;
}

test.each([
  ["on", "put"],
  ["off", "remove"],
] as const)("a schedule wanted %s: %s, and the account no longer differs", async (wanted, verb) => {
  const account = await insert({ scheduleWanted: wanted, scheduleDiffers: true });
  await applySchedule(deps, account);
  expect(calls).toEqual([`${verb} ${account._id}`]);
  expect(await store.get(account._id)).toMatchObject({
    scheduleApplied: wanted,
    scheduleDiffers: false,
  });
});

test("one that is as wanted costs no call", async () => {
  await applySchedule(deps, await insert({ scheduleDiffers: false }));
  expect(calls).toEqual([]);
});

test("what was wanted otherwise meanwhile still differs afterwards", async () => {
  const account = await insert({ scheduleWanted: "on", scheduleDiffers: true });
  meanwhile = async () => {
    await db()
      .collection<Account>("accounts")
      .updateOne({ _id: account._id }, { $set: { scheduleWanted: "off", scheduleDiffers: true } });
  };
  await applySchedule(deps, account);
  expect(await store.get(account._id)).toMatchObject({ scheduleDiffers: true });
});

test("Scheduler's no leaves the account differing, so that somebody comes again", async () => {
  const account = await insert({ scheduleWanted: "on", scheduleDiffers: true });
  meanwhile = () => Promise.reject(new Error("ThrottlingException"));
  await expect(applySchedule(deps, account)).rejects.toThrow();
  expect(await store.get(account._id)).toMatchObject({ scheduleDiffers: true });
});
