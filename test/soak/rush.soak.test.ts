import { afterAll, beforeAll, expect, test } from "vitest";
import { rush } from "#test/rush.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db(), { HERMES_TIMEOUT_MS: "60000" });
});
afterAll(() => hub?.stop());

test("60 people on 60 bots within 10 s, ten places, turns of 20 s: nobody waits beyond 140 s", async () => {
  const report = await rush(hub, { people: 60, places: 10, turnMs: 20_000, spreadMs: 10_000 });
  process.stdout.write(`rush: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ answered: 60, notices: 0 });
  expect(await db().collection("dead_jobs").countDocuments({})).toBe(0);
  expect(report.longestWaitSeconds).toBeLessThanOrEqual(140);
}, 400_000);
