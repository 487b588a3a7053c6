import { describe, expect, it } from "vitest";

import type { HermesSim } from "./server.ts";
import { ask, call, contentOf, failureOf, startSim, type Answer } from "./test-client.ts";

function control(sim: HermesSim, path: string, body?: unknown): Promise<Answer> {
  return call(sim, path, { base: sim.controlUrl, key: null, body });
}

describe("the control port", () => {
  it("shows the page and the state while the API is off, without any key", async () => {
    const sim = await startSim({
      config: { multiplexProfiles: true, profiles: { sales: { apiKey: "sales-key" } } },
    });
    await ask(sim, "hi", { "x-hermes-session-id": "wx-1" });
    await control(sim, "/_sim/off", {});
    expect(await failureOf(call(sim, "/health"))).toBe("ECONNREFUSED");
    const page = await control(sim, "/");
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(page.text).toContain("Hermes stand-in");
    const state = await control(sim, "/_sim/state");
    expect(state.json).toMatchObject({
      isOn: false,
      config: { profiles: ["sales"] },
      tunnel: { kind: "none" },
      sessions: [{ sessionId: "wx-1", messages: 2 }],
      executions: [{ text: "hi", outcome: "completed" }],
      calls: [{ path: "/v1/chat/completions", status: 200 }],
    });
    for (const secret of [sim.apiKey, "sales-key"]) expect(state.text).not.toContain(secret);
    await control(sim, "/_sim/on", {});
    expect(await call(sim, "/health")).toMatchObject({ status: 200 });
  });

  it("scripts turns, clears them, and shows a transcript", async () => {
    const sim = await startSim();
    const match = { textIncludes: "weather" };
    await control(sim, "/_sim/turns", { turn: { kind: "ok", text: "rain" }, match });
    const session = { "x-hermes-session-id": "wx-1" };
    expect(contentOf(await ask(sim, "weather?", session))).toBe("rain");
    expect((await control(sim, "/_sim/sessions/wx-1")).json).toMatchObject([
      { role: "user", content: "weather?" },
      { role: "assistant", content: "rain" },
    ]);
    await control(sim, "/_sim/turns", { turn: { kind: "empty" } });
    await call(sim, "/_sim/turns", { base: sim.controlUrl, method: "DELETE" });
    expect(sim.scripts()).toEqual([]);
  });

  it("sets switches, drains, restarts and steers the tunnel", async () => {
    const sim = await startSim();
    await control(sim, "/_sim/config", { release: "0.21" });
    expect(sim.config().runsIdempotency).toBe(true);
    await control(sim, "/_sim/drain", {});
    expect(sim.isDraining).toBe(true);
    await control(sim, "/_sim/restart", {});
    expect(sim.isDraining).toBe(false);
    await control(sim, "/_sim/tunnel", { behaviour: { kind: "ngrok" } });
    expect(sim.tunnel.behaviour()).toEqual({ kind: "ngrok" });
    const once = { behaviour: { kind: "ngrok-offline" }, next: { times: 1 } };
    await control(sim, "/_sim/tunnel", once);
    expect(await call(sim, "/health", { base: sim.tunnel.url })).toMatchObject({ status: 404 });
    expect(await call(sim, "/health", { base: sim.tunnel.url })).toMatchObject({ status: 200 });
  });

  it.each<[string, unknown, string]>([
    ["/_sim/config", { maxConcurrentRuns: -1 }, "maxConcurrentRuns"],
    ["/_sim/config", { colour: "red" }, "colour"],
    ["/_sim/turns", { turn: { kind: "sleepy" } }, "turn.kind"],
    ["/_sim/tunnel", { behaviour: { kind: "wormhole" } }, "behaviour.kind"],
    ["/_sim/off", "{", "Invalid input"],
  ])("says what is wrong with %s %j and changes nothing", async (path, body, named) => {
    const sim = await startSim();
    const before = await control(sim, "/_sim/state");
    const answer = await control(sim, path, body);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(named);
    expect((await control(sim, "/_sim/state")).json).toEqual(before.json);
  });

  it("takes JSON only, which a page from elsewhere cannot send unasked", async () => {
    const sim = await startSim();
    const headers = { "content-type": "text/plain" };
    const answer = await call(sim, "/_sim/off", { base: sim.controlUrl, body: {}, headers });
    expect(answer.status).toBe(400);
    expect(sim.isOn).toBe(true);
  });
});
