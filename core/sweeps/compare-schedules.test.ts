import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { systemOf } from "#core/database/system.ts";
import { createAccountSchedules } from "#core/schedules/account-schedules.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { startTestScheduler, type TestScheduler } from "#test/test-scheduler.ts";
import { withDatabase } from "#test/with-database.ts";
import { compareSchedules, nightlyComparison } from "./compare-schedules.ts";

const { db } = withDatabase();
let scheduler: TestScheduler;
beforeAll(async () => {
  scheduler = await startTestScheduler();
});
afterAll(() => scheduler.stop());

function comparingDeps() {
  const base = testDeps(db());
  return {
    ...base,
    schedules: createAccountSchedules(base.settings.schedules, scheduler.client),
    pollStarter: { async watchLogin() {} },
    deadLetters: { receive: async () => [], async remove() {} },
  };
}

let deps: ReturnType<typeof comparingDeps>;
beforeEach(async () => {
  deps = comparingDeps();
  await db().collection("accounts").deleteMany({});
  await systemOf(db()).deleteMany({ _id: "schedules_compared" });
  for (const accountId of await deps.schedules.list()) await deps.schedules.remove(accountId);
});

async function account(scheduleWanted: "on" | "off"): Promise<string> {
  const made = approvedAccount(deps, { scheduleWanted, botId: deps.newId("job"), live: false });
  await accountStore(db()).insert(made);
  return made._id;
}

test("both sides are mended: what is missing is made, what nobody wants is removed", async () => {
  const [missing, present, stopped] = [
    await account("on"),
    await account("on"),
    await account("off"),
  ];
  for (const accountId of [present, stopped, "acc_gone"]) await deps.schedules.put(accountId);
  expect(await compareSchedules(deps)).toEqual({ missing: 1, unwanted: 2 });
  expect((await deps.schedules.list()).toSorted()).toEqual([missing, present].toSorted());
  expect(await compareSchedules(deps)).toEqual({ missing: 0, unwanted: 0 });
});

test("schedules of more accounts than one page of Scheduler holds are all seen", async () => {
  const ids = Array.from({ length: 130 }, (_, index) => `acc_${index}`);
  for (const accountId of ids) await deps.schedules.put(accountId);
  expect(await compareSchedules(deps)).toEqual({ missing: 0, unwanted: 130 });
  expect(await deps.schedules.list()).toEqual([]);
});

test("the comparison is made once a day, whoever comes first", async () => {
  await deps.schedules.put("acc_gone");
  expect(await nightlyComparison.run(deps)).toBe(1);
  await deps.schedules.put("acc_gone");
  expect(await nightlyComparison.run(deps)).toBe(0);
  await deps.clock.advance(86_400_000);
  expect(await nightlyComparison.run(deps)).toBe(1);
});
