import { afterAll, beforeAll, expect, test } from "vitest";
import { hermesKinds, startHermes, type HermesUnderTest } from "./hermes-under-test.ts";
import { ask, call, session, type Answer, type CallOptions } from "./http.ts";

const both: HermesUnderTest[] = [];
beforeAll(async () => {
  for (const kind of hermesKinds) both.push(await startHermes(kind));
  for (const hermes of both) {
    hermes.script("cut off", { kind: "cut", text: "half." });
    hermes.script("cut, no word", { kind: "cut", text: "" });
    hermes.script("say nothing", { kind: "says", text: "" });
    hermes.script("refused", { kind: "refuses", status: 401, message: "Wrong key" });
    hermes.script("overloaded", { kind: "refuses", status: 500, message: "Overloaded" });
    hermes.script("for ever", {
      kind: "uses-tool",
      tool: "todo",
      input: { todos: [{ id: "1", content: "think", status: "pending" }] },
      forEver: true,
      text: "So far so good.",
    });
  }
});
afterAll(() => Promise.all(both.map((hermes) => hermes.stop())));

const chat = "/v1/chat/completions";
const user = (content: unknown) => ({ messages: [{ role: "user", content }] });
const part = (type: string, more: object) => user([{ type, ...more }]);
const manyBytes = 10_000_001;

/** Each is asked of both in this order, so a later one may rest on an earlier one. */
const requests: [string, string, CallOptions][] = [
  ["health", "/health", { key: null }],
  ["health below v1", "/v1/health", { key: null }],
  ["the list of models", "/v1/models", {}],
  ["the capabilities", "/v1/capabilities", {}],
  ["a path of a profile, though there are none", "/p/sales/v1/models", {}],
  ["no key", "/v1/models", { key: null }],
  ["a wrong key", chat, { key: "wrong-key-of-some-length", body: user("hi") }],
  ["a key of another scheme", "/v1/models", { key: null, headers: { authorization: "Basic x" } }],
  ["an unknown path", "/v1/nothing", {}],
  ["an unknown path without a key", "/v1/nothing", { key: null }],
  ["a wrong method", chat, {}],
  ["a wrong method to health", "/health", { method: "POST" }],
  ["an origin", "/health", { headers: { origin: "https://page.example" } }],
  ["a preflight", chat, { method: "OPTIONS" }],
  ["no JSON", chat, { body: "{" }],
  ["an empty body", chat, { method: "POST" }],
  ["a list as body", chat, { body: [1] }],
  ["null as body", chat, { body: "null" }],
  ["no messages", chat, { body: {} }],
  ["empty messages", chat, { body: { messages: [] } }],
  ["messages that are a text", chat, { body: { messages: "hi" } }],
  ["a message that is a text", chat, { body: { messages: ["hi"] } }],
  ["an empty question", chat, { body: user("  ") }],
  ["a system message alone", chat, { body: { messages: [{ role: "system", content: "x" }] } }],
  ["a file as part", chat, { body: part("file", { file: { file_id: "f" } }) }],
  ["a part of unknown type", chat, { body: part("sound", {}) }],
  ["a part without a type", chat, { body: user([{ text: "hi" }]) }],
  ["a picture by ftp", chat, { body: part("image_url", { image_url: { url: "ftp://h/c.png" } }) }],
  ["a picture without address", chat, { body: part("image_url", { image_url: {} }) }],
  [
    "data that is no picture",
    chat,
    { body: part("input_image", { image_url: "data:text/plain,x" }) },
  ],
  [
    "a session id that is a path",
    chat,
    { body: user("hi"), headers: { "x-hermes-session-id": "../up" } },
  ],
  [
    "a session id that is too long",
    chat,
    { body: user("hi"), headers: { "x-hermes-session-id": "x".repeat(257) } },
  ],
  [
    "a session key that is too long",
    chat,
    { body: user("hi"), headers: { "x-hermes-session-key": "x".repeat(257) } },
  ],
  ["too many bytes", chat, { body: "x".repeat(manyBytes) }],
  ["too many bytes and no key", chat, { key: null, body: "x".repeat(manyBytes) }],
  ["too many bytes for a run", "/v1/runs", { body: "x".repeat(manyBytes) }],
  [
    "a question",
    chat,
    {
      body: { model: "hermes-agent", ...user("hello") },
      headers: { "x-hermes-session-id": "wx-1" },
    },
  ],
  [
    "a question that names another model",
    chat,
    { body: { model: "gpt-9", ...user("hello") }, headers: { "x-hermes-session-id": "wx-2" } },
  ],
  ["a question without model and session", chat, { body: user("hello to all") }],
  [
    "a question with a session key",
    chat,
    { body: user("hi"), headers: { "x-hermes-session-key": "contact-1" } },
  ],
  [
    "a question in parts",
    chat,
    {
      body: user([{ type: "text", text: "one" }, "two", { type: "input_text", text: "three" }]),
      headers: { "x-hermes-session-id": "wx-3" },
    },
  ],
  [
    "a refused question",
    chat,
    { body: user("refused"), headers: { "x-hermes-session-id": "wx-4" } },
  ],
  [
    "the question after it",
    chat,
    { body: user("hello?"), headers: { "x-hermes-session-id": "wx-4" } },
  ],
  [
    "an answer cut off",
    chat,
    { body: user("cut off"), headers: { "x-hermes-session-id": "wx-5" } },
  ],
  [
    "a cut without a word",
    chat,
    { body: user("cut, no word"), headers: { "x-hermes-session-id": "wx-6" } },
  ],
  [
    "an empty answer",
    chat,
    { body: user("say nothing"), headers: { "x-hermes-session-id": "wx-7" } },
  ],
  [
    "a turn out of steps",
    chat,
    { body: user("go on for ever"), headers: { "x-hermes-session-id": "wx-8" } },
  ],
  [
    "an overloaded model",
    chat,
    { body: user("overloaded"), headers: { "x-hermes-session-id": "wx-9" } },
  ],
  ["the messages of a session", "/api/sessions/wx-1/messages", {}],
  ["the messages of a refused question", "/api/sessions/wx-4/messages", {}],
  ["the messages of a cut answer", "/api/sessions/wx-5/messages", {}],
  ["the messages of a wordless cut", "/api/sessions/wx-6/messages", {}],
  ["the messages of an empty answer", "/api/sessions/wx-7/messages", {}],
  ["the messages of a question in parts", "/api/sessions/wx-3/messages", {}],
  ["the messages of an unknown session", "/api/sessions/nobody/messages", {}],
  ["the messages without a key", "/api/sessions/wx-1/messages", { key: null }],
  ["a run without input", "/v1/runs", { body: {} }],
  ["a run with an empty list", "/v1/runs", { body: { input: [] } }],
  ["a run without words", "/v1/runs", { body: { input: [{ role: "user" }] } }],
  ["a run with a list of texts", "/v1/runs", { body: { input: ["hi"] } }],
  ["a run with a bad history", "/v1/runs", { body: { input: "q", conversation_history: "x" } }],
  [
    "a run with half a history",
    "/v1/runs",
    { body: { input: "q", conversation_history: [{ role: "user" }] } },
  ],
  ["a run that is no JSON", "/v1/runs", { body: "{" }],
  ["a run that is a list", "/v1/runs", { body: [] }],
  ["a run without a key", "/v1/runs", { key: null, body: { input: "q" } }],
  [
    "a run",
    "/v1/runs",
    {
      body: { input: "q", session_id: "wx-10" },
      headers: { "idempotency-key": "k", "x-hermes-session-key": "contact-2" },
    },
  ],
  ["an unknown run", "/v1/runs/run_0", {}],
  ["the stop of an unknown run", "/v1/runs/run_0/stop", { body: {} }],
  ["the approval of an unknown run", "/v1/runs/run_0/approval", { body: { choice: "deny" } }],
];

