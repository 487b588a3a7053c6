import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { hermesKinds, startHermes, type HermesUnderTest } from "./hermes-under-test.ts";
import { ask, call, contentOf, session, type Answer } from "./http.ts";
import type { ModelTurn } from "./model-server.ts";

const chat = "/v1/chat/completions";
const noReply = "⚠️ No reply: the model returned empty content";
const forEver: ModelTurn = {
  kind: "uses-tool",
  tool: "todo",
  input: { todos: [{ id: "1", content: "think", status: "pending" }] },
  forEver: true,
  text: "So far so good.",
};

describe.each(hermesKinds)("a chat with %s", (kind) => {
  let hermes: HermesUnderTest;
  beforeAll(async () => {
    hermes = await startHermes(kind);
  });
  afterAll(() => hermes?.stop());

  const asked = (text: string) => hermes.questions().filter((each) => each.text.includes(text));
  const isAtWork = (text: string, count = 1) =>
    eventually(`"${text}" is at work`, async () => (asked(text).length >= count ? true : null));
  const key = (value: string) => ({ "idempotency-key": value });

  test("brings the answer and the session it belongs to", async () => {
    const answer = await ask(hermes, "Do you have tea?", session("tea"));
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: "chat.completion",
      model: "hermes-agent",
      choices: [
        {
          message: { role: "assistant", content: "Hermes: Do you have tea?" },
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: expect.any(Number), total_tokens: expect.any(Number) },
    });
    expect(answer.json).not.toHaveProperty("hermes");
    expect(answer.headers.get("x-hermes-session-id")).toBe("tea");
    expect(answer.headers.has("x-hermes-completed")).toBe(false);
  });

  describe("whose turn does not end well", () => {
    test.each<[string, ModelTurn, { finish: string; content: string; hermes: object }]>([
      [
        "a model that refuses",
        { kind: "refuses", status: 401, message: "Wrong key" },
        {
          finish: "error",
          content: "HTTP 401: Wrong key",
          hermes: { completed: false, partial: false, failed: true, error_code: "agent_error" },
        },
      ],
      [
        "a model that stays overloaded",
        { kind: "refuses", status: 500, message: "Overloaded" },
        {
          finish: "error",
          content: "API call failed after 3 retries: HTTP 500: Overloaded",
          hermes: { completed: false, partial: false, failed: true, error_code: "agent_error" },
        },
      ],
      [
        "a model that asks for patience",
        { kind: "refuses", status: 429, message: "Too many" },
        {
          finish: "error",
          content: "API call failed after 3 retries: HTTP 429: Too many",
          hermes: { completed: false, partial: false, failed: true, error_code: "agent_error" },
        },
      ],
      [
        "an answer cut at the length limit",
        { kind: "cut", text: "half." },
        {
          finish: "length",
          content: "half.half.half.half.",
          hermes: {
            completed: false,
            partial: true,
            failed: false,
            error_code: "output_truncated",
          },
        },
      ],
      [
        "a turn out of steps",
        forEver,
        {
          finish: "stop",
          content: "So far so good.",
          hermes: { completed: false, partial: false, failed: false, error: null },
        },
      ],
    ])("answers 200 for %s and says so beside it", async (name, turn, expected) => {
      hermes.script(name, turn);
      const answer = await ask(hermes, name, session(name));
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({
        choices: [{ message: { content: expected.content }, finish_reason: expected.finish }],
        hermes: expected.hermes,
      });
      expect(answer.headers.get("x-hermes-completed")).toBe("false");
    });

    test("answers 502 for a cut before the first word", async () => {
      hermes.script("nothing but a cut", { kind: "cut", text: "" });
      const answer = await ask(hermes, "nothing but a cut", session("cut"));
      expect(answer).toMatchObject({
        status: 502,
        json: {
          error: {
            type: "server_error",
            code: "agent_incomplete",
            hermes: { completed: false, partial: true, failed: false },
          },
        },
      });
      expect(answer.headers.get("x-hermes-session-id")).toBe("cut");
    });

    test("hides an empty answer behind a clean 200", async () => {
      hermes.script("be silent", { kind: "says", text: "" });
      const answer = await ask(hermes, "be silent", session("silence"));
      expect(answer).toMatchObject({ status: 200, json: { choices: [{ finish_reason: "stop" }] } });
      expect(answer.json).not.toHaveProperty("hermes");
      expect(contentOf(answer).startsWith(noReply)).toBe(true);
    });

    test("answers 500 when it has no provider, and keeps nothing of the question", async () => {
      await hermes.haveProvider(false);
      const answer = await ask(hermes, "anyone?", session("unprovided"));
      await hermes.haveProvider(true);
      expect(answer).toMatchObject({
        status: 500,
        json: {
          error: {
            type: "server_error",
            message: expect.stringMatching(/^Internal server error: No LLM provider/),
          },
        },
      });
      const messages = await call(hermes, "/api/sessions/unprovided/messages");
      expect(messages.status).toBe(404);
    });
  });

  test("does nothing dangerous, since a chat has nobody to ask", async () => {
    hermes.script("clean up", {
      kind: "uses-tool",
      tool: "terminal",
      input: { command: "rm -rf ./nothing-here" },
      text: "I left it as it is.",
    });
    const answer = await ask(hermes, "clean up", session("clean"));
    expect(contentOf(answer)).toBe("I left it as it is.");
    expect(answer.json).not.toHaveProperty("hermes");
  });

  test("brings a long answer whole", async () => {
    hermes.script("the whole book", { kind: "says", text: "word ".repeat(40_000).trim() });
    const answer = await ask(hermes, "the whole book", session("book"));
    expect(contentOf(answer)).toHaveLength(199_999);
  });

  describe("in a session", () => {
    test("remembers what was said there, and nothing of other sessions", async () => {
      await ask(hermes, "I am Wang", session("wang"));
      await ask(hermes, "I am Chen", session("chen"));
      await ask(hermes, "who is Wang?", session("wang"));
      expect(asked("who is Wang?")).toEqual([
        {
          text: "who is Wang?",
          history: [
            { role: "user", text: "I am Wang" },
            { role: "assistant", text: "Hermes: I am Wang" },
          ],
        },
      ]);
      const { json } = await call(hermes, "/api/sessions/wang/messages");
      expect(json).toMatchObject({
        object: "list",
        session_id: "wang",
        data: [
          { role: "user", content: "I am Wang", finish_reason: null },
          { role: "assistant", content: "Hermes: I am Wang", finish_reason: "stop" },
          { role: "user", content: "who is Wang?" },
          { role: "assistant", content: "Hermes: who is Wang?" },
        ],
      });
    });

    test("knows no messages of one that never was", async () => {
      expect(await call(hermes, "/api/sessions/nobody/messages")).toMatchObject({
        status: 404,
        json: { error: { code: "session_not_found" } },
      });
    });

    test("takes the history from the session, not from the body", async () => {
      const messages = [
        { role: "user", content: "told elsewhere" },
        { role: "assistant", content: "so it was" },
        { role: "user", content: "what was told?" },
      ];
      await call(hermes, chat, { body: { messages }, headers: session("fresh") });
      expect(asked("what was told?")).toMatchObject([{ history: [] }]);
    });

    test("is the same for strangers with the same first words when nobody names it", async () => {
      const answers = [await ask(hermes, "hi all"), await ask(hermes, "hi all")];
      const [first, second] = answers.map(({ headers }) => headers.get("x-hermes-session-id"));
      expect(first).toMatch(/^api-[0-9a-f]{16}$/);
      expect(second).toBe(first);
    });

    test("repeats a question without an answer in front of the next one", async () => {
      hermes.script("will fail", { kind: "refuses", status: 401, message: "Wrong key" });
      await ask(hermes, "will fail", session("failing"));
      hermes.script("and now", { kind: "says", text: "Now it works." });
      const next = await ask(hermes, "and now?", session("failing"));
      expect(contentOf(next)).toBe("Now it works.");
      expect(asked("and now?")).toEqual([{ text: "will fail\n\nand now?", history: [] }]);
    });

    test("mixes two turns at once: whoever asks must wait for the answer before", async () => {
      const letFirstEnd = hermes.hold("first of two");
      const first = ask(hermes, "first of two", session("busy"));
      await isAtWork("first of two");
      hermes.script("second of two", { kind: "says", text: "Both." });
      expect(contentOf(await ask(hermes, "second of two", session("busy")))).toBe("Both.");
      letFirstEnd();
      expect(contentOf(await first)).toBe("It is done.");
      expect(asked("second of two")).toMatchObject([{ text: "first of two\n\nsecond of two" }]);
    });
  });

  describe("with an idempotency key", () => {
    test("runs once for two calls at the same time", async () => {
      const letEnd = hermes.hold("twice at once");
      const calls = [1, 2].map(() => ask(hermes, "twice at once", key("at-once")));
      await isAtWork("twice at once");
      letEnd();
      expect((await Promise.all(calls)).map(contentOf)).toEqual(["It is done.", "It is done."]);
      expect(asked("twice at once")).toHaveLength(1);
    });

    test("works on when the caller leaves, and a repeat gets the answer", async () => {
      const letEnd = hermes.hold("I hang up");
      const leaving = new AbortController();
      const headers = { ...key("left"), ...session("left") };
      const left = ask(hermes, "I hang up", headers, { signal: leaving.signal });
      await isAtWork("I hang up");
      leaving.abort();
      await expect(left).rejects.toMatchObject({ name: "AbortError" });
      const again = ask(hermes, "I hang up", headers);
      letEnd();
      expect(contentOf(await again)).toBe("It is done.");
      expect(asked("I hang up")).toHaveLength(1);
    });

    test("gives the stored answer again, in its own session, under a new id", async () => {
      const first = await ask(hermes, "once more", { ...key("again"), ...session("again-1") });
      const second = await ask(hermes, "once more", { ...key("again"), ...session("again-2") });
      expect(contentOf(second)).toBe(contentOf(first));
      expect(second.headers.get("x-hermes-session-id")).toBe("again-1");
      expect(idOf(second)).not.toBe(idOf(first));
      expect(asked("once more")).toHaveLength(1);
    });

    test("keeps a failed turn, but not an error of its own", async () => {
      hermes.script("fails for good", { kind: "refuses", status: 401, message: "Wrong key" });
      const headers = { ...key("failed"), ...session("failed") };
      const failures = [
        await ask(hermes, "fails for good", headers),
        await ask(hermes, "fails for good", headers),
      ];
      expect(failures.map(contentOf)).toEqual(["HTTP 401: Wrong key", "HTTP 401: Wrong key"]);
      expect(asked("fails for good")).toHaveLength(1);

      await hermes.haveProvider(false);
      const broken = await ask(hermes, "breaks once", key("broken"));
      await hermes.haveProvider(true);
      const mended = await ask(hermes, "breaks once", key("broken"));
      expect([broken.status, mended.status]).toEqual([500, 200]);
    });

    test("runs again in silence once the body differs, if only in its order", async () => {
      const bodies = [
        { messages: [{ role: "user", content: "in order" }] },
        { messages: [{ content: "in order", role: "user" }] },
        { messages: [{ role: "user", content: "in order, please" }] },
      ];
      for (const [index, body] of bodies.entries()) {
        const headers = { ...key("order"), ...session(`order-${index}`) };
        expect(await call(hermes, chat, { body, headers })).toMatchObject({ status: 200 });
      }
      expect(asked("in order")).toHaveLength(3);
    });
  });
});

function idOf({ json }: Answer): unknown {
  return typeof json === "object" && json !== null && "id" in json ? json.id : undefined;
}
