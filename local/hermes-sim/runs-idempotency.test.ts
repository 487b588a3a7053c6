import { describe, expect, it } from "vitest";

import { call, startRun, startSim } from "./test-client.ts";

const KEY = { "idempotency-key": "msg-1" };

describe("a repeated run", () => {
  it("starts a second one in old releases, which ignore the key", async () => {
    const sim = await startSim();
    const first = await startRun(sim, "q", { headers: KEY });
    const second = await startRun(sim, "q", { headers: KEY });
    expect(second).not.toBe(first);
    await sim.waitFor(() => sim.executions().length === 2);
    expect(sim.executions()).toMatchObject([
      { idempotencyKey: "msg-1" },
      { idempotencyKey: "msg-1" },
    ]);
  });

  it("is replayed with the status it has, whatever the order of its keys", async () => {
    const sim = await startSim({ config: { release: "0.21" } });
    const bodies = [
      { input: "q", session_id: "wx-1" },
      { session_id: "wx-1", input: "q" },
    ];
    const [first, second] = [
      await call(sim, "/v1/runs", { body: bodies[0], headers: KEY }),
      await call(sim, "/v1/runs", { body: bodies[1], headers: KEY }),
    ];
    const runId = sim.runs()[0]?.runId;
    expect(first.json).toEqual({ run_id: runId, status: "started", replayed: false });
    expect(first.headers.has("idempotency-replayed")).toBe(false);
    expect(second.status).toBe(202);
    expect(second.json).toEqual({ run_id: runId, status: "completed", replayed: true });
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(sim.executions()).toHaveLength(1);
  });

  it("conflicts when the payload or the memory key differs", async () => {
    const sim = await startSim({ config: { release: "0.21" } });
    await startRun(sim, "q", { headers: KEY });
    const withMemory = { ...KEY, "x-hermes-session-key": "wechat:7" };
    for (const [input, headers] of [
      ["another", KEY],
      ["q", withMemory],
    ] as const)
      expect(await call(sim, "/v1/runs", { body: { input }, headers })).toMatchObject({
        status: 409,
        json: { error: { code: "idempotency_key_conflict" } },
      });
    expect(sim.executions()).toHaveLength(1);
  });

  it("is found even when all places are taken, while a new one is not let in", async () => {
    const sim = await startSim({ config: { release: "0.21", maxConcurrentRuns: 1 } });
    sim.scriptNext({ kind: "ok", text: "later", delayMs: 10_000 });
    const runId = await startRun(sim, "q", { headers: KEY });
    expect(await call(sim, "/v1/runs", { body: { input: "q" }, headers: KEY })).toMatchObject({
      status: 202,
      json: { run_id: runId, status: "running", replayed: true },
    });
    expect(await call(sim, "/v1/runs", { body: { input: "q" } })).toMatchObject({ status: 429 });
  });

  it("is checked before the cap in new releases and after it in old ones", async () => {
    const sim = await startSim({ config: { maxConcurrentRuns: 1 } });
    sim.scriptNext({ kind: "ok", text: "later", delayMs: 10_000 });
    await startRun(sim, "q");
    expect(await call(sim, "/v1/runs", { body: {} })).toMatchObject({ status: 429 });
    sim.configure({ release: "0.21" });
    expect(await call(sim, "/v1/runs", { body: {} })).toMatchObject({ status: 400 });
  });

  it.each(["has space", "k".repeat(256), "schlüssel"])("is refused for the key %s", async (key) => {
    const sim = await startSim({ config: { release: "0.21" } });
    const headers = { "idempotency-key": key };
    expect(await call(sim, "/v1/runs", { body: { input: "q" }, headers })).toMatchObject({
      status: 400,
      json: { error: { code: "invalid_idempotency_key" } },
    });
  });
});

describe("a run with a key over a restart", () => {
  it("is interrupted if it ran, and kept if it was done", async () => {
    const sim = await startSim({ config: { release: "0.21" } });
    const done = await startRun(sim, "quick", { headers: KEY });
    await sim.waitFor(() => sim.running().length === 0);
    sim.scriptNext({ kind: "ok", text: "never", delayMs: 10_000 });
    const headers = { "idempotency-key": "msg-2" };
    const cut = await startRun(sim, "slow", { headers });
    const keyless = await startRun(sim, "quick");
    await sim.restart();
    expect(await call(sim, `/v1/runs/${done}`)).toMatchObject({
      json: { status: "completed", output: "Hermes: quick" },
    });
    expect(await call(sim, `/v1/runs/${cut}`)).toMatchObject({
      json: { status: "interrupted", error: "The gateway restarted before this run settled." },
    });
    expect(await call(sim, `/v1/runs/${keyless}`)).toMatchObject({ status: 404 });
    const repeat = await call(sim, "/v1/runs", { body: { input: "slow" }, headers });
    expect(repeat.json).toEqual({ run_id: cut, status: "interrupted", replayed: true });
    expect(sim.executions()).toMatchObject([{}, { outcome: "killed" }, {}]);
  });

  it("is kept for a day", async () => {
    let now = 0;
    const sim = await startSim({ config: { release: "0.21" }, now: () => now });
    const runId = await startRun(sim, "q", { headers: KEY });
    await sim.waitFor(() => sim.running().length === 0);
    now += 86_400_000;
    expect(await startRun(sim, "q", { headers: KEY })).toBe(runId);
    now += 1;
    expect(await startRun(sim, "q", { headers: KEY })).not.toBe(runId);
  });
});
