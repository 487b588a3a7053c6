import { describe, expect, it } from "vitest";
import { z } from "zod";

import { ask, call, contentOf, startSim, type Answer } from "./test-client.ts";

const KEY = { "idempotency-key": "msg-1" };

describe("a repeated chat call with the same key and bytes", () => {
  it("joins the running turn", async () => {
    const sim = await startSim();
    const release = sim.holdTurns({ kind: "ok", text: "once" });
    const asked = [ask(sim, "q", KEY), ask(sim, "q", KEY)];
    await sim.waitFor(() => sim.calls().filter(({ bodyText }) => bodyText !== null).length === 2);
    release();
    expect((await Promise.all(asked)).map(contentOf)).toEqual(["once", "once"]);
    expect(sim.executions()).toHaveLength(1);
  });

  it("gets the stored answer under a new id", async () => {
    const sim = await startSim();
    const first = await ask(sim, "q", KEY);
    const second = await ask(sim, "q", KEY);
    expect(contentOf(second)).toBe(contentOf(first));
    expect(idOf(second)).not.toBe(idOf(first));
    expect(sim.executions()).toHaveLength(1);
  });

  it("gets the first call's session, whatever session it names", async () => {
    const sim = await startSim();
    await ask(sim, "q", { ...KEY, "x-hermes-session-id": "wx-1" });
    const replay = await ask(sim, "q", { ...KEY, "x-hermes-session-id": "wx-2" });
    expect(replay.headers.get("x-hermes-session-id")).toBe("wx-1");
    expect(sim.executions()).toHaveLength(1);
  });

  it("gets a stored failure too, but runs again after an exception", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "failed-without-text" });
    expect([await ask(sim, "q", KEY), await ask(sim, "q", KEY)]).toMatchObject([
      { status: 502 },
      { status: 502 },
    ]);
    expect(sim.executions()).toHaveLength(1);
    sim.scriptNext({ kind: "exception" });
    const other = { "idempotency-key": "msg-2" };
    expect([await ask(sim, "q", other), await ask(sim, "q", other)]).toMatchObject([
      { status: 500 },
      { status: 200 },
    ]);
    expect(sim.executions()).toHaveLength(3);
  });

  it("runs again in silence once the body differs, if only in the order of keys", async () => {
    const sim = await startSim();
    const path = "/v1/chat/completions";
    const bodies = [
      { messages: [{ role: "user", content: "q" }] },
      { messages: [{ content: "q", role: "user" }] },
      { messages: [{ role: "user", content: "another" }] },
    ];
    for (const body of bodies) await call(sim, path, { body, headers: KEY });
    expect(sim.executions()).toHaveLength(3);
  });

  it("is forgotten 300 s after the end, and by a restart, but not while the port is shut", async () => {
    let now = 1_000_000;
    const sim = await startSim({ now: () => now });
    await ask(sim, "q", KEY);
    now += 300_000;
    await sim.off();
    await sim.on();
    await ask(sim, "q", KEY);
    expect(sim.executions()).toHaveLength(1);
    now += 1;
    await ask(sim, "q", KEY);
    expect(sim.executions()).toHaveLength(2);
    await sim.restart();
    await ask(sim, "q", KEY);
    expect(sim.executions()).toHaveLength(3);
  });

  it("keeps only so many keys, the oldest go first", async () => {
    const sim = await startSim({ config: { chatReplayEntries: 2 } });
    for (const key of ["a", "b", "c"]) await ask(sim, "q", { "idempotency-key": key });
    await ask(sim, "q", { "idempotency-key": "c" });
    expect(sim.executions()).toHaveLength(3);
    await ask(sim, "q", { "idempotency-key": "a" });
    expect(sim.executions()).toHaveLength(4);
  });
});

describe("a client that leaves", () => {
  it("does not stop the turn, and may come back for the answer", async () => {
    const sim = await startSim();
    const release = sim.holdTurns({ kind: "ok", text: "finished anyway" });
    const leaving = new AbortController();
    const left = ask(sim, "q", KEY, { signal: leaving.signal }).catch((error: unknown) => error);
    await sim.waitFor(() => sim.running().length === 1);
    leaving.abort();
    expect(await left).toMatchObject({ name: "AbortError" });
    await sim.waitFor(() => sim.calls()[0]?.isAborted === true);
    const again = ask(sim, "q", KEY);
    await sim.waitFor(() => sim.calls().length === 2);
    release();
    expect(contentOf(await again)).toBe("finished anyway");
    expect(sim.executions()).toMatchObject([{ outcome: "completed", idempotencyKey: "msg-1" }]);
  });

  it("leaves a turn behind that still takes a place, so that even its own repeat is refused", async () => {
    const sim = await startSim({ config: { maxConcurrentRuns: 1 } });
    const release = sim.holdTurns({ kind: "ok", text: "late" });
    const leaving = new AbortController();
    const left = ask(sim, "q", KEY, { signal: leaving.signal }).catch((error: unknown) => error);
    await sim.waitFor(() => sim.running().length === 1);
    leaving.abort();
    await left;
    expect(await ask(sim, "q", KEY)).toMatchObject({ status: 429 });
    release();
    await sim.waitFor(() => sim.running().length === 0);
    expect(contentOf(await ask(sim, "q", KEY))).toBe("late");
  });
});

function idOf({ json }: Answer): string {
  return z.object({ id: z.string().regex(/^chatcmpl-[0-9a-f]{29}$/) }).parse(json).id;
}
