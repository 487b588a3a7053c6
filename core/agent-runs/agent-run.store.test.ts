import { beforeEach, describe, expect, test } from "vitest";
import { conversationIdOf } from "#core/shared/ids.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { InvariantError, LeaseLostError, RequestError } from "#core/shared/errors.ts";
import { statusesBefore } from "#core/shared/transitions.ts";
import { approvedAccount, begunRun, openConversation, waitingMessage } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { agentRunStore } from "./agent-run.store.ts";
import {
  mostAttemptsKept,
  runStatuses,
  runTransitions,
  unfinishedStatuses,
  type AgentRun,
} from "./agent-run.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const store = agentRunStore(db());
const account = approvedAccount(deps);
const now = deps.clock.now();

let contacts = 0;
let conversation = openConversation(deps, account._id);
beforeEach(() => {
  const userId = `oContact${(contacts += 1)}@im.wechat`;
  conversation = openConversation(deps, account._id, {
    userId,
    _id: conversationIdOf(account._id, userId),
  });
});

function newRun(changed: Partial<AgentRun> = {}): AgentRun {
  const messages = [waitingMessage(deps, conversation)];
  return begunRun(deps, { account, conversation, messages }, changed);
}

/** A run in this status, as the store leaves it there. */
async function insert(changed: Partial<AgentRun> = {}): Promise<AgentRun> {
  const stored = newRun(changed);
  expect(await store.insert(stored)).toBe("inserted");
  return stored;
}

describe("the statuses of a run", () => {
  const steps = runStatuses.flatMap((from) => runStatuses.map((to) => ({ from, to })));
  const isThere = ({ from, to }: (typeof steps)[number]) => runTransitions[from].includes(to);

  test.each(steps.filter(isThere))(
    "lead from $from to $to, and from nowhere else in that step",
    async ({ from, to }) => {
      const run = await insert({ status: from });
      const step = { runId: run._id, turnId: null, from: [from], to };
      const after = await store.tryStep(step);
      expect(after).toMatchObject({ status: to, version: run.version + 1 });
      expect(after?.unfinished).toBe(unfinishedStatuses.includes(to) ? true : undefined);
      expect(await store.tryStep(step)).toBeNull();
    },
  );

  test.each(steps.filter((step) => !isThere(step)))(
    "never lead from $from to $to",
    async ({ from, to }) => {
      const run = await insert({ status: from });
      const step = store.tryStep({ runId: run._id, turnId: null, from: [from], to });
      await expect(step).rejects.toThrow(InvariantError);
      expect(await store.get(run._id)).toEqual(run);
    },
  );

  test("are all reached but the first", () => {
    const reached = runStatuses.filter((to) => statusesBefore(runTransitions, to).length > 0);
    expect(reached).toEqual(runStatuses.filter((status) => status !== "running"));
  });

  test("can always end while unfinished, and stay once over", () => {
    for (const status of unfinishedStatuses) expect(runTransitions[status]).toContain("cancelled");
    for (const status of ["sent", "rejected", "cancelled"] as const) {
      expect(runTransitions[status]).toEqual([]);
    }
    // Only a person has it asked or sent once more.
    expect(runTransitions.error).toEqual(["retry_pending", "sent"]);
  });
});

describe("a conversation", () => {
  test("has one unfinished run, of twenty that begin at once", async () => {
    const got = await Promise.all(Array.from({ length: 20 }, () => store.insert(newRun())));
    expect(got.filter((each) => each === "inserted")).toHaveLength(1);
  });

  test.each(unfinishedStatuses)("waits behind a run that is %s", async (status) => {
    await insert({ status });
    expect(await store.insert(newRun())).toBe("taken");
  });

  test("goes on once the run is over, parked or in review", async () => {
    const run = await insert({ status: "running" });
    await store.tryStep({ runId: run._id, turnId: null, from: ["running"], to: "awaiting_review" });
    expect(await store.insert(newRun())).toBe("inserted");
  });
});

describe("a message", () => {
  test("is in one run at most, also of another conversation's run and when that one is over", async () => {
    const message = waitingMessage(deps, conversation);
    await insert({ messageIds: [message._id], status: "sent" });
    expect(await store.insert(newRun({ messageIds: ["msg_new", message._id] }))).toBe("taken");
    expect(await store.listOfMessages(account._id, [message._id])).toHaveLength(1);
  });

  test("joins an older question once", async () => {
    const run = await insert({ status: "retry_pending" });
    const after = await store.tryStep({
      runId: run._id,
      turnId: null,
      from: ["retry_pending"],
      to: "retrying",
      addMessageIds: [run.messageId, "msg_joined"],
    });
    expect(after?.messageIds).toEqual([run.messageId, "msg_joined"]);
  });
});

