import { afterAll, beforeAll, expect, test } from "vitest";
import { workOffBacklog } from "#test/hermes-backlog.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const conversations = 2_000;
const messagesEach = 5;
const places = 10;
/** Long enough that what handing a place on takes in this process is a small part, as with real turns. */
const turnMs = 20_000;

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  // SecantusDB goes through a whole collection for each findAndModify and through all that waits for
  // each hand-over. Ten Lambdas that look all the time as well would leave it no time for these.
  const lookMs = 10_000;
  // The longest turn takes 1.4 times the average.
  const settings = { AGENT_LOOK_INTERVAL_MS: String(lookMs), HERMES_TIMEOUT_MS: "120000" };
  hub = await startSmallHub(db(), settings, { longestSleepMs: lookMs });
});
afterAll(() => hub?.stop());

test("10,000 messages of 2,000 conversations: 95 % of the time of ten places", async () => {
  const report = await workOffBacklog(hub, {
    conversations,
    messagesEach,
    accounts: 40,
    places,
    turnMs,
    // HERMES_RETRY_INTERVAL_MS: places are handed on by whoever frees them, not by these rounds.
    sweepEveryMs: 30_000,
    onProgress: (line) => process.stdout.write(line),
  });
  process.stdout.write(`backlog: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ questions: conversations, wrong: 0, doubles: 0 });
  expect(report.mostServed - report.fewestServed).toBeLessThanOrEqual(3);
  expect(report.placesUsed).toBeGreaterThanOrEqual(0.95);
}, 5_400_000);
