import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAskBody, buildRunBody } from "#core/hermes/ask-body.ts";
import { createHermesClient, type HermesClient } from "#core/hermes/hermes.client.ts";
import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import { findLostAnswer } from "#core/hermes/session-messages.ts";
import { eventually } from "#local/eventually.ts";
import { hermesKinds, startHermes, type HermesUnderTest } from "./hermes-under-test.ts";
import type { ModelTurn } from "./model-server.ts";

const model = "hermes-agent";

describe.each(hermesKinds)("our client before %s", (kind) => {
  let hermes: HermesUnderTest;
  let client: HermesClient;
  beforeAll(async () => {
    hermes = await startHermes(kind);
    client = clientWith(hermes.apiKey);
  });
  afterAll(() => hermes?.stop());

  function clientWith(apiKey: string): HermesClient {
    return createHermesClient({ baseUrl: `${hermes.url}/v1`, apiKey, model });
  }

  /** One question in a session of its own, unless told otherwise. */
  function ask(
    text: string,
    { from = client, timeoutMs = 40_000, sessionId = slug(text), key = slug(text) } = {},
  ): Promise<HermesOutcome> {
    const body = buildAskBody({ model, messages: [{ role: "user", content: text }] });
    return from.ask({ body, idempotencyKey: key, sessionId, timeoutMs });
  }

  const asked = (text: string) => hermes.questions().filter((each) => each.text.includes(text));
  const isAtWork = (text: string) =>
    eventually(`"${text}" is at work`, async () => asked(text)[0] ?? null);

  test("finds it up, without durable keys for runs", async () => {
    expect(await client.probe()).toEqual({
      state: "up",
      cause: "",
      version: "0.19.0",
      knowsModel: true,
      capabilities: { runsIdempotency: null },
    });
  });

  test("finds a wrong key to be a matter of settings, by probe and by question", async () => {
    const stranger = clientWith("a-wrong-key-of-some-length");
    const wrong = { row: "wrong_key", version: "0.19.0" };
    expect(await stranger.probe()).toMatchObject({ state: "misconfigured", ...wrong });
    expect(await ask("let me in", { from: stranger })).toMatchObject({
      class: "misconfigured",
      concern: "connection",
      row: "wrong_key",
      sent: "yes",
      newKeyNeeded: false,
    });
  });

  test("gets the answer", async () => {
    expect(await ask("Do you have tea?")).toMatchObject({
      kind: "answer",
      text: "Hermes: Do you have tea?",
      partial: false,
      responseId: expect.stringMatching(/^chatcmpl-/),
    });
  });

  const tool = "todo";
  const input = { todos: [{ id: "1", content: "think", status: "pending" }] };
  test.each<[string, ModelTurn, object]>([
    ["cut off", { kind: "cut", text: "half." }, { text: "half.half.half.half.", partial: true }],
    [
      "out of steps",
      { kind: "uses-tool", tool, input, forEver: true, text: "So far so good." },
      { text: "So far so good.", partial: true },
    ],
    [
      "after a tool",
      { kind: "uses-tool", tool, input, text: "I noted it." },
      { text: "I noted it.", partial: false },
    ],
  ])("takes an answer %s for what it is", async (name, turn, expected) => {
    hermes.script(name, turn);
    expect(await ask(name)).toMatchObject({ kind: "answer", ...expected });
  });

  test.each<[string, ModelTurn, object]>([
    [
      "refused by the model",
      { kind: "refuses", status: 401, message: "Wrong key" },
      { class: "failed_turn", row: "turn_failed", newKeyNeeded: true },
    ],
    [
      "given up by an overloaded model",
      { kind: "refuses", status: 503, message: "Overloaded" },
      { class: "failed_turn", row: "turn_failed", newKeyNeeded: true },
    ],
    [
      "cut before the first word",
      { kind: "cut", text: "" },
      { class: "failed_turn", row: "agent_incomplete", newKeyNeeded: true },
    ],
    [
      "answered with nothing",
      { kind: "says", text: "" },
      { class: "failed_turn", row: "no_reply", newKeyNeeded: true },
    ],
  ])("sees a question %s", async (name, turn, expected) => {
    hermes.script(name, turn);
    expect(await ask(name)).toMatchObject({
      kind: "failure",
      concern: "message",
      sent: "yes",
      ...expected,
    });
  });

  test("sees a Hermes without a provider as an outage, which ends when it has one", async () => {
    await hermes.haveProvider(false);
    const broken = await ask("no provider");
    await hermes.haveProvider(true);
    expect(broken).toMatchObject({
      class: "misconfigured",
      concern: "connection",
      row: "no_provider",
      newKeyNeeded: true,
    });
    expect(await ask("no provider")).toMatchObject({ kind: "answer" });
  });

  test("sees what it should not have sent", async () => {
    const refused = { class: "refused", concern: "message", sent: "yes" };
    expect(await ask("hi", { sessionId: "../up" })).toMatchObject({
      ...refused,
      row: "bad_request",
    });
    expect(await ask("x".repeat(10_000_001), { sessionId: "big", key: "big" })).toMatchObject({
      ...refused,
      row: "too_big",
    });
  });

  test("joins a turn that took longer than it waits", async () => {
    const letEnd = hermes.hold("a long story");
    const first = ask("a long story", { timeoutMs: 3_000 });
    await isAtWork("a long story");
    expect(await first).toMatchObject({
      class: "in_progress",
      concern: "capacity",
      row: "client_timeout",
      newKeyNeeded: false,
    });
    const second = ask("a long story");
    letEnd();
    expect(await second).toMatchObject({ kind: "answer", text: "It is done." });
    expect(await ask("a long story")).toMatchObject({ text: "It is done." });
    expect(asked("a long story")).toHaveLength(1);
  });

  test("starts a run, follows it and reads its answer", async () => {
    const letEnd = hermes.hold("a run");
    const started = await startRun("a run");
    await isAtWork("a run");
    expect(await client.getRun({ runId: started })).toEqual({ kind: "running", status: "running" });
    letEnd();
    expect(await endOf(started)).toMatchObject({ kind: "answer", text: "It is done." });
    expect(await client.stopRun({ runId: started })).toEqual({ kind: "over", status: undefined });
  });

  test("stops a run", async () => {
    hermes.hold("stop me");
    const runId = await startRun("stop me");
    await isAtWork("stop me");
    expect(await client.stopRun({ runId })).toEqual({ kind: "stopping", status: "stopping" });
    expect(await endOf(runId)).toMatchObject({ class: "lost", row: "run_cancelled" });
  });

  test.each<[string, ModelTurn, object]>([
    [
      "failed",
      { kind: "refuses", status: 401, message: "Wrong key" },
      { class: "failed_turn", row: "turn_failed" },
    ],
    ["silent", { kind: "says", text: "" }, { class: "failed_turn", row: "no_reply" }],
    ["cut and wordless", { kind: "cut", text: "" }, { class: "empty", row: "empty" }],
    [
      "dangerous",
      { kind: "uses-tool", tool: "terminal", input: { command: "rm -rf ./none" }, text: "No." },
      { class: "needs_person", row: "waiting_for_approval" },
    ],
  ])("sees a run that is %s", async (name, turn, expected) => {
    hermes.script(`${name} run`, turn);
    const runId = await startRun(`${name} run`);
    expect(await endOf(runId)).toMatchObject({ kind: "failure", concern: "message", ...expected });
    await client.stopRun({ runId });
  });

  test("knows nothing of a run that is not there", async () => {
    expect(await client.getRun({ runId: "run_0" })).toMatchObject({
      class: "lost",
      row: "run_not_found",
    });
  });

  test("finds a lost answer in the session, and nothing where there is no session", async () => {
    await ask("what time is it?", { sessionId: "lost" });
    const read = await client.sessionMessages({ sessionId: "lost" });
    const messages = read.kind === "messages" ? read.messages : [];
    expect(findLostAnswer(messages, "what time is it?")).toBe("Hermes: what time is it?");
    expect(await client.sessionMessages({ sessionId: "nobody" })).toEqual({ kind: "none" });
  });

  test("sees full places, and gets in when there is room", async () => {
    const letEnd = hermes.hold("one of ten");
    for (let count = 0; count < 10; count += 1) await startRun("one of ten");
    expect(await ask("the eleventh")).toMatchObject({
      class: "busy",
      concern: "capacity",
      row: "capacity_reached",
      retryAfterMs: 1000,
    });
    letEnd();
    await eventually("it is answered", async () => {
      const outcome = await ask("the eleventh");
      return outcome.kind === "answer" ? outcome : null;
    });
  });

  test("sees Hermes die under a question, stay away, and come back", async () => {
    hermes.hold("die now");
    const dying = ask("die now");
    await isAtWork("die now");
    await hermes.kill();
    const away = { class: "unavailable", concern: "connection", newKeyNeeded: false };
    expect(await dying).toMatchObject({ ...away, row: "dropped", sent: "unknown" });
    expect(await ask("anyone?")).toMatchObject({ ...away, row: "refused", sent: "no" });
    expect(await client.probe()).toMatchObject({ state: "down", row: "refused" });
    await hermes.start();
    expect(await client.probe()).toMatchObject({ state: "up" });
    expect(await ask("anyone?")).toMatchObject({ kind: "answer" });
  });

  // The last one: the real process ends when its turns have.
  test("sees Hermes leave in order", async () => {
    const letEnd = hermes.hold("finish this");
    const last = ask("finish this");
    await isAtWork("finish this");
    hermes.drain();
    const refused = await eventually("it takes nothing new", async () => {
      const outcome = await ask("too late");
      return outcome.kind === "failure" ? outcome : null;
    });
    expect(refused).toMatchObject({
      class: "unavailable",
      concern: "connection",
      row: "draining",
      retryAfterMs: 1000,
      newKeyNeeded: false,
    });
    letEnd();
    expect(await last).toMatchObject({ kind: "answer", text: "It is done." });
  });

  async function startRun(text: string): Promise<string> {
    const sessionId = slug(text);
    const body = buildRunBody({ model, input: text, sessionId });
    const started = await client.startRun({ body, idempotencyKey: sessionId, sessionId });
    if (started.kind === "started") return started.runId;
    throw new Error(`The run did not start: ${started.row}`);
  }

  /** What became of a run, or what it waits for. */
  function endOf(runId: string): Promise<HermesOutcome> {
    return eventually("the run ends", async () => {
      const state = await client.getRun({ runId });
      return state.kind === "running" ? null : state;
    });
  }
});

function slug(text: string): string {
  return text.slice(0, 60).replaceAll(/\W+/g, "-");
}
