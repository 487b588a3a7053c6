import { afterEach, expect, test } from "vitest";
import { liveThroughKills } from "#test/hermes-kills.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
afterEach(() => hub.stop());

test.each(["0.19", "0.21"] as const)(
  "Hermes %s dies thirty times under 500 questions: one answer each",
  async (release) => {
    hub = await startSmallHub(db());
    hub.hermes.configure({ release });
    const report = await liveThroughKills(hub, {
      conversations: 500,
      bots: 20,
      kills: 30,
      turnMs: 1_000,
      seed: 11,
    });
    process.stdout.write(`${release}: ${JSON.stringify(report)}\n`);
    expect(report).toMatchObject({ kills: 30, wrong: [], statuses: { sent: 500 } });
    expect(report.doubles.filter(({ isExplained }) => !isExplained)).toEqual([]);
  },
  1_200_000,
);
