import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "#local/eventually.ts";
import { hermesKinds, startHermes, type HermesUnderTest } from "./hermes-under-test.ts";
import { call, type Answer } from "./http.ts";
import type { ModelTurn } from "./model-server.ts";

const Run = z.looseObject({ status: z.string() });
const over = ["completed", "failed", "cancelled"];
const dangerous: ModelTurn = {
  kind: "uses-tool",
  tool: "terminal",
  input: { command: "rm -rf ./nothing-here" },
  text: "As you like.",
};

describe.each(hermesKinds)("a run of %s", (kind) => {
  let hermes: HermesUnderTest;
  beforeAll(async () => {
    hermes = await startHermes(kind);
  });
  afterAll(() => hermes?.stop());

  const asked = (text: string) => hermes.questions().filter((each) => each.text.includes(text));

  async function start(input: string, more: object = {}, headers: Record<string, string> = {}) {
    const { status, json } = await call(hermes, "/v1/runs", { body: { input, ...more }, headers });
    expect({ status, json }).toEqual({
      status: 202,
      json: { run_id: expect.stringMatching(/^run_[0-9a-f]{32}$/), status: "started" },
    });
    return z.object({ run_id: z.string() }).parse(json).run_id;
  }

  async function look(runId: string) {
    return Run.parse((await call(hermes, `/v1/runs/${runId}`)).json);
  }

  function becomes(runId: string, ...statuses: string[]) {
    return eventually(`the run is ${statuses.join(" or ")}`, async () => {
      const run = await look(runId);
      return statuses.includes(run.status) ? run : null;
    });
  }

  const post = (runId: string, verb: string, body: object = {}): Promise<Answer> =>
    call(hermes, `/v1/runs/${runId}/${verb}`, { body });

  test("is accepted at once, works, and can be asked for when it is done", async () => {
    const letEnd = hermes.hold("take your time");
    const runId = await start("take your time", { session_id: "wx-1", model: "hermes-agent" });
    const working = await becomes(runId, "running");
    expect(working).toMatchObject({
      object: "hermes.run",
      run_id: runId,
      session_id: "wx-1",
      model: "hermes-agent",
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
    });
    expect(working).not.toHaveProperty("output");
    letEnd();
    expect(await becomes(runId, ...over)).toMatchObject({
      status: "completed",
      output: "It is done.",
      usage: { input_tokens: expect.any(Number), total_tokens: expect.any(Number) },
      last_event: "run.completed",
    });
  });

  test.each<[string, ModelTurn, object]>([
    [
      "a model that refuses",
      { kind: "refuses", status: 401, message: "Wrong key" },
      { status: "failed", error: "HTTP 401: Wrong key", last_event: "run.failed" },
    ],
    [
      "an answer cut at the length limit",
      { kind: "cut", text: "half." },
      { status: "completed", output: "half.half.half.half." },
    ],
    [
      "a cut before the first word",
      { kind: "cut", text: "" },
      { status: "completed", output: null },
    ],
    [
      "an empty answer",
      { kind: "says", text: "" },
      { status: "completed", output: expect.stringMatching(/^⚠️ No reply: the model returned/) },
    ],
  ])("ends after %s as %o says", async (name, turn, expected) => {
    hermes.script(name, turn);
    const runId = await start(name);
    expect(await becomes(runId, ...over)).toMatchObject(expected);
  });

  test("fails without a provider", async () => {
    await hermes.haveProvider(false);
    const runId = await start("anyone?");
    const run = await becomes(runId, ...over);
    await hermes.haveProvider(true);
    expect(run).toMatchObject({
      status: "failed",
      error: expect.stringMatching(/^No LLM provider configured\./),
    });
  });

  test("does not know what its session said before, unless it is told", async () => {
    await becomes(await start("I am Wang", { session_id: "wx-2" }), "completed");
    await becomes(await start("who am I?", { session_id: "wx-2" }), "completed");
    const conversation_history = [
      { role: "user", content: "I am Chen" },
      { role: "assistant", content: "Hello Chen" },
    ];
    await becomes(await start("who am I now?", { conversation_history }), "completed");
    expect(asked("who am I")).toEqual([
      { text: "who am I?", history: [] },
      {
        text: "who am I now?",
        history: conversation_history.map(({ role, content }) => ({ role, text: content })),
      },
    ]);
    const { json } = await call(hermes, "/api/sessions/wx-2/messages");
    expect(json).toMatchObject({
      data: [{ content: "I am Wang" }, {}, { content: "who am I?" }, {}],
    });
  });

  test("is started again by a repeat: this version ignores the idempotency key", async () => {
    const key = { "idempotency-key": "the-same" };
    const [first, second] = [await start("twice", {}, key), await start("twice", {}, key)];
    expect(second).not.toBe(first);
    for (const runId of [first, second]) await becomes(runId, "completed");
    expect(asked("twice")).toHaveLength(2);
  });

  test("can be stopped while it works, and is unknown to a stop after its end", async () => {
    const letEnd = hermes.hold("work for long");
    const runId = await start("work for long");
    await eventually("it is at work", async () => asked("work for long")[0] ?? null);
    expect(await post(runId, "stop")).toMatchObject({
      status: 200,
      json: { run_id: runId, status: "stopping" },
    });
    expect(await becomes(runId, ...over)).toMatchObject({
      status: "cancelled",
      last_event: "run.cancelled",
    });
    letEnd();
    const late = await eventually("the stop finds nothing", async () => {
      const answer = await post(runId, "stop");
      return answer.status === 404 ? answer : null;
    });
    expect(late.json).toMatchObject({ error: { code: "run_not_found" } });
    expect(await look(runId)).toMatchObject({ status: "cancelled" });
  });

  test("waits for a person before it does what is dangerous", async () => {
    hermes.script("clean up", dangerous);
    const denied = await start("clean up");
    expect(await becomes(denied, "waiting_for_approval", ...over)).toMatchObject({
      status: "waiting_for_approval",
      last_event: "approval.request",
    });
    expect(await post(denied, "approval", { choice: "perhaps" })).toMatchObject({
      status: 400,
      json: { error: { code: "invalid_approval_choice" } },
    });
    expect(await post(denied, "approval", { choice: "deny" })).toMatchObject({
      status: 200,
      json: { object: "hermes.run.approval_response", choice: "deny", resolved: 1 },
    });
    expect(await becomes(denied, ...over)).toMatchObject({
      status: "completed",
      output: "As you like.",
    });
    expect(await post(denied, "approval", { choice: "deny" })).toMatchObject({
      status: 409,
      json: { error: { code: "approval_not_active" } },
    });
  });

  test("can be stopped while it waits for a person", async () => {
    hermes.script("clean up", dangerous);
    const runId = await start("clean up");
    await becomes(runId, "waiting_for_approval");
    expect(await post(runId, "stop")).toMatchObject({ json: { status: "stopping" } });
    expect(await becomes(runId, ...over)).toMatchObject({ status: "cancelled" });
  });

  test("is not found when nobody started it", async () => {
    for (const path of ["/v1/runs/run_0", "/v1/runs/run_0/stop"]) {
      const body = path.endsWith("stop") ? {} : undefined;
      expect(await call(hermes, path, { body })).toMatchObject({
        status: 404,
        json: { error: { code: "run_not_found" } },
      });
    }
  });

  test.each<[unknown, string]>([
    ["{", "Invalid JSON"],
    [{}, "Missing 'input' field"],
    [{ input: [{ role: "user" }] }, "No user message found in input"],
    [
      { input: "q", conversation_history: "x" },
      "'conversation_history' must be an array of message objects",
    ],
  ])("is refused for the body %j", async (body, message) => {
    expect(await call(hermes, "/v1/runs", { body })).toMatchObject({
      status: 400,
      json: { error: { message, type: "invalid_request_error", code: null } },
    });
  });
});
