import { expect, inject, test } from "vitest";
import { liveThrough } from "#test/many-accounts.ts";

test("20 accounts through kills, copies, 524s and new scans: nothing lost, doubled or out of order", async () => {
  const report = await liveThrough({
    databaseUri: inject("databaseUri"),
    accounts: 20,
    packSize: 8,
    minuteMs: 5_000,
    lifetimeSeconds: 15,
    holdMs: 2_000,
    cursor: "replay",
    trafficMs: 12_000,
    messagesEach: 2,
    kills: 2,
    relogins: 1,
    seed: 3,
  });
  process.stdout.write(`many accounts: ${JSON.stringify(report)}\n`);
  expect(report.kills + report.relogins).toBe(3);
  expect(report).toMatchObject({
    lost: [],
    unanswered: [],
    answeredTwice: [],
    outOfOrder: [],
    overlaps: 0,
    sent: 20 * 3,
  });
  expect(report.largestPack).toBeLessThanOrEqual(8);
}, 240_000);
