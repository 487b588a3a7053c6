import { describe, expect, it } from "vitest";

import { ask, call, contentOf, startSim } from "./test-client.ts";
import type { Turn } from "./turns.ts";

describe("how a turn can end on chat", () => {
  it("answers a clean turn without any word on Hermes' state", async () => {
    const sim = await startSim();
    const answer = await ask(sim, "hello", { "x-hermes-session-id": "wx-1" });
    expect(answer.json).toMatchObject({
      object: "chat.completion",
      model: "hermes-agent",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hermes: hello" },
          finish_reason: "stop",
        },
      ],
    });
    expect(answer.json).not.toHaveProperty("hermes");
    expect(answer.headers.get("x-hermes-session-id")).toBe("wx-1");
    expect(answer.headers.has("x-hermes-completed")).toBe(false);
  });

  it.each<[string, Turn, { finish: string; hermes: object; content: string }]>([
    [
      "a failed turn that has words",
      { kind: "failed-with-text" },
      {
        finish: "error",
        hermes: { completed: false, partial: false, failed: true, error_code: "agent_error" },
        content: "API call failed after 3 retries: HTTP 429: Too Many Requests",
      },
    ],
    [
      "a truncated turn",
      { kind: "partial", text: "half" },
      {
        finish: "length",
        hermes: { completed: false, partial: true, failed: false, error_code: "output_truncated" },
        content: "half",
      },
    ],
    [
      "a turn out of steps",
      { kind: "budget-stop", text: "so far" },
      {
        finish: "stop",
        hermes: { completed: false, partial: false, failed: false, error: null },
        content: "so far",
      },
    ],
  ])("marks %s in body and headers, with status 200", async (_name, turn, expected) => {
    const sim = await startSim();
    sim.scriptNext(turn);
    const answer = await ask(sim, "hi");
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      choices: [{ message: { content: expected.content }, finish_reason: expected.finish }],
      hermes: expected.hermes,
    });
    expect(answer.headers.get("x-hermes-completed")).toBe("false");
  });

  it("makes a failed turn without words a 502", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "failed-without-text", error: "upstream gone" });
    const answer = await ask(sim, "hi", { "x-hermes-session-id": "wx-1" });
    expect(answer).toMatchObject({
      status: 502,
      json: {
        error: {
          message: "upstream gone",
          type: "server_error",
          param: null,
          code: "agent_incomplete",
          hermes: { completed: false, partial: false, failed: true },
        },
      },
    });
    expect(answer.headers.get("x-hermes-session-id")).toBe("wx-1");
  });

  it.each<[string, Turn, string]>([
    ["no reply", { kind: "no-reply" }, "⚠️ No reply: the model returned empty content"],
    [
      "a busy session",
      { kind: "session-busy" },
      "⏳ Another Hermes process kept this session busy",
    ],
    [
      "a session that stayed busy",
      { kind: "session-busy", wording: "stopped-waiting" },
      "Stopped waiting for another Hermes process",
    ],
    ["nothing at all", { kind: "empty" }, ""],
  ])("hides %s behind a clean 200", async (_name, turn, start) => {
    const sim = await startSim();
    sim.scriptNext(turn);
    const answer = await ask(sim, "hi");
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ choices: [{ finish_reason: "stop" }] });
    expect(answer.json).not.toHaveProperty("hermes");
    expect(contentOf(answer).slice(0, start.length)).toBe(start);
  });

  it("answers 500 without a provider, and since 0.20 hides that behind a clean 200 as well", async () => {
    const sim = await startSim();
    const session = { "x-hermes-session-id": "wx-1" };
    sim.scriptNext({ kind: "provider-auth" });
    expect(await ask(sim, "hi", session)).toMatchObject({
      status: 500,
      json: {
        error: {
          message: expect.stringMatching(/^Internal server error: No LLM provider/),
          type: "server_error",
        },
      },
    });
    expect(sim.transcript("wx-1")).toEqual([]);
    sim.configure({ release: "0.20" });
    sim.scriptNext({ kind: "provider-auth" });
    expect(contentOf(await ask(sim, "hi", session))).toMatch(/^⚠️ Provider authentication failed:/);
  });

  it("counts no tokens for a turn that failed or was cut off", async () => {
    const sim = await startSim();
    for (const kind of ["failed-with-text", "partial"] as const) {
      sim.scriptNext({ kind });
      const { json } = await ask(sim, "hi");
      expect(json).toMatchObject({ usage: { prompt_tokens: 0, total_tokens: 0 } });
    }
  });

  it("answers an exception with 500", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "exception", message: "boom" });
    expect(await ask(sim, "hi")).toMatchObject({
      status: 500,
      json: { error: { message: "Internal server error: boom", type: "server_error" } },
    });
    expect(sim.executions()).toMatchObject([{ outcome: "exception" }]);
  });

  it("sends long answers whole", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "long", characters: 123_456 });
    expect(contentOf(await ask(sim, "hi"))).toHaveLength(123_456);
  });

  it("puts a small picture into the answer and leaves other tags as they are", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "media", text: "see", imageBytes: 3000 });
    sim.scriptNext({ kind: "media", text: "see", path: "/tmp/a.pdf", imageBytes: 0 });
    const [prefix, base64] = contentOf(await ask(sim, "picture")).split(";base64,");
    expect(prefix).toBe("see\n![image](data:image/png");
    expect(Buffer.from(base64?.slice(0, -1) ?? "", "base64")).toHaveLength(3000);
    expect(contentOf(await ask(sim, "paper"))).toBe("see\nMEDIA:/tmp/a.pdf");
  });

  it("refuses what the stand-in does not do, rather than look done", async () => {
    const sim = await startSim();
    const messages = [{ role: "user", content: "hi" }];
    const stream = { body: { messages, stream: true } };
    for (const answer of [
      await call(sim, "/v1/chat/completions", stream),
      await call(sim, "/v1/responses", { body: { input: "hi" } }),
    ])
      expect(answer).toMatchObject({
        status: 501,
        json: { error: { code: "stand_in_not_served" } },
      });
  });
});

