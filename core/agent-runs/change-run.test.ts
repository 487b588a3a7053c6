import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { eventually } from "#local/eventually.ts";
import { openChat, type Chat } from "#test/chat.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import type { AgentRun } from "./agent-run.ts";
import { cancelRun, retryRun, retryWithHint } from "./change-run.ts";

const { db } = withDatabase();
let hub: SmallHub;
let chat: Chat;
beforeAll(async () => {
  hub = await startSmallHub(db(), { HERMES_MAX_ATTEMPTS: "1" });
});
afterAll(() => hub.stop());
beforeEach(async () => {
  chat = await openChat(hub, db());
});

const mei: Actor = { kind: "operator", id: "mei" };

async function newest(): Promise<AgentRun> {
  const run = (await chat.runs()).at(-1);
  if (!run) throw new Error("There is no run.");
  return run;
}

async function workLast(): Promise<void> {
  const job = hub.deps.jobs.findLast((each) => each.conversationId === chat.conversationId);
  if (job) await hub.work(job);
}

async function actionsOf(id: string): Promise<string[]> {
  return (await auditStore(db()).listOf(id, 9)).map(({ action }) => action).toReversed();
}

async function fails(question: string): Promise<AgentRun> {
  hub.hermes.scriptNext({ kind: "failed-with-text" }, { textIncludes: question });
  await hub.work(await chat.writes(question));
  const run = await newest();
  expect(run.status).toBe("error");
  return run;
}

describe("a run is cancelled", () => {
  test("while Hermes works on it: the wait ends and what it says goes to nobody", async () => {
    hub.hermes.scriptNext({ kind: "ok", text: "late", delayMs: 15_000 }, { textIncludes: "slow" });
    const working = hub.work(await chat.writes("slow"));
    await eventually("Hermes is asked", async () =>
      (await chat.runs())[0]?.status === "running" ? true : null,
    );
    const run = await newest();
    await Promise.all([cancelRun(hub.deps, mei, run._id), cancelRun(hub.deps, mei, run._id)]);
    await working;
    await workLast();
    expect(chat.reads()).toEqual([]);
    expect(await newest()).toMatchObject({ cancelReason: "ended_by_person" });
    expect(await actionsOf(run._id)).toEqual(["run.cancelled"]);
    expect(await newest()).not.toHaveProperty("pushAfter");

    await hub.work(await chat.writes("next"));
    expect(chat.reads()).toEqual([expect.stringContaining("next")]);
  });

  test("only before it is answered", async () => {
    await chat.isAnswered("hello", "Hi!");
    const { _id } = await newest();
    await expect(cancelRun(hub.deps, mei, _id)).rejects.toMatchObject({ code: "run.status" });
    expect(await actionsOf(_id)).toEqual([]);
  });
});

describe("a run is tried again", () => {
  test("at once when it waits, and not twice for two who press", async () => {
    await hub.hermes.off();
    await hub.work(await chat.writes("hello"));
    await hub.hermes.on();
    await db().collection("hermes").deleteMany({});
    const run = await newest();
    await Promise.all([retryRun(hub.deps, mei, run._id), retryRun(hub.deps, mei, run._id)]);
    await workLast();
    expect(chat.reads().at(-1)).toBe("Hermes: hello");
    expect(await newest()).toMatchObject({ status: "sent" });
  });

  test("after it failed, under a new key", async () => {
    const failed = await fails("tricky one");
    await retryRun(hub.deps, mei, failed._id);
    await workLast();
    expect(chat.reads().at(-1)).toContain("Hermes: tricky one");
    expect(await newest()).toMatchObject({ _id: failed._id, status: "sent", error: null });
    expect((await newest()).keyGeneration).toBeGreaterThan(failed.keyGeneration);
    expect(await actionsOf(failed._id)).toEqual(["run.retried"]);
  });

  test("after it failed, with a hint that Hermes reads once", async () => {
    const failed = await fails("tricky hint");
    const hint = "The parcel is in Pudong.";
    await retryWithHint(hub.deps, mei, failed._id, hint);
    await retryWithHint(hub.deps, mei, failed._id, hint);
    await workLast();
    expect(chat.reads().at(-1)).toContain("Hermes: tricky hint");
    const asked = hub.hermes.executions().filter(({ text }) => text.includes(hint));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.text).toMatch(/^tricky hint\n\n\[Note from the team/);
    expect(await actionsOf(failed._id)).toEqual(["run.retried"]);
    expect(await retryWithHint(hub.deps, mei, failed._id, hint)).toMatchObject({ status: "sent" });
    await expect(retryWithHint(hub.deps, mei, failed._id, "Other words")).rejects.toMatchObject({
      code: "run.status",
    });
  });

  test("not while the contact's next question is under way", async () => {
    const failed = await fails("tricky two");
    await hub.hermes.off();
    await hub.work(await chat.writes("another"));
    await expect(retryRun(hub.deps, mei, failed._id)).rejects.toMatchObject({
      code: "run.another",
    });
    await hub.hermes.on();
    await db().collection("hermes").deleteMany({});
  });

  test("not when the contact has the answer", async () => {
    await chat.isAnswered("hello", "Hi!");
    await expect(retryRun(hub.deps, mei, (await newest())._id)).rejects.toThrow(
      "The contact has the answer",
    );
  });
});
