import { describe, expect, it } from "vitest";

import { call, startRun, startSim, type Answer } from "./test-client.ts";
import type { HermesSim } from "./server.ts";
import type { Turn } from "./turns.ts";

describe("a run", () => {
  it("is accepted at once and can be asked for until it is done", async () => {
    const sim = await startSim({ now: () => 5000 });
    const release = sim.holdTurns({ kind: "ok", text: "the answer" });
    const accepted = await call(sim, "/v1/runs", { body: { input: "q", session_id: "wx-1" } });
    expect(accepted.status).toBe(202);
    expect(accepted.json).toEqual({
      run_id: expect.stringMatching(/^run_[0-9a-f]{32}$/),
      status: "started",
    });
    const runId = sim.runs()[0]?.runId ?? "";
    expect(await status(sim, runId)).toMatchObject({
      json: {
        object: "hermes.run",
        run_id: runId,
        status: "running",
        created_at: 5,
        session_id: "wx-1",
        model: "hermes-agent",
      },
    });
    release();
    await sim.waitFor(() => sim.running().length === 0);
    expect(await status(sim, runId)).toMatchObject({
      json: {
        status: "completed",
        output: "the answer",
        usage: { input_tokens: 900, output_tokens: 3, total_tokens: 903 },
        last_event: "run.completed",
      },
    });
    expect(sim.executions()).toMatchObject([{ via: "runs", runId, sessionId: "wx-1" }]);
  });

  it.each<[Turn, object]>([
    [
      { kind: "failed-with-text", text: "prose", error: "HTTP 401" },
      { status: "failed", error: "HTTP 401" },
    ],
    [
      { kind: "failed-without-text", error: null },
      { status: "failed", error: "agent run failed" },
    ],
    [
      { kind: "exception", message: "boom" },
      { status: "failed", error: "boom" },
    ],
    [
      { kind: "provider-auth" },
      { status: "failed", error: expect.stringMatching(/^No LLM provider configured\./) },
    ],
    [
      { kind: "partial", text: "half" },
      { status: "completed", output: "half" },
    ],
    [
      { kind: "partial", text: "" },
      { status: "completed", output: null },
    ],
    [{ kind: "empty" }, { status: "completed", output: "" }],
    [{ kind: "media", text: "see" }, { output: "see\nMEDIA:/home/hermes/picture.png" }],
  ])("ends after %o as %o", async (turn, expected) => {
    const sim = await startSim();
    sim.scriptNext(turn);
    const runId = await startRun(sim, "q");
    await sim.waitFor(() => sim.running().length === 0);
    expect((await status(sim, runId)).json).toMatchObject(expected);
  });

  it("fails by a partial answer in the newest release, and says more of its outcome", async () => {
    const sim = await startSim({ config: { release: "newest" } });
    sim.scriptNext({ kind: "partial" });
    const runId = await startRun(sim, "q");
    await sim.waitFor(() => sim.running().length === 0);
    expect((await status(sim, runId)).json).toMatchObject({
      status: "failed",
      completed: false,
      partial: true,
      interrupted: false,
    });
  });

  it("reads its history from the request, and from the session only since 0.21", async () => {
    const sim = await startSim();
    sim.setAnswer(({ history }) => ({ kind: "ok", text: `h:${history.map(asLine).join()}` }));
    await startRun(sim, "first", { sessionId: "wx-1" });
    await startRun(sim, "second", { sessionId: "wx-1" });
    const conversation_history = [{ role: "user", content: "told" }];
    const input = [
      { role: "user", content: "before" },
      { role: "assistant", content: "yes" },
      { role: "user", content: "now" },
    ];
    await call(sim, "/v1/runs", { body: { input } });
    await call(sim, "/v1/runs", { body: { input: "q", conversation_history } });
    sim.configure({ release: "0.21" });
    await startRun(sim, "third", { sessionId: "wx-1" });
    await sim.waitFor(() => sim.runs().every((run) => run.status === "completed"));
    expect(sim.runs().map(({ fields }) => fields.output)).toEqual([
      "h:",
      "h:",
      "h:user:before,assistant:yes",
      "h:",
      "h:user:first,assistant:h:,user:second,assistant:h:",
    ]);
    expect(sim.executions()[3]?.seenText).toBe("told\n\nq");
  });

  it("is forgotten an hour after its end, and at once by a restart", async () => {
    let now = 0;
    const sim = await startSim({ now: () => now });
    const runId = await startRun(sim, "q");
    await sim.waitFor(() => sim.running().length === 0);
    now += 3_600_000;
    expect(await status(sim, runId)).toMatchObject({ status: 200 });
    now += 1;
    expect(await status(sim, runId)).toMatchObject({
      status: 404,
      json: { error: { message: `Run not found: ${runId}`, code: "run_not_found" } },
    });
    const another = await startRun(sim, "q");
    await sim.restart();
    expect(await status(sim, another)).toMatchObject({ status: 404 });
  });

  it.each<[unknown, string]>([
    ["{", "Invalid JSON"],
    [{}, "Missing 'input' field"],
    [{ input: [] }, "Missing 'input' field"],
    [{ input: [{ role: "user" }] }, "No user message found in input"],
    [
      { input: "q", conversation_history: "x" },
      "'conversation_history' must be an array of message objects",
    ],
    [
      { input: "q", conversation_history: [{ role: "user" }] },
      "conversation_history[0] must have 'role' and 'content' fields",
    ],
  ])("is refused for the body %j", async (body, message) => {
    const sim = await startSim();
    const answer = await call(sim, "/v1/runs", { body });
    expect(answer).toMatchObject({ status: 400, json: { error: { message, code: null } } });
    expect(sim.runs()).toEqual([]);
  });
});