test.for(requests)("both answer %s alike", async ([, path, options]) => {
  const [real, standIn] = await Promise.all(both.map((hermes) => call(hermes, path, options)));
  expect(standIn && comparable(standIn)).toEqual(real && comparable(real));
});

test.for([
  ["a question in parts", "wx-3"],
  ["a refused question", "wx-4"],
  ["an answer cut off", "wx-5"],
  ["a cut without a word", "wx-6"],
  ["an empty answer", "wx-7"],
  ["an overloaded model", "wx-9"],
] as const)("after %s both bring the same before the model", async ([, id]) => {
  const asked = await Promise.all(
    both.map(async (hermes) => {
      hermes.script("Go on", { kind: "says", text: "So be it." });
      await ask(hermes, "Go on", session(id));
      return hermes.questions().at(-1);
    }),
  );
  expect(asked[1]).toEqual(asked[0]);
});

/** Made anew by every server and every call, or by nobody but node and Python. */
const unlikeHeaders = ["date", "server", "connection", "keep-alive", "content-length"];

function comparable({ status, headers, text, json }: Answer) {
  const kept = [...headers].filter(([name]) => !unlikeHeaders.includes(name));
  return {
    status,
    headers: Object.fromEntries(kept),
    body: json === undefined ? text.trim() : withoutChance(json),
  };
}

const chanceNames = ["created", "timestamp", "prompt_tokens", "completion_tokens", "total_tokens"];

/** The same body with ids, times and token counts left out, but not whether tokens were counted. */
function withoutChance(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutChance(item));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, withoutChance(item, key)]),
    );
  if (typeof value === "number" && (chanceNames.includes(name) || name === "id"))
    return value === 0 ? 0 : "some number";
  if (typeof value !== "string") return value;
  return value.replaceAll(/(chatcmpl-|run_)[0-9a-f]{2,32}/g, (_all, kind: string) => `${kind}…`);
}
