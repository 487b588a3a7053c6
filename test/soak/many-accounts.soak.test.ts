import { describe, expect, inject, test } from "vitest";
import { liveThrough, type Report } from "#test/many-accounts.ts";

const accounts = 200;
const packSize = 50;

describe.each(["one-way", "replay"] as const)("200 accounts, cursor profile %s", (cursor) => {
  test("a stretch of traffic with copies, 524s, new scans and kills", async () => {
    const report: Report = await liveThrough({
      databaseUri: inject("databaseUri"),
      accounts,
      packSize,
      minuteMs: 40_000,
      lifetimeSeconds: 40,
      holdMs: 4_000,
      cursor,
      trafficMs: 40_000,
      messagesEach: 1,
      kills: 4,
      relogins: 6,
      seed: 5,
    });
    process.stdout.write(`${cursor}: ${JSON.stringify(report)}\n`);
    expect(report).toMatchObject({
      lost: [],
      unanswered: [],
      answeredTwice: [],
      outOfOrder: [],
      overlaps: 0,
      sent: accounts * 2,
      kills: 4,
      relogins: 6,
    });
    expect(report.largestPack).toBeLessThanOrEqual(packSize);
    // Else the memory would be that of fewer polls.
    expect(report.largestPack).toBeGreaterThanOrEqual(packSize * 0.8);
    expect(report.pollMemoryMb).toBeLessThan(200);
  });
});
