import { describe, expect, it } from "vitest";

import { startHermesSim } from "./server.ts";
import { ask, call, contentOf, failureOf, startSim } from "./test-client.ts";

describe("switching the gateway off and on", () => {
  it("closes the port, cuts what is open, and opens the same port again", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "ok", text: "late", delayMs: 10_000 });
    const cut = failureOf(ask(sim, "q"));
    await sim.waitFor(() => sim.running().length === 1);
    await sim.off();
    expect(sim.isOn).toBe(false);
    expect(await cut).toBe("UND_ERR_SOCKET");
    expect(await failureOf(call(sim, "/health"))).toBe("ECONNREFUSED");
    await sim.on();
    expect(await call(sim, "/health")).toMatchObject({ status: 200 });
  });

  it("lets turns go on while only the port is shut", async () => {
    const sim = await startSim();
    const release = sim.holdTurns({ kind: "ok", text: "done in the dark" });
    const key = { "idempotency-key": "msg-1" };
    const cut = failureOf(ask(sim, "q", key));
    await sim.waitFor(() => sim.running().length === 1);
    await sim.off();
    await cut;
    release();
    await sim.waitFor(() => sim.running().length === 0);
    await sim.on();
    expect(contentOf(await ask(sim, "q", key))).toBe("done in the dark");
    expect(sim.executions()).toHaveLength(1);
  });

  it("kills turns by a restart and leaves the question in the transcript", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "ok", text: "never", delayMs: 10_000 });
    const session = { "x-hermes-session-id": "wx-1" };
    const cut = failureOf(ask(sim, "killed", session));
    await sim.waitFor(() => sim.running().length === 1);
    await sim.restart();
    expect(await cut).toBe("UND_ERR_SOCKET");
    expect(sim.executions()).toMatchObject([{ outcome: "killed" }]);
    expect(sim.running()).toEqual([]);
    expect(sim.transcript("wx-1")).toMatchObject([{ role: "user", content: "killed" }]);
    expect(contentOf(await ask(sim, "next", session))).toBe("Hermes: killed\n\nnext");
  });
});

describe("a draining gateway", () => {
  it("finishes what runs, refuses new turns, and still answers the rest", async () => {
    const sim = await startSim();
    const release = sim.holdTurns({ kind: "ok", text: "finished" });
    const running = ask(sim, "q");
    await sim.waitFor(() => sim.running().length === 1);
    sim.drain();
    for (const path of ["/v1/chat/completions", "/v1/runs"]) {
      const refused = await call(sim, path, { body: "anything" });
      expect(refused).toMatchObject({ status: 503, json: { error: { code: "gateway_draining" } } });
      expect(refused.headers.get("retry-after")).toBe("1");
    }
    expect(await call(sim, "/v1/models")).toMatchObject({ status: 200 });
    release();
    expect(contentOf(await running)).toBe("finished");
    await sim.restart();
    expect(await ask(sim, "q")).toMatchObject({ status: 200 });
  });
});

describe("the cap of turns", () => {
  it("is ten by default, over chat and runs together", async () => {
    const sim = await startSim({ config: { turnDelayMs: 10_000 } });
    const chats = Array.from({ length: 5 }, () => failureOf(ask(sim, "q")));
    const runs = Array.from({ length: 5 }, () => call(sim, "/v1/runs", { body: { input: "q" } }));
    await Promise.all(runs);
    await sim.waitFor(() => sim.running().length === 10);
    expect(await ask(sim, "one more")).toMatchObject({ status: 429 });
    sim.configure({ maxConcurrentRuns: 0, turnDelayMs: 0 });
    expect(await ask(sim, "one more")).toMatchObject({ status: 200 });
    await sim.stop();
    await Promise.all(chats);
  });
});

describe("profiles", () => {
  const config = { multiplexProfiles: true, profiles: { sales: { apiKey: "sales-key" } } };

  it("are reached under their own prefix, with their own key and memory", async () => {
    const sim = await startSim({ config });
    const session = { "x-hermes-session-id": "wx-1" };
    const base = `${sim.url}/p/sales`;
    expect(sim.profileBaseUrl("sales")).toBe(`${base}/v1`);
    expect(await ask(sim, "hi", session, { base })).toMatchObject({ status: 401 });
    expect(await ask(sim, "hi", session, { base, key: "sales-key" })).toMatchObject({
      status: 200,
    });
    expect(await ask(sim, "hi", session, { key: "sales-key" })).toMatchObject({ status: 401 });
    expect(sim.transcript("wx-1")).toEqual([]);
    expect(sim.transcript("wx-1", "sales")).toHaveLength(2);
    expect(await call(sim, "/p/sales/v1/models", { key: "sales-key" })).toMatchObject({
      json: { data: [{ id: "sales" }] },
    });
  });

  it("answers an unknown one with 404 and a string", async () => {
    const sim = await startSim({ config });
    const answer = await call(sim, "/p/nobody/v1/models");
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ error: "Unknown or unconfigured profile" });
  });

  it("keep their runs to themselves since 0.21", async () => {
    const sim = await startSim({ config: { ...config, release: "0.21" } });
    await call(sim, "/p/sales/v1/runs", { body: { input: "q" }, key: "sales-key" });
    const path = `/v1/runs/${sim.runs()[0]?.runId}`;
    expect(await call(sim, path)).toMatchObject({ status: 404 });
    expect(await call(sim, `/p/sales${path}`, { key: "sales-key" })).toMatchObject({ status: 200 });
  });

  it("are ignored by old releases without multiplexing, and unknown to newer ones", async () => {
    const sim = await startSim();
    expect(await call(sim, "/p/sales/v1/models")).toMatchObject({ status: 200 });
    sim.configure({ release: "0.21" });
    expect(await call(sim, "/p/sales/v1/models")).toMatchObject({ status: 404 });
  });
});

describe("what a test can see", () => {
  it("records every call without its key, and the bytes to compare", async () => {
    const sim = await startSim();
    await ask(sim, "hi");
    await ask(sim, "hi");
    const [first, second] = sim.calls();
    expect(first).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions",
      status: 200,
      isAborted: false,
      headers: { authorization: "<hidden>" },
    });
    expect(JSON.stringify(sim.calls())).not.toContain(sim.apiKey);
    expect(first?.bodyText).toContain('"hi"');
    expect(second?.bodySha256).toBe(first?.bodySha256);
  });

  it("names what was waited for in vain", async () => {
    const sim = await startSim();
    const waiting = sim.waitFor((hermes) => hermes.calls().length === 3, 20);
    await expect(waiting).rejects.toThrow("Waited 20 ms in vain for: (hermes) => hermes.calls()");
  });

  it("gives the same ids for the same seed", async () => {
    const ids: string[] = [];
    for (const seed of [7, 7, 8]) {
      const sim = await startSim({ seed });
      ids.push((await ask(sim, "hi")).text.slice(0, 40));
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });
});

describe("bad input", () => {
  it("changes nothing", async () => {
    const sim = await startSim();
    const before = sim.config();
    expect(() => sim.configure({ maxConcurrentRuns: -1, release: "0.21" })).toThrow(
      "maxConcurrentRuns",
    );
    expect(sim.config()).toEqual(before);
  });

  it("leaves no port open when another one is taken", async () => {
    const sim = await startSim();
    const taken = Number(new URL(sim.url).port);
    await expect(startHermesSim({ controlPort: taken })).rejects.toThrow("EADDRINUSE");
  });
});
