import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hermesKinds, startHermes, type HermesUnderTest } from "./hermes-under-test.ts";
import { ask, call, session } from "./http.ts";

const chat = "/v1/chat/completions";
const question = { messages: [{ role: "user", content: "hi" }] };
const mostBytes = 10_000_000;

describe.each(hermesKinds)("%s at its door", (kind) => {
  let hermes: HermesUnderTest;
  beforeAll(async () => {
    hermes = await startHermes(kind);
  });
  afterAll(() => hermes?.stop());

  test.each(["/health", "/v1/health"])("says at %s how it is, without a key", async (path) => {
    expect(await call(hermes, path, { key: null })).toMatchObject({
      status: 200,
      json: { status: "ok", platform: "hermes-agent", version: "0.19.0" },
    });
  });

  test("tells its model and what it can do to those with the key", async () => {
    expect((await call(hermes, "/v1/models")).json).toMatchObject({
      object: "list",
      data: [{ id: "hermes-agent", object: "model" }],
    });
    const able = await call(hermes, "/v1/capabilities");
    expect(able.json).toMatchObject({
      auth: { type: "bearer", required: true },
      features: { run_submission: true, session_continuity_header: "X-Hermes-Session-Id" },
    });
    expect(able.json).not.toHaveProperty("features.runs_idempotency");
  });

  test.each([
    ["/v1/models", undefined],
    ["/v1/capabilities", undefined],
    [chat, "{ no json"],
    ["/v1/runs", "{ no json"],
    ["/api/sessions/wx-1/messages", undefined],
  ])("refuses a wrong key to %s before it looks at anything else", async (path, body) => {
    expect(await call(hermes, path, { key: "a-wrong-key-of-some-length", body })).toMatchObject({
      status: 401,
      json: {
        error: {
          message: "Invalid API key",
          type: "invalid_request_error",
          code: "invalid_api_key",
        },
      },
    });
  });

  test.each<[string, unknown, Record<string, string>, object]>([
    ["no JSON", "{", {}, { message: "Invalid JSON in request body", param: null, code: null }],
    ["no messages", {}, {}, { message: "Missing or invalid 'messages' field" }],
    [
      "no words",
      { messages: [{ role: "user", content: " " }] },
      {},
      { message: "No user message found in messages" },
    ],
    [
      "a file",
      { messages: [{ role: "user", content: [{ type: "file" }] }] },
      {},
      { code: "unsupported_content_type", param: "messages[0].content" },
    ],
    ["a path as session", question, session("../up"), { message: "Invalid session ID" }],
    ["a long session id", question, session("x".repeat(257)), { message: "Session ID too long" }],
  ])("refuses %s with 400 and says what is wrong", async (_name, body, headers, error) => {
    expect(await call(hermes, chat, { body, headers })).toMatchObject({
      status: 400,
      json: { error: { type: "invalid_request_error", ...error } },
    });
    expect(hermes.questions()).toEqual([]);
  });

  test("refuses more than ten million bytes by their length, key or no key", async () => {
    const body = "x".repeat(mostBytes + 1);
    for (const key of [hermes.apiKey, "a-wrong-key-of-some-length"])
      expect(await call(hermes, chat, { key, body })).toMatchObject({
        status: 413,
        json: { error: { code: "body_too_large" } },
      });
    const fitting = await call(hermes, chat, { body: "x".repeat(mostBytes) });
    expect(fitting).toMatchObject({ status: 400 });
  });

  test("calls too many bytes bad JSON when nobody told their length", async () => {
    const body = new Blob(["x".repeat(mostBytes + 1)]).stream();
    expect(await call(hermes, chat, { body })).toMatchObject({
      status: 400,
      json: { error: { message: "Invalid JSON in request body" } },
    });
  });

  test("shuts the door without a word on whatever names an origin", async () => {
    const answer = await call(hermes, "/health", { headers: { origin: "https://page.example" } });
    expect(answer).toMatchObject({ status: 403, text: "" });
  });

  test("stamps what it answers itself, so that a tunnel's page can be told from it", async () => {
    const stamp = "default-src 'none'; frame-ancestors 'none'";
    const stamped = [await ask(hermes, " "), await call(hermes, "/v1/models", { key: null })];
    for (const { headers } of stamped) expect(headers.get("content-security-policy")).toBe(stamp);
    const bare = [await call(hermes, "/v1/nothing"), await call(hermes, chat, { body: [1] })];
    expect(bare.map(({ status, text }) => [status, text.split("\n")[0]])).toEqual([
      [404, "404: Not Found"],
      [500, "500 Internal Server Error"],
    ]);
    for (const { headers } of bare) expect(headers.has("content-security-policy")).toBe(false);
  });
});
