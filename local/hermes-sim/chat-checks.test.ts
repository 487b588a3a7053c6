import { describe, expect, it } from "vitest";

import { ask, call, startSim } from "./test-client.ts";

const CHAT = "/v1/chat/completions";
const CSP = "default-src 'none'; frame-ancestors 'none'";

describe("the order in which a chat call is refused", () => {
  it("is key, drain, cap, JSON, messages, content parts, prompt, session id", async () => {
    const sim = await startSim({ config: { maxConcurrentRuns: 1 } });
    const release = sim.holdTurns({ kind: "ok", text: "done" });
    const running = ask(sim, "a slow one");
    await sim.waitFor(() => sim.running().length === 1);
    sim.drain();
    const wrongId = { "x-hermes-session-id": "../up" };
    const blankWithFile = [{ role: "user", content: [{ type: "file" }] }];

    expect(await call(sim, CHAT, { body: "{", key: "wrong", headers: wrongId })).toMatchObject({
      status: 401,
    });
    expect(await call(sim, CHAT, { body: "{", headers: wrongId })).toMatchObject({
      status: 503,
      json: { error: { code: "gateway_draining", param: null } },
    });
    sim.drain(false);
    const capped = await call(sim, CHAT, { body: "{", headers: wrongId });
    expect(capped).toMatchObject({
      status: 429,
      json: {
        error: {
          message: "Too many concurrent runs (max 1)",
          type: "rate_limit_error",
          param: null,
          code: "rate_limit_exceeded",
        },
      },
    });
    expect(capped.headers.get("retry-after")).toBe("1");
    release();
    await running;

    const refusals = [
      { body: "{", message: "Invalid JSON in request body" },
      { body: { messages: "none" }, message: "Missing or invalid 'messages' field" },
      { body: { messages: blankWithFile }, code: "unsupported_content_type" },
      {
        body: { messages: [{ role: "user", content: " " }] },
        message: "No user message found in messages",
      },
      { body: { messages: [{ role: "user", content: "hi" }] }, message: "Invalid session ID" },
    ];
    for (const { body, ...error } of refusals) {
      const answer = await call(sim, CHAT, { body, headers: wrongId });
      expect(answer).toMatchObject({ status: 400, json: { error } });
    }
    expect(sim.executions()).toHaveLength(1);
  });
});

describe("the shape of a refusal", () => {
  it("has four fields from newer checks and two from older ones", async () => {
    const sim = await startSim();
    const full = await call(sim, CHAT, { body: "no json" });
    expect(full.json).toEqual({
      error: {
        message: "Invalid JSON in request body",
        type: "invalid_request_error",
        param: null,
        code: null,
      },
    });
    const short = await call(sim, CHAT, { body: {} });
    expect(short.json).toEqual({
      error: { message: "Missing or invalid 'messages' field", type: "invalid_request_error" },
    });
    expect(full.headers.get("content-security-policy")).toBe(CSP);
  });

  it("names the part of a message that it refuses", async () => {
    const sim = await startSim();
    const content = [{ type: "image_url", image_url: { url: "ftp://host/cat.png" } }];
    const { json } = await call(sim, CHAT, { body: { messages: [{ role: "user", content }] } });
    expect(json).toMatchObject({
      error: { code: "invalid_image_url", param: "messages[0].content" },
    });
  });

  it("says 401 in the words of the release", async () => {
    const sim = await startSim();
    const old = await ask(sim, "hi", {}, { key: null });
    expect(old.json).toEqual({
      error: {
        message: "Invalid API key",
        type: "invalid_request_error",
        code: "invalid_api_key",
      },
    });
    sim.configure({ release: "0.20" });
    const newer = await ask(sim, "hi", {}, { key: null });
    expect(newer.json).toEqual({
      error: {
        message: "Invalid gateway API key (API_SERVER_KEY)",
        type: "gateway_auth_error",
        code: "gateway_auth_failed",
      },
    });
  });

  it("is plain text for unknown paths, wrong methods and crashes", async () => {
    const sim = await startSim();
    const answers = [
      await call(sim, "/v1/nothing"),
      await call(sim, CHAT),
      await call(sim, CHAT, { body: [1] }),
      await call(sim, CHAT, { body: { messages: ["hi"] } }),
    ];
    expect(answers.map(({ status, text }) => [status, text.split("\n")[0]])).toEqual([
      [404, "404: Not Found"],
      [405, "405: Method Not Allowed"],
      [500, "500 Internal Server Error"],
      [500, "500 Internal Server Error"],
    ]);
    for (const { headers } of answers) {
      expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(headers.has("content-security-policy")).toBe(false);
    }
  });

  it("is an empty 403 for whatever comes with an Origin, even to /health", async () => {
    const sim = await startSim();
    const answer = await call(sim, "/health", { headers: { origin: "https://page.example" } });
    expect(answer).toMatchObject({ status: 403, text: "" });
  });
});

describe("the size limit", () => {
  it("refuses by Content-Length before it looks at the key", async () => {
    const sim = await startSim({ config: { maxRequestBytes: 100 } });
    const answer = await ask(sim, "x".repeat(200), {}, { key: "wrong" });
    expect(answer).toMatchObject({ status: 413, json: { error: { code: "body_too_large" } } });
    expect(answer.headers.has("content-security-policy")).toBe(false);
  });

  it("calls a body without Content-Length bad JSON once it is too long", async () => {
    const sim = await startSim({ config: { maxRequestBytes: 100 } });
    expect(await sendChunked(sim.baseUrl, sim.apiKey)).toMatchObject({
      error: { message: "Invalid JSON in request body" },
    });
    sim.configure({ chunkedOversize: "too-large" });
    expect(await sendChunked(sim.baseUrl, sim.apiKey)).toMatchObject({
      error: { code: "body_too_large" },
    });
  });
});

describe("probes", () => {
  it("tell health without a key, and models and capabilities only with it", async () => {
    const sim = await startSim();
    for (const path of ["/health", "/v1/health"])
      expect(await call(sim, path, { key: null })).toMatchObject({
        status: 200,
        json: { status: "ok", platform: "hermes-agent", version: "0.19.0" },
      });
    for (const path of ["/v1/models", "/v1/capabilities"]) {
      expect(await call(sim, path, { key: null })).toMatchObject({ status: 401 });
      expect(await call(sim, path)).toMatchObject({ status: 200 });
    }
  });

  it("announce durable keys for runs only from 0.21 on", async () => {
    const sim = await startSim();
    const old = await call(sim, "/v1/capabilities");
    expect(old.json).not.toHaveProperty("features.runs_idempotency");
    sim.configure({ release: "0.21" });
    const newer = await call(sim, "/v1/capabilities");
    expect(newer.json).toMatchObject({
      features: {
        runs_idempotency: { supported: true, durable: true, retention_seconds: 86_400 },
      },
    });
  });
});

async function sendChunked(baseUrl: string, key: string): Promise<unknown> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: new Blob(["x".repeat(400)]).stream(),
    duplex: "half",
  });
  return response.json();
}