describe("a step of a turn", () => {
  const step = (run: AgentRun, turnId: string | null) =>
    ({ runId: run._id, turnId, from: ["running"], to: "sending" }) as const;

  test("is made by the turn that holds the run, and by no other", async () => {
    const run = await insert({ turnId: "trn_mine" });
    expect(await store.tryStep(step(run, "trn_other"))).toBeNull();
    await expect(store.step(step(run, "trn_other"))).rejects.toThrow(LeaseLostError);
    expect((await store.step(step(run, "trn_mine"))).status).toBe("sending");
  });

  test("counts its try in the same statement, and keeps the last tries only", async () => {
    const run = await insert({ attemptCount: 3 });
    const attempt = { startedAt: now, endedAt: now, class: "transient", row: "server_error" };
    for (let n = 0; n < mostAttemptsKept + 5; n++) {
      const from = n === 0 ? "running" : "retrying";
      await store.tryStep({
        runId: run._id,
        turnId: null,
        from: [from],
        to: "retry_pending",
        attempt,
      });
      await store.tryStep({
        runId: run._id,
        turnId: null,
        from: ["retry_pending"],
        to: "retrying",
        countAttempt: true,
      });
    }
    const after = await store.get(run._id);
    expect(after.attemptCount).toBe(3 + mostAttemptsKept + 5);
    expect(after.attempts).toHaveLength(mostAttemptsKept);
  });

  test("that ends the run lets go of it", async () => {
    const run = await insert({ turnId: "trn_mine" });
    const ended = await store.tryStep({ ...step(run, "trn_mine"), to: "cancelled" });
    expect(ended).toMatchObject({ turnId: null, aliveUntil: null });
  });
});

describe("a run whose holder died", () => {
  test("is given to the turn at work, in the status it was seen in only", async () => {
    const run = await insert({ status: "retrying", turnId: "trn_dead" });
    const wanted = {
      runId: run._id,
      status: "retrying",
      turnId: "trn_mine",
      aliveUntil: plusSeconds(now, 150),
      countFailure: true,
    } as const;
    expect(await store.takeOver({ ...wanted, status: "sending" })).toBeNull();
    expect(await store.takeOver(wanted)).toMatchObject({
      turnId: "trn_mine",
      attemptCount: run.attemptCount + 1,
      failureCount: 1,
    });
    expect(await store.takeOver({ ...wanted, countFailure: false })).toMatchObject({
      attemptCount: run.attemptCount + 1,
      failureCount: 1,
    });
  });

  test("is listed once its holder cannot be alive, and claimed by one sweep of several", async () => {
    const dead = await insert({ aliveUntil: plusSeconds(now, -60) });
    conversation = openConversation(deps, account._id, { _id: "cnv_alive" });
    await insert({ aliveUntil: plusSeconds(now, 60) });

    const before = plusSeconds(now, -30);
    expect((await store.listAbandoned(before, 10, deps.log)).map(({ _id }) => _id)).toEqual([
      dead._id,
    ]);
    const until = plusSeconds(now, 240);
    const claims = await Promise.all([1, 2, 3].map(() => store.claimAbandoned(dead, until)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store.listAbandoned(before, 10, deps.log)).toEqual([]);
  });
});

test("runs are listed newest first, page by page, by account or status", async () => {
  const mine = { accountId: "acc_listed", status: "error" } as const;
  const made = [];
  for (let n = 0; n < 3; n++) made.push((await insert(mine))._id);
  const ids = (runs: AgentRun[]) => runs.map(({ _id }) => _id);
  const first = ids(await store.list({ accountId: "acc_listed", limit: 2 }));
  const rest = await store.list({ accountId: "acc_listed", limit: 2, before: first[1] ?? "" });
  expect([...first, ...ids(rest)]).toEqual(made.toReversed());
  expect(await store.list({ accountId: "acc_listed", status: "sent", limit: 9 })).toEqual([]);
  await expect(store.get("run_none")).rejects.toThrow(RequestError);
});
