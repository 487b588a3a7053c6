import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { runsBecome, startStoryHub, type StoryHub } from "./story-hub.ts";

let hub: StoryHub;
beforeAll(async () => {
  hub = await startStoryHub("one bot for all contacts", { HERMES_TIMEOUT_MS: "2000" });
  hub.hermes.configure({ release: "0.21" });
});
afterAll(() => hub?.stop());

const paths = () => hub.hermes.calls().map(({ method, path }) => `${method} ${path}`);

test("where Hermes keeps runs durably, a question is submitted and polled", async () => {
  const contact = await hub.contact();
  contact.writes("by run");
  expect(await contact.hasRead(1)).toEqual(["Hermes: by run"]);
  expect(paths()).toContain("POST /v1/runs");
  expect(paths()).not.toContain("POST /v1/chat/completions");
});

test("a turn longer than an invocation waits ends in one answer, and is executed once", async () => {
  const contact = await hub.contact();
  hub.hermes.scriptNext({ kind: "ok", text: "At last.", delayMs: 6000 }, { textIncludes: "long" });
  contact.writes("a long question");
  await eventually("the answer comes", async () => (contact.reads().length > 0 ? true : null));
  expect(contact.reads()).toEqual(["At last."]);
  const [run] = await runsBecome(contact, "sent");
  expect(run?.attemptCount).toBeGreaterThan(1);
  const executed = hub.hermes.executions().filter(({ text }) => text === "a long question");
  expect(executed).toHaveLength(1);
}, 180_000);

test("suspending stops the turn at Hermes and nothing goes out", async () => {
  const contact = await hub.contact();
  hub.hermes.scriptNext(
    { kind: "ok", text: "too late", delayMs: 8000 },
    { textIncludes: "stop me" },
  );
  contact.writes("stop me");
  await hub.hermes.waitFor((sim) => sim.running().length === 1, 15_000);
  await hub.client.change(contact.accountId, "suspend");
  await eventually("the turn was stopped", async () =>
    hub.hermes.executions().some(({ text, outcome }) => text === "stop me" && outcome === "stopped")
      ? true
      : null,
  );
  await runsBecome(contact, "error");
  expect(contact.reads()).toEqual([]);
  await hub.client.change(contact.accountId, "resume");
});