describe("scripting", () => {
  it("gives a turn to the first request that fits, as often as said", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "ok", text: "rain" }, { textIncludes: "weather", times: 2 });
    sim.scriptNext({ kind: "ok", text: "for two" }, { sessionId: "wx-2" });
    const asked: [string, string][] = [
      ["hello", "wx-1"],
      ["weather?", "wx-1"],
      ["hello", "wx-2"],
      ["the weather", "wx-1"],
      ["weather", "wx-1"],
    ];
    const answers: string[] = [];
    for (const [text, session] of asked)
      answers.push(contentOf(await ask(sim, text, { "x-hermes-session-id": session })));
    expect(answers).toEqual(["Hermes: hello", "rain", "for two", "rain", "Hermes: weather"]);
  });

  it("lets a function answer, with the session's history before it", async () => {
    const sim = await startSim();
    sim.setAnswer(({ text, history }) => ({ kind: "ok", text: `${history.length}:${text}` }));
    const session = { "x-hermes-session-id": "wx-1" };
    await ask(sim, "one", session);
    expect(contentOf(await ask(sim, "two", session))).toBe("2:two");
  });

  it("refuses a turn it does not know and lays nothing out", async () => {
    const sim = await startSim();
    expect(() => sim.scriptNext({ kind: "ok", text: "x", delayMs: -1 })).toThrow("delayMs");
    expect(sim.scripts()).toEqual([]);
  });

  it("makes the first turn after a start slower when told to", async () => {
    const sim = await startSim({ config: { coldStartMs: 120 } });
    await ask(sim, "first");
    await ask(sim, "second");
    await sim.restart();
    await ask(sim, "third");
    const tookMs = sim
      .executions()
      .map(({ startedAt, endedAt }) => (endedAt?.getTime() ?? 0) - startedAt.getTime());
    expect(tookMs.map((milliseconds) => milliseconds >= 115)).toEqual([true, false, true]);
  });
});