describe("stopping a run", () => {
  it("is answered with stopping, then the turn is cut", async () => {
    const sim = await startSim({ config: { stopMs: 10_000 } });
    sim.scriptNext({ kind: "ok", text: "never", delayMs: 10_000 });
    const runId = await startRun(sim, "q");
    expect(await stop(sim, runId)).toMatchObject({
      status: 200,
      json: { run_id: runId, status: "stopping" },
    });
    expect((await status(sim, runId)).json).toMatchObject({ status: "stopping" });
    sim.configure({ stopMs: 0 });
    await stop(sim, runId);
    await sim.waitFor(() => sim.running().length === 0);
    expect((await status(sim, runId)).json).toMatchObject({ status: "cancelled" });
    expect(sim.executions()).toMatchObject([{ outcome: "stopped" }]);
  });

  it("finds no run that is over, but since 0.21 shows how it ended", async () => {
    const sim = await startSim();
    const runId = await startRun(sim, "q");
    await sim.waitFor(() => sim.running().length === 0);
    expect(await stop(sim, runId)).toMatchObject({ status: 404 });
    sim.configure({ release: "0.21" });
    expect(await stop(sim, runId)).toMatchObject({ status: 200, json: { status: "completed" } });
  });

  it.each<["0.20" | "0.21", string]>([
    ["0.20", "cancelled"],
    ["0.21", "completed"],
  ])("comes too late in %s: the run is %s", async (release, outcome) => {
    const sim = await startSim({ config: { release, stopMs: 10_000 } });
    const letGo = sim.holdTurns({ kind: "ok", text: "done" });
    const runId = await startRun(sim, "q");
    await stop(sim, runId);
    letGo();
    await sim.waitFor(() => sim.running().length === 0);
    expect((await status(sim, runId)).json).toMatchObject({ status: outcome });
  });
});

describe("a run that asks for approval", () => {
  it.each<["once" | "deny", string]>([
    ["once", "gone"],
    ["deny", "kept"],
  ])("waits for a person and goes on with %s", async (choice, output) => {
    const sim = await startSim();
    sim.scriptNext({ kind: "approval", approvedText: "gone", deniedText: "kept" });
    const runId = await startRun(sim, "q");
    expect((await status(sim, runId)).json).toMatchObject({
      status: "waiting_for_approval",
      last_event: "approval.request",
    });
    const path = `/v1/runs/${runId}/approval`;
    expect(await call(sim, path, { body: { choice: "maybe" } })).toMatchObject({
      status: 400,
      json: { error: { code: "invalid_approval_choice" } },
    });
    expect(await call(sim, path, { body: { choice } })).toMatchObject({
      json: { object: "hermes.run.approval_response", run_id: runId, choice, resolved: 1 },
    });
    await sim.waitFor(() => sim.running().length === 0);
    expect((await status(sim, runId)).json).toMatchObject({ status: "completed", output });
    expect(await call(sim, path, { body: { choice } })).toMatchObject({
      status: 409,
      json: { error: { code: "approval_not_active" } },
    });
  });

  it("takes silence for a denial", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "approval", deniedText: "kept", timeoutMs: 20 });
    const runId = await startRun(sim, "q");
    await sim.waitFor(() => sim.running().length === 0);
    expect((await status(sim, runId)).json).toMatchObject({ output: "kept" });
  });

  it("has no approval pending while it simply works", async () => {
    const sim = await startSim();
    sim.scriptNext({ kind: "ok", text: "later", delayMs: 10_000 });
    const path = `/v1/runs/${await startRun(sim, "q")}/approval`;
    expect(await call(sim, path, { body: { choice: "deny" } })).toMatchObject({
      status: 409,
      json: { error: { code: "approval_not_pending" } },
    });
  });
});

function asLine({ role, content }: { role: string; content: string }): string {
  return `${role}:${content}`;
}

function status(sim: HermesSim, runId: string): Promise<Answer> {
  return call(sim, `/v1/runs/${runId}`);
}

function stop(sim: HermesSim, runId: string): Promise<Answer> {
  return call(sim, `/v1/runs/${runId}/stop`, { body: {} });
}
