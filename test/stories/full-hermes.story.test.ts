import { afterAll, beforeAll, expect, test } from "vitest";
import { awayNotice } from "#core/policies/policy.ts";
import { eventually } from "#local/eventually.ts";
import { contactOf, startStoryHub, type StoryHub } from "./story-hub.ts";

const places = 3;
const turnMs = 600;
const conversations = 24;

let hub: StoryHub;
beforeAll(async () => {
  hub = await startStoryHub("one bot for all contacts");
  hub.hermes.configure({ maxConcurrentRuns: places });
  hub.hermes.setAnswer(({ text }) => ({ kind: "ok", text: `Hermes: ${text}`, delayMs: turnMs }));
});
afterAll(() => hub?.stop());

test("a full Hermes is a queue: everybody is answered, nobody is told it was away", async () => {
  const bot = await hub.addBot();
  const contacts = Array.from({ length: conversations }, () => contactOf(hub, hub.wechat, bot));
  for (const [index, contact] of contacts.entries()) contact.writes(`question ${index}`);
  await eventually(
    "everybody is answered",
    async () => (contacts.every((contact) => contact.reads().length > 0) ? true : null),
    60_000,
  );
  for (const [index, contact] of contacts.entries()) {
    expect(contact.reads()).toEqual([`Hermes: question ${index}`]);
  }
  expect(hub.wechat.bubbles({}).some(({ text }) => text === awayNotice)).toBe(false);
  expect(await hub.db.collection("dead_jobs").countDocuments({})).toBe(0);
  const executions = hub.hermes.executions();
  expect(executions).toHaveLength(conversations);
  // A queue asks in vain once in a while; what hammers would do so many times per question.
  const refused = hub.hermes.calls().filter(({ status }) => status === 429).length;
  expect(refused).toBeLessThan(2 * conversations);
}, 180_000);
