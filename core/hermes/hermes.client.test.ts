import { describe, expect, test } from "vitest";
import { buildAskBody, buildRunBody } from "./ask-body.ts";
import { createHermesClient, type HermesClientOptions } from "./hermes.client.ts";
import { HermesSetupError } from "./hermes.errors.ts";
import type { HermesFailure } from "./outcomes.ts";
import { json, serve, type Answer } from "#test/answering-server.ts";

const apiKey = "the-secret-key-of-hermes";
const body = buildAskBody({ model: "hermes-agent", messages: [{ role: "user", content: "你好" }] });
const request = { body, idempotencyKey: "run_1-1", sessionId: "s1", timeoutMs: 5000 };

function clientOf(url: string, options: Partial<HermesClientOptions> = {}) {
  return createHermesClient({ baseUrl: `${url}/v1`, apiKey, model: "hermes-agent", ...options });
}

/** Answers each path in its own way, and 404 as Hermes' router does. */
function routes(answers: Record<string, Answer>): Answer {
  return (response, seen) => {
    const answer = answers[`${seen.method} ${seen.url}`];
    if (answer !== undefined) return answer(response, seen);
    response.writeHead(404, { "Content-Type": "text/plain" });
    return response.end("404: Not Found");
  };
}

function chat(content: unknown, finish_reason = "stop", rest: object = {}): Answer {
  return json({ id: "chatcmpl-1", choices: [{ message: { content }, finish_reason }], ...rest });
}

describe("what is sent", () => {
  test("a question goes out byte for byte, with its key, its session and no stream", async () => {
    await using server = await serve(chat("hello"));
    await clientOf(server.url, { version: "1.2.3" }).ask({ ...request, sessionKey: "c1" });
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: "POST", url: "/v1/chat/completions", body });
    expect(JSON.parse(body)).toEqual({
      model: "hermes-agent",
      messages: [{ role: "user", content: "你好" }],
      stream: false,
    });
    expect(seen?.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      accept: "application/json",
      "user-agent": "wechat-clawbot-hub/1.2.3",
      "ngrok-skip-browser-warning": "1",
      "idempotency-key": "run_1-1",
      "x-hermes-session-id": "s1",
      "x-hermes-session-key": "c1",
    });
    expect(seen?.headers).not.toHaveProperty("origin");
    expect(seen?.headers).not.toHaveProperty("transfer-encoding");
  });

  test("extra headers go along, but never an Origin nor in place of ours", async () => {
    await using server = await serve(chat("hello"));
    const extraHeaders = {
      "CF-Access-Client-Id": "id.access",
      ORIGIN: "https://web.example",
      Authorization: "Basic other",
    };
    await clientOf(server.url, { extraHeaders }).ask(request);
    expect(server.seen[0]?.headers).toMatchObject({
      "cf-access-client-id": "id.access",
      authorization: `Bearer ${apiKey}`,
    });
    expect(server.seen[0]?.headers).not.toHaveProperty("origin");
  });

  test("a redirect is not followed, so the key goes nowhere else", async () => {
    await using elsewhere = await serve(chat("stolen"));
    await using server = await serve((response) => {
      response.writeHead(307, { Location: `${elsewhere.url}/v1/chat/completions` });
      response.end();
    });
    const outcome = await clientOf(server.url).ask(request);
    expect(outcome).toMatchObject({ kind: "failure", row: "redirected", httpStatus: 307 });
    expect(elsewhere.seen).toEqual([]);
  });

  test("the same ask always has the same bytes, whatever the order of its fields", () => {
    const model = "hermes-agent";
    const one = buildAskBody({ model, messages: [{ role: "user", content: "a" }] });
    const other = buildAskBody({ messages: [{ content: "a", role: "user" }], model });
    expect(other).toBe(one);
    const run = buildRunBody({ model, input: "a", sessionId: "s" });
    expect(buildRunBody({ sessionId: "s", input: "a", model })).toBe(run);
    expect(JSON.parse(run)).toEqual({ model, input: "a", session_id: "s" });
  });

  test.each<[string, Partial<HermesClientOptions>, string]>([
    ["a base URL that does not end in /v1", { baseUrl: "http://h:8642" }, "baseUrl"],
    ["a base URL with a query", { baseUrl: "http://h/v1?x=/v1" }, "baseUrl"],
    ["a base URL of another protocol", { baseUrl: "ws://h/v1" }, "baseUrl"],
    ["a key with a line break", { apiKey: "secret\nX: y" }, "apiKey"],
    ["no key", { apiKey: "" }, "apiKey"],
    ["a header with a line break", { extraHeaders: { X: "secret\n" } }, "extraHeaders"],
  ])("%s is refused before anything is sent", (_name, options, option) => {
    const create = () => clientOf("http://h", options);
    expect(create).toThrow(HermesSetupError);
    expect(create).toThrow(expect.objectContaining({ option }));
    expect(create).not.toThrow("secret");
  });
});

