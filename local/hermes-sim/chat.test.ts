import { afterEach, describe, expect, it } from "vitest";

import { startHermesSim, type HermesSim, type HermesSimOptions } from "./server.ts";

let sim: HermesSim | undefined;

afterEach(async () => {
  await sim?.stop();
});

async function start(options: HermesSimOptions = {}): Promise<HermesSim> {
  sim = await startHermesSim(options);
  return sim;
}

describe("a chat call", () => {
  it("answers and keeps the session's transcript", async () => {
    const hermes = await start();
    const response = await ask(hermes, "hello", { "x-hermes-session-id": "wx-1" });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-hermes-session-id")).toBe("wx-1");
    expect(await response.json()).toMatchObject({
      object: "chat.completion",
      choices: [
        { message: { role: "assistant", content: "Hermes: hello" }, finish_reason: "stop" },
      ],
    });
    expect(hermes.transcript("wx-1").map(({ role, content }) => [role, content])).toEqual([
      ["user", "hello"],
      ["assistant", "Hermes: hello"],
    ]);
  });

  it("refuses a wrong key before it looks at anything else", async () => {
    const hermes = await start();
    const response = await ask(hermes, "hello", { authorization: "Bearer wrong" });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: {
        message: "Invalid gateway API key (API_SERVER_KEY)",
        type: "gateway_auth_error",
        code: "gateway_auth_failed",
      },
    });
    expect(hermes.executions()).toEqual([]);
  });

  it("joins the running turn for the same key and bytes, and replays it afterwards", async () => {
    const hermes = await start();
    hermes.scriptNext({ kind: "ok", text: "once", delayMs: 30 });
    const key = { "idempotency-key": "k-1", "x-hermes-session-id": "wx-1" };
    const [first, second] = await Promise.all([ask(hermes, "q", key), ask(hermes, "q", key)]);
    const replay = await ask(hermes, "q", key);
    const answers = await Promise.all([first, second, replay].map((answer) => answer.json()));
    for (const answer of answers)
      expect(answer).toMatchObject({ choices: [{ message: { content: "once" } }] });
    expect(hermes.executions()).toHaveLength(1);
  });
});

describe("switching the gateway off", () => {
  it("refuses connections until it is on again, on the same port", async () => {
    const hermes = await start();
    await hermes.off();
    await expect(fetch(`${hermes.url}/health`)).rejects.toThrow("fetch failed");
    await hermes.on();
    expect((await fetch(`${hermes.url}/health`)).status).toBe(200);
  });
});

function ask(
  hermes: HermesSim,
  text: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${hermes.baseUrl}/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${hermes.apiKey}`,
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify({ model: "hermes-agent", messages: [{ role: "user", content: text }] }),
  });
}
