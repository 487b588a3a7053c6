import { afterAll, beforeAll, expect, test } from "vitest";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

test("answers a text", async () => {
  const contact = hub.addContact(await hub.addBot());
  const job = await contact.writes("When do you open?");
  const t = performance.now();
  await hub.work(job);
  console.log("took", performance.now() - t);
  expect(contact.reads()).toEqual(["Hermes: When do you open?"]);
  console.log(hub.deps.logLines, await contact.runs());
});
