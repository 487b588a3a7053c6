import { afterAll, beforeAll, expect, test } from "vitest";
import { workOffBacklog } from "#test/hermes-backlog.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db(), { HERMES_PLACES: "5" });
});
afterAll(() => hub?.stop());

test("150 messages that waited are answered in order, none twice, all accounts alike", async () => {
  const report = await workOffBacklog(hub, {
    conversations: 30,
    messagesEach: 5,
    accounts: 4,
    places: 5,
    turnMs: 1_000,
  });
  process.stdout.write(`backlog: ${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ questions: 30, wrong: 0, doubles: 0 });
  // One account has half of all contacts; it is served no more often than the others.
  expect(report.mostServed - report.fewestServed).toBeLessThanOrEqual(4);
  // How much of the places' time was used is a matter of the machine here; test:soak holds it.
}, 600_000);
