import { afterAll, beforeAll, expect, test } from "vitest";
import { takeOver } from "#core/conversations/change-conversation.ts";
import { writeMessage } from "#core/operator-messages/write-message.ts";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { systemClock } from "#core/shared/clock.ts";
import { conversationIdOf, idMaker } from "#core/shared/ids.ts";
import { operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { sqsClient } from "#test/test-queue.ts";
import { runsBecome, startStoryHub, type StoryHub } from "./story-hub.ts";

const people = 8;

let hub: StoryHub;
beforeAll(async () => {
  // The look of the deployed hub; everything else as fast as ever.
  hub = await startStoryHub("one bot for all contacts", {
    AGENT_LOOK_INTERVAL_MS: "2000",
    HERMES_TIMEOUT_MS: "60000",
  });
});
afterAll(() => hub?.stop());

test("a person who takes over while Hermes thinks is heard within 10 s, the late answer by nobody", async () => {
  const client = sqsClient(hub.queue.endpoint);
  const clock = systemClock();
  const deps = {
    ...testDeps(hub.db),
    clock,
    newId: idMaker(() => clock.now()),
    queue: createAgentQueue({ queueUrl: hub.queue.agentQueueUrl }, client),
  };
  const contacts = await Promise.all(Array.from({ length: people }, () => hub.contact()));
  const answer = hub.hermes.holdTurns({ kind: "ok", text: "Far too late." });
  for (const contact of contacts) contact.writes("Are you there?");
  await hub.hermes.waitFor((sim) => sim.running().length === people, 30_000);

  const waits = await Promise.all(
    contacts.map(async (contact, n) => {
      const conversationId = conversationIdOf(contact.accountId, contact.userId);
      await clock.sleep(n * 300);
      const startedAt = Date.now();
      await takeOver(deps, operator, conversationId);
      await writeMessage(deps, operator, { conversationId, text: "Mei here.", clientKey: "1" });
      await contact.hasRead(1);
      return (Date.now() - startedAt) / 1000;
    }),
  );
  const p95 = waits.toSorted((a, b) => a - b)[Math.ceil(people * 0.95) - 1] ?? Number.NaN;
  process.stdout.write(`heard after ${waits.map((wait) => wait.toFixed(1)).join(", ")} s\n`);
  expect(p95).toBeLessThanOrEqual(10);

  answer();
  for (const contact of contacts) await runsBecome(contact, "cancelled");
  expect(contacts.map((contact) => contact.reads())).toEqual(contacts.map(() => ["Mei here."]));
  client.destroy();
}, 180_000);
