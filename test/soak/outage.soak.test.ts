import { afterEach, expect, test } from "vitest";
import { withDatabase } from "../with-database.ts";
import { PollFleet } from "../fleet/poll-fleet.ts";
import { seeded } from "../fleet/seeded.ts";

const database = withDatabase();
const minuteMs = 60_000;
let fleet: PollFleet;

afterEach(() => fleet.stop());

test("200 accounts that wake at once sit in pollers of 50, whose hand-overs cost nobody a minute", async () => {
  fleet = await PollFleet.start({
    database,
    random: seeded(15),
    ticks: { earlySeconds: 20, lateSeconds: 20, doubled: 0.05, missing: 0.05 },
  });
  const bots = await Promise.all(Array.from({ length: 200 }, () => fleet.addBot()));
  await fleet.pass(20 * minuteMs);
  const packs = await fleet.packs();
  expect(packs.reduce((sum, size) => sum + size, 0)).toBe(bots.length);
  expect(Math.max(...packs)).toBeLessThanOrEqual(50);
  expect(packs.length).toBeLessThanOrEqual(5);
  const worst = Math.min(...bots.map((bot) => fleet.coverage(bot)));
  const gaps = bots.map(({ botId }) => fleet.wechat.pollStats({ botId }).longestGapMs);
  process.stdout.write(
    `200 accounts at once: pollers of ${packs.join(", ")}; coverage ${(worst * 100).toFixed(2)} % at the least, ` +
      `longest gap ${Math.round(Math.max(...gaps))} ms\n`,
  );
  expect(worst).toBeGreaterThanOrEqual(0.98);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});
