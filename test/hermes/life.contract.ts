import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "#local/eventually.ts";
import { hermesKinds, startHermes, type HermesUnderTest } from "./hermes-under-test.ts";
import { ask, call, contentOf, session, type Answer } from "./http.ts";

describe.each(hermesKinds)("%s lives and dies", (kind) => {
  let hermes: HermesUnderTest;
  beforeAll(async () => {
    hermes = await startHermes(kind);
  });
  afterAll(() => hermes?.stop());

  const asked = (text: string) => hermes.questions().filter((each) => each.text.includes(text));
  const areAtWork = (text: string, count = 1) =>
    eventually(`"${text}" is at work`, async () => (asked(text).length >= count ? true : null));

  test("a turn that is killed leaves its question behind, and its key is forgotten", async () => {
    hermes.hold("killed");
    const headers = { ...session("killed"), "idempotency-key": "killed" };
    const cut = ask(hermes, "killed", headers).catch((error: unknown) => error);
    const runId = await startRun("killed too");
    await areAtWork("killed", 2);
    await hermes.kill();
    expect(await cut).toMatchObject({ cause: { code: "UND_ERR_SOCKET" } });
    await expect(call(hermes, "/health")).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
    await hermes.start();

    const { json } = await call(hermes, "/api/sessions/killed/messages");
    expect(json).toMatchObject({ data: [{ role: "user", content: "killed" }] });
    expect(await call(hermes, `/v1/runs/${runId}`)).toMatchObject({
      status: 404,
      json: { error: { code: "run_not_found" } },
    });
    hermes.script("killed", { kind: "says", text: "Alive again." });
    expect(contentOf(await ask(hermes, "killed", headers))).toBe("Alive again.");
    // It does not go on by itself, and a repeat is asked behind the question that is left.
    expect(asked("killed")).toEqual([
      { text: expect.stringMatching(/^killed/), history: [] },
      { text: expect.stringMatching(/^killed/), history: [] },
      { text: "killed\n\nkilled", history: [] },
    ]);
  });

  test("an answer given before is forgotten with the process, what was said is not", async () => {
    const headers = { ...session("kept"), "idempotency-key": "kept" };
    await ask(hermes, "keep this", headers);
    await hermes.kill();
    await hermes.start();
    await ask(hermes, "keep this", headers);
    expect(asked("keep this")).toMatchObject([
      { history: [] },
      { history: [{ text: "keep this" }, { text: "Hermes: keep this" }] },
    ]);
  });

  test("ten turns run at once, over chat and runs together, and the next waits outside", async () => {
    const letEnd = hermes.hold("crowd");
    for (let count = 0; count < 9; count += 1) await startRun("crowd");
    // What is no JSON takes no place, and shows whether there is one.
    expect(await knock()).toMatchObject({ status: 400 });
    const headers = { ...session("tenth"), "idempotency-key": "tenth" };
    const tenth = ask(hermes, "crowd", headers).catch((error: unknown) => error);
    const refused = await allTaken();
    expect(refused.json).toEqual({
      error: {
        message: "Too many concurrent runs (max 10)",
        type: "rate_limit_error",
        param: null,
        code: "rate_limit_exceeded",
      },
    });
    expect(refused.headers.get("retry-after")).toBe("1");
    // Not even a repeat of what is at work gets in.
    expect(await ask(hermes, "crowd", headers)).toMatchObject({ status: 429 });
    expect(await call(hermes, "/v1/runs", { body: "{ no json" })).toMatchObject({ status: 429 });
    expect(await call(hermes, "/health")).toMatchObject({ status: 200 });
    letEnd();
    expect(await tenth).toMatchObject({ status: 200 });
    await onePlaceIsFree();
  });

  test("a place stays taken by a turn whose caller has left", async () => {
    const letEnd = hermes.hold("orphan");
    for (let count = 0; count < 9; count += 1) await startRun("orphan");
    const leaving = new AbortController();
    const left = ask(hermes, "orphan", session("orphan"), { signal: leaving.signal }).catch(
      (error: unknown) => error,
    );
    await allTaken();
    leaving.abort();
    expect(await left).toMatchObject({ name: "AbortError" });
    expect(await call(hermes, "/health")).toMatchObject({ status: 200 });
    expect(await knock()).toMatchObject({ status: 429 });
    letEnd();
    await onePlaceIsFree();
  });

  // The last one: the real process ends when its turns have.
  test("asked to end, it finishes its turn and takes no new one", async () => {
    const letEnd = hermes.hold("finish this");
    const last = ask(hermes, "finish this", session("last"));
    await areAtWork("finish this");
    hermes.drain();
    const refused = await eventually("new turns are refused", async () => {
      const answer = await ask(hermes, "too late");
      return answer.status === 503 ? answer : null;
    });
    expect(refused.json).toMatchObject({
      error: {
        message: "Gateway is draining existing work; retry shortly.",
        code: "gateway_draining",
      },
    });
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await call(hermes, "/v1/runs", { body: { input: "too late" } })).toMatchObject({
      status: 503,
    });
    expect(await call(hermes, "/health")).toMatchObject({ status: 200 });
    letEnd();
    expect(contentOf(await last)).toBe("It is done.");
  });

  function knock(): Promise<Answer> {
    return call(hermes, "/v1/chat/completions", { body: "{ no json" });
  }

  function allTaken(): Promise<Answer> {
    return eventually("all places are taken", async () => {
      const answer = await knock();
      return answer.status === 429 ? answer : null;
    });
  }

  function onePlaceIsFree(): Promise<Answer> {
    return eventually("a place is free", async () => {
      const answer = await knock();
      return answer.status === 400 ? answer : null;
    });
  }

  async function startRun(input: string): Promise<string> {
    const { json } = await call(hermes, "/v1/runs", { body: { input } });
    return z.object({ run_id: z.string() }).parse(json).run_id;
  }
});
