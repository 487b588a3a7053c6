import { afterAll, beforeAll, expect, test } from "vitest";
import { atRest } from "#local/at-rest.ts";
import { commandsOnMessagePath } from "#local/meter/message-path.ts";
import { diff } from "#local/meter/meter.ts";
import { runsBecome, startStoryHub, type StoryHub } from "./story-hub.ts";

let hub: StoryHub;
beforeAll(async () => {
  hub = await startStoryHub("one bot for all contacts");
});
afterAll(() => hub?.stop());

test("an answered text of one chunk costs 12 database commands at the most", async () => {
  const contact = await hub.contact();
  contact.writes("warm up");
  await contact.hasRead(1);
  await runsBecome(contact, "sent");
  await atRest(hub);
  const before = hub.meter.snapshot();
  const messages = 5;
  for (let count = 1; count <= messages; count++) {
    contact.writes(`question ${count}`);
    await contact.hasRead(1 + count);
    await runsBecome(contact, ...Array.from({ length: 1 + count }, () => "sent"));
  }
  await atRest(hub);
  const between = diff(before, hub.meter.snapshot());
  const perMessage = commandsOnMessagePath(between, messages) / messages;
  const agent = between.database.filter(({ label }) => label === "agent");
  expect(perMessage, JSON.stringify(agent)).toBeLessThanOrEqual(12);
  // Fewer than the writes alone would mean that the meter misses some.
  expect(perMessage).toBeGreaterThan(8);
});
