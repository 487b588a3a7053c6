import { afterEach, expect, test } from "vitest";
import { withDatabase } from "../with-database.ts";
import { PollFleet, type Bot } from "../fleet/poll-fleet.ts";
import { seeded } from "../fleet/seeded.ts";

const database = withDatabase();
const minuteMs = 60_000;
let fleet: PollFleet;

afterEach(() => fleet.stop());

test("50 accounts that start one at a time over two hours sit in one poller ten minutes later", async () => {
  fleet = await PollFleet.start({
    database,
    random: seeded(12),
    ticks: { earlySeconds: 20, lateSeconds: 20, doubled: 0.05, missing: 0.05 },
  });
  const bots: Bot[] = [];
  for (let count = 0; count < 50; count++) {
    bots.push(await fleet.addBot());
    await fleet.pass(2.4 * minuteMs);
  }
  await fleet.pass(10 * minuteMs);
  expect(await fleet.packs()).toEqual([50]);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
  const worst = Math.min(...bots.map((bot) => fleet.coverage(bot)));
  process.stdout.write(`50 accounts over two hours: coverage ${worst.toFixed(4)} at the least\n`);
  expect(worst).toBeGreaterThanOrEqual(0.98);
});
