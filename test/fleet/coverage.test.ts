import { afterEach, expect, test, vi } from "vitest";
import { withDatabase } from "../with-database.ts";
import { PollFleet, type Bot } from "./poll-fleet.ts";
import { seeded } from "./seeded.ts";

vi.setConfig({ testTimeout: 120_000 });

const database = withDatabase();
const minuteMs = 60_000;
let fleet: PollFleet;

afterEach(async () => {
  await fleet.stop();
  await database.db().collection("accounts").deleteMany({});
  await database.db().collection("pollers").deleteMany({});
});

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

test("one account alone has an open poll for 95 % of the time or more, with ticks on time", async () => {
  fleet = await PollFleet.start({ database, random: seeded(1) });
  const bot = await fleet.addBot();
  await fleet.pass(60 * minuteMs);
  process.stdout.write(`coverage of one account: ${percent(fleet.coverage(bot))}\n`);
  expect(fleet.coverage(bot)).toBeGreaterThanOrEqual(0.95);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});

test("and with ticks up to 20 s early or late, some doubled, some missing", async () => {
  const ticks = { earlySeconds: 20, lateSeconds: 20, doubled: 0.1, missing: 0.1 };
  fleet = await PollFleet.start({ database, random: seeded(2), ticks });
  const bot = await fleet.addBot();
  await fleet.pass(90 * minuteMs);
  process.stdout.write(`coverage of one account, bad ticks: ${percent(fleet.coverage(bot))}\n`);
  expect(fleet.coverage(bot)).toBeGreaterThanOrEqual(0.95);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});

test("each of 20 accounts has an open poll for 98 % of the time or more, and no hand-over cuts a hold", async () => {
  fleet = await PollFleet.start({
    database,
    random: seeded(3),
    wechat: { record: { calls: 10_000 } },
  });
  const bots: Bot[] = [];
  for (let count = 0; count < 20; count++) {
    bots.push(await fleet.addBot());
    await fleet.pass(7_000);
  }
  await fleet.pass(25 * minuteMs);
  const shares = bots.map((bot) => fleet.coverage(bot));
  const gaps = bots.map(({ botId }) => fleet.wechat.pollStats({ botId }).longestGapMs);
  const worst = Math.min(...shares);
  process.stdout.write(
    `coverage of 20 accounts: ${percent(worst)} at the least, longest gap ${Math.max(...gaps)} ms\n`,
  );
  expect(worst).toBeGreaterThanOrEqual(0.98);
  // Several generations of pollers, and each hold ended by WeChat's own answer or still open.
  expect(fleet.started).toBeGreaterThanOrEqual(6);
  const holds = fleet.wechat.calls().filter(({ endpoint }) => endpoint === "getupdates");
  expect(holds.length).toBeGreaterThan(bots.length * 40);
  expect(new Set(holds.map(({ outcome }) => outcome))).toEqual(new Set(["json", null]));
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});
