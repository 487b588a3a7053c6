import { afterEach, describe, expect, test, vi } from "vitest";
import { withDatabase } from "../with-database.ts";
import { PollFleet, type Bot, type TickProfile } from "./poll-fleet.ts";
import { seeded } from "./seeded.ts";

vi.setConfig({ testTimeout: 120_000 });

const database = withDatabase();
let fleet: PollFleet;

afterEach(async () => {
  await fleet.stop();
  await database.db().collection("accounts").deleteMany({});
  await database.db().collection("pollers").deleteMany({});
});

const profiles: [string, Partial<TickProfile>][] = [
  ["20 s early", { earlySeconds: 20 }],
  ["20 s late", { lateSeconds: 20 }],
  ["all doubled", { doubled: 1, lateSeconds: 1 }],
  ["every third missing", { missing: 0.33 }],
];

describe.each(["one-way", "replay"] as const)("under the cursor profile %s", (cursor) => {
  test.each(profiles)(
    "ticks %s: no overlap, no gap to speak of, no message lost",
    async (_how, ticks) => {
      fleet = await PollFleet.start({
        database,
        ticks,
        random: seeded(4),
        wechat: { polling: { cursor } },
      });
      const bots: Bot[] = [];
      for (let count = 0; count < 3; count++) bots.push(await fleet.addBot());
      const contacts = bots.map((bot) => fleet.contactOf(bot));
      const sent: string[] = [];
      for (let round = 1; round <= 14; round++) {
        for (const contact of contacts) contact.writes(`number ${round}`);
        sent.push(`number ${round}`);
        await fleet.pass(37_000);
      }
      await fleet.pass(40_000);
      expect(fleet.errors).toEqual([]);
      expect(fleet.overlaps()).toBe(0);
      for (const bot of bots) {
        expect(await fleet.textsOf(bot)).toEqual(sent);
        expect(fleet.coverage(bot)).toBeGreaterThan(0.98);
      }
    },
  );
});
