import { describe, expect, it } from "vitest";

import { ask, call, contentOf, startSim } from "./test-client.ts";
import type { Turn } from "./turns.ts";

const goOn = expect.stringMatching(/^\[System: Your previous response was truncated/);

describe("a session", () => {
  it("is made for any id and remembers what was said", async () => {
    const sim = await startSim();
    const session = { "x-hermes-session-id": "wx-1" };
    await ask(sim, "hello", session);
    const { json } = await call(sim, "/api/sessions/wx-1/messages");
    expect(json).toMatchObject({
      object: "list",
      session_id: "wx-1",
      data: [
        { session_id: "wx-1", role: "user", content: "hello", finish_reason: null },
        { role: "assistant", content: "Hermes: hello", finish_reason: "stop" },
      ],
    });
    expect(await call(sim, "/api/sessions/wx-2/messages")).toMatchObject({
      status: 404,
      json: { error: { code: "session_not_found" } },
    });
  });

  it("takes its history from Hermes, not from the body, once it is named", async () => {
    const sim = await startSim();
    sim.setAnswer(({ history }) => ({ kind: "ok", text: JSON.stringify(history) }));
    const messages = [
      { role: "user", content: "told before" },
      { role: "assistant", content: "so it was" },
      { role: "user", content: "now" },
    ];
    const path = "/v1/chat/completions";
    const named = { "x-hermes-session-id": "wx-1" };
    const withId = await call(sim, path, { body: { messages }, headers: named });
    expect(contentOf(withId)).toBe("[]");
    expect(contentOf(await call(sim, path, { body: { messages } }))).toContain("told before");
  });

  it("is shared by strangers with the same first words when nobody names it", async () => {
    const sim = await startSim();
    const [first, second, other] = [
      await ask(sim, "hi"),
      await ask(sim, "hi"),
      await ask(sim, "hey"),
    ].map(({ headers }) => headers.get("x-hermes-session-id"));
    expect(first).toMatch(/^api-[0-9a-f]{16}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it("merges the texts of two turns at once, so that a careless client shows", async () => {
    const sim = await startSim();
    const held = Promise.withResolvers<void>();
    sim.setAnswer(async ({ text }) => {
      if (text === "one") await held.promise;
      return { kind: "ok", text: `re: ${text}` };
    });
    const session = { "x-hermes-session-id": "wx-1" };
    const first = ask(sim, "one", session);
    await sim.waitFor(() => sim.running().length === 1);
    expect(contentOf(await ask(sim, "two", session))).toBe("re: one\n\ntwo");
    held.resolve();
    expect(contentOf(await first)).toBe("re: one");
    expect(sim.executions()).toMatchObject([
      { text: "one", seenText: "one" },
      { text: "two", seenText: "one\n\ntwo" },
    ]);
  });

  it("repeats a question whose turn failed in front of the next one", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "failed-with-text" });
    const session = { "x-hermes-session-id": "wx-1" };
    await ask(sim, "first", session);
    expect(contentOf(await ask(sim, "second", session))).toBe("Hermes: first\n\nsecond");
  });

  it.each<[string, Turn, unknown[]]>([
    [
      "an answer cut off",
      { kind: "partial", text: "abcd" },
      [
        ["assistant", "a", "length"],
        ["user", goOn, null],
        ["assistant", "b", "length"],
        ["user", goOn, null],
        ["assistant", "c", "length"],
        ["user", goOn, null],
        ["assistant", "d", "length"],
      ],
    ],
    [
      "a turn out of steps",
      { kind: "budget-stop", text: "so far" },
      [
        ["user", expect.stringMatching(/^You've reached the maximum number/), null],
        ["assistant", "so far", null],
      ],
    ],
    ["an empty answer", { kind: "no-reply" }, [["assistant", "(empty)", null]]],
    ["a failed turn", { kind: "failed-without-text" }, []],
  ])("keeps of %s what its model went through", async (_name, turn, kept) => {
    const sim = await startSim();
    sim.scriptNext(turn);
    await ask(sim, "q", { "x-hermes-session-id": "wx-1" });
    const rows = sim
      .transcript("wx-1")
      .map(({ role, content, finishReason }) => [role, content, finishReason]);
    expect(rows).toEqual([["user", "q", null], ...kept]);
  });

  it("keeps a long-term memory key apart and gives it back", async () => {
    const sim = await startSim();
    const answer = await ask(sim, "hi", { "x-hermes-session-key": "wechat:7" });
    expect(answer.headers.get("x-hermes-session-key")).toBe("wechat:7");
    const long = await ask(sim, "hi", { "x-hermes-session-key": "k".repeat(257) });
    expect(long).toMatchObject({
      status: 400,
      json: { error: { message: "Session key too long" } },
    });
  });

  it.each(["a/b", "a\\b", "a..b", "c:x", "i".repeat(257)])(
    "cannot be named %s",
    async (sessionId) => {
      const sim = await startSim();
      expect(await ask(sim, "hi", { "x-hermes-session-id": sessionId })).toMatchObject({
        status: 400,
      });
      expect(sim.executions()).toEqual([]);
    },
  );

  it("tells which kinds of parts it saw", async () => {
    const sim = await startSim();
    const content = [
      { type: "text", text: "what is this?" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    ];
    const headers = { "x-hermes-session-id": "wx-1" };
    const body = { messages: [{ role: "user", content }] };
    const answer = await call(sim, "/v1/chat/completions", { body, headers });
    expect(contentOf(answer)).toBe("Hermes: what is this? [image_url x1]");
    expect(sim.transcript("wx-1")[0]?.content).toBe("what is this?\n[screenshot]");
  });
});
