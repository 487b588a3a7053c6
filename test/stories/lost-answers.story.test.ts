import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { runsBecome, startStoryHub, type StoryHub } from "./story-hub.ts";

let hub: StoryHub;
beforeAll(async () => {
  hub = await startStoryHub("one bot for all contacts", { HERMES_TIMEOUT_MS: "1500" });
});
afterAll(() => hub?.stop());

test("an answer that was given while nobody listened is found in the transcript, not made again", async () => {
  const contact = await hub.contact();
  hub.hermes.scriptNext(
    { kind: "ok", text: "The only answer.", delayMs: 2500 },
    { textIncludes: "rare" },
  );
  contact.writes("a rare question");
  await hub.hermes.waitFor((sim) => sim.running().length === 1, 15_000);
  await hub.hermes.waitFor((sim) => sim.running().length === 0, 15_000);
  // What is forgotten is the key under which a repeat would have been replayed.
  await hub.hermes.restart();
  // A notice may come first: the restart can meet the call that joins the turn.
  await eventually("the answer comes", async () =>
    contact.reads().at(-1) === "The only answer." ? true : null,
  );
  await runsBecome(contact, "sent");
  const executed = hub.hermes.executions().filter(({ text }) => text === "a rare question");
  expect(executed).toHaveLength(1);
}, 180_000);