describe("an answer", () => {
  test("comes with its id and what it used", async () => {
    const usage = { total_tokens: 9 };
    await using server = await serve(chat("noon", "stop", { usage }));
    expect(await clientOf(server.url).ask(request)).toMatchObject({
      kind: "answer",
      text: "noon",
      partial: false,
      responseId: "chatcmpl-1",
      usage,
      raw: { id: "chatcmpl-1" },
    });
  });

  test.each<[string, Answer]>([
    ["at its length", chat("half a", "length", { hermes: { partial: true, failed: true } })],
    ["at the agent's budget", chat("half a", "stop", { hermes: { completed: false } })],
    [
      "as its header says",
      (response, seen) => {
        response.setHeader("X-Hermes-Completed", "false");
        chat("half a")(response, seen);
      },
    ],
  ])("cut %s is partial", async (_name, answer) => {
    await using server = await serve(answer);
    const outcome = await clientOf(server.url).ask(request);
    expect(outcome).toMatchObject({ kind: "answer", text: "half a", partial: true });
  });

  test("may come in parts, and may begin with a sign of its own", async () => {
    const parts = [{ type: "text", text: "⚠️ Mind the gap" }, { type: "image_url" }];
    await using server = await serve(chat(parts));
    const outcome = await clientOf(server.url).ask(request);
    expect(outcome).toMatchObject({ kind: "answer", text: "⚠️ Mind the gap" });
  });

  test("that repeats our key shows it to nobody", async () => {
    await using server = await serve(chat(`the key is ${apiKey}`));
    const outcome = await clientOf(server.url).ask(request);
    expect(outcome).toMatchObject({ kind: "answer", text: "the key is [hidden]" });
    expect(JSON.stringify(outcome)).not.toContain(apiKey);
  });
});

const health = json({ status: "ok", platform: "hermes-agent", version: "0.21.1" });
const models = json({ object: "list", data: [{ id: "hermes-agent" }] });
const features = {
  runs_idempotency: { supported: true, durable: true, retention_seconds: 86_400 },
};

describe("a probe", () => {
  test("finds Hermes up, asks for its health without the key, and learns what it can do", async () => {
    await using server = await serve(
      routes({
        "GET /health": health,
        "GET /v1/models": models,
        "GET /v1/capabilities": json({ features }),
      }),
    );
    expect(await clientOf(server.url).probe()).toEqual({
      state: "up",
      cause: "",
      version: "0.21.1",
      knowsModel: true,
      capabilities: { runsIdempotency: { isDurable: true, retentionSeconds: 86_400 } },
    });
    const keys = server.seen.map(({ url, headers }) => [url, headers.authorization]);
    expect(keys).toEqual([
      ["/health", undefined],
      ["/v1/models", `Bearer ${apiKey}`],
      ["/v1/capabilities", `Bearer ${apiKey}`],
    ]);
  });

  test("lies beside /v1 for a profile too", async () => {
    await using server = await serve(
      routes({ "GET /p/sales/health": health, "GET /p/sales/v1/models": models }),
    );
    expect(await clientOf(`${server.url}/p/sales`).probe()).toMatchObject({ state: "up" });
  });

  test("of an older Hermes finds no durable runs", async () => {
    await using server = await serve(routes({ "GET /health": health, "GET /v1/models": models }));
    const probe = await clientOf(server.url, { model: "other" }).probe();
    expect(probe).toMatchObject({
      state: "up",
      knowsModel: false,
      capabilities: { runsIdempotency: null },
    });
  });

  const badKey = json({ error: { message: "Invalid", code: "gateway_auth_failed" } }, 401);
  test.each<[string, Record<string, Answer>, object]>([
    [
      "a wrong key",
      { "GET /health": health, "GET /v1/models": badKey },
      { state: "misconfigured", row: "wrong_key", version: "0.21.1" },
    ],
    [
      "a path that leads nowhere",
      { "GET /health": health },
      { state: "misconfigured", row: "wrong_path" },
    ],
    [
      "a restart under way",
      { "GET /health": json({ error: { message: "x", code: "gateway_draining" } }, 503) },
      { state: "down", row: "draining" },
    ],
    ["a page", { "GET /health": json("<html>hi</html>") }, { state: "down", row: "not_json" }],
    ["another service's health", { "GET /health": json({ up: 1 }) }, { state: "misconfigured" }],
    [
      "another service's models",
      { "GET /health": health, "GET /v1/models": json({ models: [] }) },
      { state: "misconfigured" },
    ],
  ])("tells %s, with a cause for a person", async (_name, answers, expected) => {
    await using server = await serve(routes(answers));
    const probe = await clientOf(server.url).probe();
    expect(probe).toMatchObject({ ...expected, cause: expect.stringMatching(/\w+\. \w/) });
  });

  test("finds a closed port down", async () => {
    const closed = await serve(health);
    await closed[Symbol.asyncDispose]();
    expect(await clientOf(closed.url).probe()).toMatchObject({ state: "down", row: "refused" });
  });
});

