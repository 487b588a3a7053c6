import { beforeEach, describe, expect, test } from "vitest";
import { plusSeconds } from "#core/shared/clock.ts";
import { approvedAccount, begunRun, openConversation, waitingMessage } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { AgentRun } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { waitingRunStore } from "./waiting-run.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const store = waitingRunStore(db());
const now = deps.clock.now();
beforeEach(async () => {
  await db().collection("agent_runs").deleteMany({});
});

let made = 0;
/** A run of an account that waits for a place of the settings' Hermes since `seconds` ago. */
async function waiting(accountId: string, seconds: number, changed: Partial<AgentRun> = {}) {
  const account = approvedAccount(deps, { _id: accountId });
  const conversation = openConversation(deps, accountId, { _id: `cnv_${++made}` });
  const run = begunRun(
    deps,
    { account, conversation, messages: [waitingMessage(deps, conversation)] },
    {
      status: "retry_pending",
      waitCause: "hermes_full",
      createdAt: plusSeconds(now, -seconds),
      askedAt: plusSeconds(now, -seconds),
      nextAttemptAt: now,
      ...changed,
    },
  );
  await agentRunStore(db()).insert(run);
  return run;
}

const ids = (runs: readonly AgentRun[]) => runs.map(({ _id }) => _id);
const forPlace = (after: string, changed = {}) =>
  store.listForPlace({ own: null, after, dueBefore: now, limit: 10, log: deps.log, ...changed });

describe("who waits for a place", () => {
  test("comes in turn: one account after the other, the longest waiting first in each", async () => {
    const [b1, a2, a1, c1] = [
      await waiting("acc_b", 90),
      await waiting("acc_a", 50),
      await waiting("acc_a", 80, { waitCause: "hermes_down" }),
      await waiting("acc_c", 10),
    ];
    expect(ids(await forPlace(""))).toEqual([a1._id, a2._id]);
    expect(ids(await forPlace("acc_a"))).toEqual([b1._id]);
    expect(ids(await forPlace("acc_b"))).toEqual([c1._id]);
    expect(ids(await forPlace("acc_c"))).toEqual([a1._id, a2._id]);
  });

  test("is not asked before its time, nor for another Hermes, nor when a job is on its way", async () => {
    await waiting("acc_a", 10, { nextAttemptAt: plusSeconds(now, 1) });
    await waiting("acc_a", 10, { ownHermes: "https://own/v1" });
    await waiting("acc_a", 10, { waitCause: "in_progress" });
    const handed = await waiting("acc_a", 10);
    const claims = await Promise.all([1, 2, 3].map(() => store.claim(handed, now)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await forPlace("")).toEqual([]);
    expect(ids(await forPlace("", { own: "https://own/v1" }))).toHaveLength(1);
  });
});

test("busy are those at work, those on their way and turns that go on at Hermes", async () => {
  await waiting("acc_a", 10, { status: "running", waitCause: null });
  await waiting("acc_a", 10, { status: "retrying" });
  await waiting("acc_a", 10, { waitCause: "in_progress" });
  await store.claim(await waiting("acc_a", 10), now);
  await waiting("acc_a", 10);
  await waiting("acc_a", 10, { status: "running", ownHermes: "https://own/v1" });
  expect(await store.countBusy(null, now)).toBe(4);
  expect(await store.countBusy("https://own/v1", now)).toBe(1);
  // What was handed on a while ago is lost, or at work by now.
  expect(await store.countBusy(null, plusSeconds(now, 61))).toBe(3);
});

test("what is due by its own doing is listed, the longest due first", async () => {
  const due = [];
  for (const seconds of [-10, -90, -50, 10]) {
    const changed = { waitCause: "failed_turn", nextAttemptAt: plusSeconds(now, seconds) } as const;
    due.push(await waiting("acc_a", 100, changed));
  }
  const listed = await store.listDue({ own: null, now, limit: 10, log: deps.log });
  expect(ids(listed)).toEqual([due[1]?._id, due[2]?._id, due[0]?._id]);
});

test("a contact is to be told once, when its time has come", async () => {
  const run = await waiting("acc_a", 300, { noticeDueAt: now });
  await waiting("acc_b", 200, { noticeDueAt: plusSeconds(now, 1) });
  expect(ids(await store.listUntold(now, 10, deps.log))).toEqual([run._id]);
  const claims = await Promise.all([1, 2].map(() => store.claimUntold(run, plusSeconds(now, 240))));
  expect(claims.filter(Boolean)).toHaveLength(1);
  const promises = await Promise.all(
    ["msg_1", "msg_2"].map((id) => store.promiseNotice(run._id, id)),
  );
  expect(promises.filter(Boolean)).toHaveLength(1);
  expect(await store.listUntold(plusSeconds(now, 240), 10, deps.log)).toHaveLength(1);
});

test("what moves to another Hermes is asked there at once, under another key", async () => {
  const run = await waiting("acc_a", 10, { nextAttemptAt: plusSeconds(now, 90) });
  await store.move({ accountId: "acc_a", own: "https://own/v1", now });
  await store.move({ accountId: "acc_a", own: "https://own/v1", now });
  expect(await agentRunStore(db()).get(run._id)).toMatchObject({
    ownHermes: "https://own/v1",
    nextAttemptAt: now,
    request: null,
    keyGeneration: 2,
  });
});
