import { afterEach, describe, expect, test, vi } from "vitest";
import { withDatabase } from "../with-database.ts";
import { PollFleet, type Bot } from "./poll-fleet.ts";
import { seeded } from "./seeded.ts";

vi.setConfig({ testTimeout: 120_000 });

const database = withDatabase();
const minuteMs = 60_000;
/** A lease that runs out, the next tick, a start. */
const longestRecoveryMs = 90_000 + minuteMs + 5_000;
let fleet: PollFleet;

afterEach(async () => {
  await fleet.stop();
  await database.db().collection("accounts").deleteMany({});
  await database.db().collection("pollers").deleteMany({});
});

async function addBots(count: number): Promise<Bot[]> {
  const bots: Bot[] = [];
  for (let index = 0; index < count; index++) bots.push(await fleet.addBot());
  return bots;
}

describe.each(["one-way", "replay"] as const)("under the cursor profile %s", (cursor) => {
  test("pollers killed at any moment: others go on, no overlap, nothing stored twice", async () => {
    const random = seeded(9);
    fleet = await PollFleet.start({ database, random, wechat: { polling: { cursor } } });
    const bots = await addBots(6);
    const contacts = bots.map((bot) => fleet.contactOf(bot));
    const sent: string[] = [];
    let kills = 0;
    for (let round = 1; round <= 40; round++) {
      for (const contact of contacts) contact.writes(`number ${round}`);
      sent.push(`number ${round}`);
      await fleet.pass(random() * 30_000);
      if (round % 6 === 0) {
        await fleet.kill();
        kills += 1;
      }
      await fleet.pass(random() * 50_000);
    }
    await fleet.pass(longestRecoveryMs + 40_000);
    expect(fleet.errors).toEqual([]);
    expect(fleet.overlaps()).toBe(0);
    expect(kills).toBe(6);
    let lost = 0;
    for (const bot of bots) {
      const stored = await fleet.textsOf(bot);
      const missing = sent.filter((text) => !stored.includes(text));
      lost += missing.length;
      expect(stored).toEqual(sent.filter((text) => !missing.includes(text)));
      const { longestGapMs } = fleet.wechat.pollStats({ botId: bot.botId });
      expect(longestGapMs).toBeLessThan(longestRecoveryMs);
    }
    // What a killed poller was handed in its last poll is gone where WeChat never says it again.
    process.stdout.write(`${cursor}: ${lost} of ${sent.length * bots.length} lost in flight\n`);
    expect(lost).toBeLessThanOrEqual(cursor === "replay" ? 0 : kills * bots.length);
  });
});

test("a poller that loses the database stops polling before its leases run out", async () => {
  fleet = await PollFleet.start({ database, random: seeded(10) });
  const bots = await addBots(3);
  await fleet.pass(2 * minuteMs);
  await fleet.cutOff();
  await fleet.pass(3 * minuteMs);
  expect(fleet.overlaps()).toBe(0);
  for (const { botId } of bots) {
    expect(fleet.wechat.openPolls()[botId]).toBe(1);
    expect(fleet.wechat.pollStats({ botId }).longestGapMs).toBeLessThan(longestRecoveryMs);
  }
  await fleet.pass(6 * minuteMs);
  expect(await fleet.packs()).toEqual([bots.length]);
  expect(fleet.overlaps()).toBe(0);
});

test("a poller that gets the database back leaves alone what others polled meanwhile", async () => {
  fleet = await PollFleet.start({ database, random: seeded(13) });
  const bots = await addBots(4);
  await fleet.pass(70_000);
  const reconnect = await fleet.cutOff();
  await fleet.pass(125_000);
  expect(fleet.started).toBeGreaterThan(1);
  expect(await fleet.packs()).toEqual([bots.length]);
  await reconnect();
  await fleet.pass(2 * minuteMs);
  expect(fleet.overlaps()).toBe(0);
  expect(await fleet.packs()).toEqual([bots.length]);
  expect(fleet.errors).toEqual([]);
});