describe("an ambiguous failure", () => {
  function behind(status: number, isHealthy: boolean): Answer {
    const gateway: Answer = (response) => {
      response.writeHead(status, { Server: "cloudflare", "Content-Type": "text/html" });
      response.end("<html>Bad gateway</html>");
    };
    const answer = isHealthy ? health : gateway;
    return routes({ "POST /v1/chat/completions": gateway, "GET /health": answer });
  }

  test.each([
    [502, true, { class: "failed_turn", concern: "message", newKeyNeeded: true }],
    [502, false, { class: "unavailable", concern: "connection", newKeyNeeded: false }],
    [504, true, { class: "in_progress", concern: "capacity", newKeyNeeded: false }],
    [504, false, { class: "unavailable", concern: "connection", newKeyNeeded: false }],
  ])("of %i, Hermes healthy: %s, is settled by its health", async (status, isHealthy, expected) => {
    await using server = await serve(behind(status, isHealthy));
    const hermes = clientOf(server.url);
    const outcome = await hermes.ask(request);
    expect(outcome).toMatchObject({ class: "ambiguous", row: `edge_${status}` });
    const settled = await hermes.resolveAmbiguous(outcome);
    expect(settled).toMatchObject({ row: `edge_${status}`, httpStatus: status, ...expected });
  });

  test("is the only one that costs a question", async () => {
    await using server = await serve(chat("", "error"));
    const hermes = clientOf(server.url);
    const outcome = await hermes.ask(request);
    expect(await hermes.resolveAmbiguous(outcome)).toBe(outcome);
    expect(server.seen).toHaveLength(1);
  });
});

describe("a run", () => {
  const runBody = buildRunBody({ model: "hermes-agent", input: "hi", sessionId: "s1" });

  test.each([
    ["anew", { run_id: "run_1", status: "started" }, false],
    ["from before", { run_id: "run_1", status: "started", replayed: true }, true],
  ])("is started %s under its key", async (_name, answer, replayed) => {
    await using server = await serve(json(answer, 202));
    const started = await clientOf(server.url).startRun({ ...request, body: runBody });
    expect(started).toEqual({ kind: "started", runId: "run_1", replayed });
    expect(server.seen[0]).toMatchObject({ method: "POST", url: "/v1/runs", body: runBody });
    expect(server.seen[0]?.headers["idempotency-key"]).toBe("run_1-1");
  });

  test.each(["queued", "running", "stopping", "a_new_state"])("goes on as %s", async (status) => {
    await using server = await serve(json({ run_id: "run_1", status }));
    expect(await clientOf(server.url).getRun({ runId: "run_1" })).toEqual({
      kind: "running",
      status,
    });
    expect(server.seen[0]).toMatchObject({ method: "GET", url: "/v1/runs/run_1" });
  });

  test.each([
    ["completed", { status: "completed", output: "noon" }, false],
    ["completed in part", { status: "completed", output: "noon", completed: false }, true],
    ["failed with its truncated text", { status: "failed", output: "noon", partial: true }, true],
  ])("%s gives its text", async (_name, state, partial) => {
    await using server = await serve(json({ run_id: "run_1", usage: { n: 1 }, ...state }));
    expect(await clientOf(server.url).getRun({ runId: "run_1" })).toMatchObject({
      kind: "answer",
      text: "noon",
      partial,
      responseId: "run_1",
      usage: { n: 1 },
    });
  });

  const gone = json({ error: { message: "no run", code: "run_not_found" } }, 404);
  test.each<[string, Answer, object]>([
    ["in a moment", json({ run_id: "r", status: "stopping" }), { kind: "stopping" }],
    ["that is over", json({ status: "completed" }), { kind: "over", status: "completed" }],
    ["that is forgotten", gone, { kind: "over", status: undefined }],
    ["behind a wrong key", json({ error: { message: "x" } }, 401), { row: "wrong_key" }],
  ])("is stopped: one %s", async (_name, answer, expected) => {
    await using server = await serve(answer);
    const stopped: { kind: string } | HermesFailure = await clientOf(server.url).stopRun({
      runId: "run/1",
    });
    expect(stopped).toMatchObject(expected);
    expect(server.seen[0]).toMatchObject({ method: "POST", url: "/v1/runs/run%2F1/stop" });
    expect(server.seen[0]?.headers["content-length"]).toBe("0");
  });
});

describe("a session's messages", () => {
  test("are read beside /v1, whatever shape their content has", async () => {
    const data = [
      { role: "user", content: "hi" },
      { role: "assistant", content: [{ type: "text", text: "noon" }], finish_reason: "stop" },
      { role: "assistant", content: null },
      { content: "of nobody" },
      "nothing",
    ];
    await using server = await serve(json({ object: "list", data }));
    const read = await clientOf(server.url).sessionMessages({ sessionId: "c 1" });
    expect(read).toEqual({
      kind: "messages",
      messages: [
        { role: "user", text: "hi" },
        { role: "assistant", text: "noon", finishReason: "stop" },
        { role: "assistant", text: "" },
      ],
    });
    expect(server.seen[0]?.url).toBe("/api/sessions/c%201/messages");
  });

  test("of an unknown session are none, which is no failure", async () => {
    const answer = json({ error: { message: "x", code: "session_not_found" } }, 404);
    await using server = await serve(answer);
    expect(await clientOf(server.url).sessionMessages({ sessionId: "s" })).toEqual({
      kind: "none",
    });
  });
});
