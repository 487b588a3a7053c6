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

test("accounts that start one at a time gather in one poller within ten minutes", async () => {
  fleet = await PollFleet.start({ database, random: seeded(5) });
  for (let count = 0; count < 16; count++) {
    await fleet.addBot();
    await fleet.pass(2.4 * minuteMs);
  }
  await fleet.pass(10 * minuteMs);
  expect(await fleet.packs()).toEqual([16]);
  expect(fleet.running).toBe(1);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});

test("accounts that all wake at once, after an outage, are all polled within two minutes", async () => {
  fleet = await PollFleet.start({ database, random: seeded(6), settings: { POLL_PACK_SIZE: "8" } });
  const bots = await Promise.all(Array.from({ length: 20 }, () => fleet.addBot()));
  await fleet.pass(2 * minuteMs);
  const packs = await fleet.packs();
  expect(packs.reduce((sum, size) => sum + size, 0)).toBe(20);
  expect(Math.max(...packs)).toBeLessThanOrEqual(8);
  // Their pollers close at once, too: each account has to find a place before it is given back.
  await fleet.pass(13 * minuteMs);
  expect((await fleet.packs()).length).toBeLessThanOrEqual(4);
  const gaps = bots.map(({ botId }) => fleet.wechat.pollStats({ botId }).longestGapMs);
  expect(Math.max(...gaps)).toBeLessThan(10_000);
  for (const bot of bots) expect(fleet.coverage(bot)).toBeGreaterThan(0.98);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});

test("of pollers that start at the same moment those that find nothing go, and after a life all is in one", async () => {
  fleet = await PollFleet.start({ database, random: seeded(7) });
  const bots: Bot[] = [];
  for (let count = 0; count < 4; count++) bots.push(await fleet.addBot());
  // Before anybody has said that it polls, several start at the same moment.
  await Promise.all(bots.map(({ _id }) => fleet.tick(_id)));
  expect(fleet.started).toBe(4);
  await fleet.pass(12_000);
  // Mostly the oldest is seen by all before they take; at times two take a share each and keep it.
  expect(fleet.running).toBeLessThanOrEqual(2);
  await fleet.pass(14 * minuteMs);
  expect(fleet.running).toBe(1);
  expect(await fleet.packs()).toEqual([4]);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});

test("a poller whose last account is suspended ends, and the account waits for nobody when it resumes", async () => {
  fleet = await PollFleet.start({ database, random: seeded(8) });
  const bot = await fleet.addBot();
  await fleet.pass(2 * minuteMs);
  const accounts = database.db().collection<Bot>("accounts");
  await accounts.updateOne(
    { _id: bot._id },
    { $set: { status: "suspended", scheduleWanted: "off" } },
  );
  await fleet.pass(minuteMs);
  expect(fleet.running).toBe(0);
  expect(fleet.wechat.openPolls()[bot.botId]).toBe(0);
  const { lease } = (await accounts.findOne({ _id: bot._id })) ?? {};
  expect(lease?.id).toBeNull();
  await accounts.updateOne(
    { _id: bot._id },
    { $set: { status: "approved", scheduleWanted: "on" } },
  );
  await fleet.pass(1.1 * minuteMs);
  expect(fleet.wechat.openPolls()[bot.botId]).toBe(1);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});
