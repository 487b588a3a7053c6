import { afterEach, expect, test } from "vitest";
import { liveThroughKills } from "#test/hermes-kills.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
afterEach(() => hub.stop());

test.each([
  ["plain chat calls, forgotten with each death", "0.19"],
  ["runs that Hermes keeps", "0.21"],
] as const)(
  "Hermes dies again and again under 40 questions by %s: one answer each",
  async (_how, release) => {
    hub = await startSmallHub(db());
    hub.hermes.configure({ release });
    const report = await liveThroughKills(hub, {
      conversations: 40,
      bots: 4,
      kills: 5,
      turnMs: 400,
      seed: 7,
    });
    expect(report).toMatchObject({ kills: 5, wrong: [], statuses: { sent: 40 } });
    expect(report.doubles.filter(({ isExplained }) => !isExplained)).toEqual([]);
    expect(report.executions).toBeGreaterThanOrEqual(40);
  },
  120_000,
);
