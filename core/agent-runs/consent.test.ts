import { afterAll, beforeAll, expect, test } from "vitest";
import { createHermesClient } from "#core/hermes/hermes.client.ts";
import { json, serve } from "#test/answering-server.ts";
import { createRunningClock } from "#test/running-clock.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { questionHermes } from "./question-hermes.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
  hub.hermes.configure({ release: "0.21" });
});
afterAll(() => hub?.stop());

test("a dangerous command is refused at once, and the contact reads what the agent says without it", async () => {
  const contact = hub.addContact(await hub.addBot());
  hub.hermes.scriptNext({
    kind: "approval",
    command: "rm -rf /",
    approvedText: "All is gone.",
    deniedText: "I may not do that.",
    timeoutMs: 300_000,
  });
  await hub.work(await contact.writes("delete everything"));
  expect(contact.reads()).toEqual(["I may not do that."]);
  expect(await contact.runs()).toMatchObject([{ status: "sent", attemptCount: 1 }]);
});

test("a run that asks for consent on and on is stopped, so that it holds no place", async () => {
  await using server = await serve((response, request) => {
    const { url, method } = request;
    if (url.endsWith("/approval")) return json({ choice: "deny" })(response, request);
    if (url.endsWith("/stop")) return json({ run_id: "r", status: "stopping" })(response, request);
    const started = { run_id: "r", status: "started" };
    const waits = { object: "hermes.run", run_id: "r", status: "waiting_for_approval" };
    json(method === "POST" ? started : waits, method === "POST" ? 202 : 200)(response, request);
  });
  const outcome = await questionHermes({
    hermes: createHermesClient({ baseUrl: `${server.url}/v1`, apiKey: "key", model: "m" }),
    clock: createRunningClock(),
    request: { via: "runs", hermesRunId: null, key: "k", body: "{}", sessionId: "s" },
    sessionKey: "s",
    timeoutMs: 60_000,
    mostDenials: 5,
    signal: new AbortController().signal,
    keepHermesRunId: async () => {},
  });
  expect(outcome).toMatchObject({ class: "needs_person", newKeyNeeded: true });
  const to = (end: string) => server.seen.filter(({ url }) => url.endsWith(end));
  expect(to("/approval").map(({ body }) => body)).toEqual(
    Array.from({ length: 5 }, () => '{"choice":"deny"}'),
  );
  expect(to("/stop")).toHaveLength(1);
});
