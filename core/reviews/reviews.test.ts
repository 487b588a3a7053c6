import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditStore } from "#core/audit/audit.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { suspend } from "#core/accounts/change-account.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { owedJobs } from "#core/sweeps/owed-jobs.ts";
import { openChat, type Chat } from "#test/chat.ts";
import { operator } from "#test/records.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { approve, withdraw } from "./approve.ts";
import { claim, regenerate, reject, release, snooze } from "./change-review.ts";
import { reviewStore } from "./review.store.ts";

const { db } = withDatabase();
let hub: SmallHub;
let chat: Chat;
let draft: AgentRun;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());
beforeEach(async () => {
  chat = await openChat(hub, db(), { policyId: "manual-review" });
  await chat.isAnswered("Do you have tea?", "Yes, we do.");
  draft = await newest();
});

const mei: Actor = { kind: "operator", id: "mei" };
const lin: Actor = { kind: "operator", id: "lin" };

async function newest(): Promise<AgentRun> {
  const run = (await chat.runs()).at(-1);
  if (!run) throw new Error("There is no run.");
  return run;
}

const get = () => agentRunStore(db()).get(draft._id);
const seconds = (count: number) => hub.deps.clock.moveOn(count * 1000);

async function actionsOf(runId: string): Promise<string[]> {
  const lines = await auditStore(db()).listOf(runId, 20);
  return lines.map(({ action, actor }) => `${action} by ${actor.id}`).toReversed();
}

/** The time to withdraw is over, and the job that waited for it goes on. */
async function goesOut(): Promise<void> {
  seconds(6);
  await chat.look();
}

/** The jobs of this conversation that were pushed since, worked off as the agent Lambda would. */
async function workPushed(since: number): Promise<number> {
  const jobs = hub.deps.jobs
    .slice(since)
    .filter(({ conversationId }) => conversationId === chat.conversationId);
  for (const job of jobs) await hub.work(job);
  return jobs.length;
}

async function sweep() {
  const since = hub.deps.jobs.length;
  const deps = {
    ...hub.deps,
    schedules: { put: async () => {}, remove: async () => {}, list: async () => [] },
    pollStarter: { watchLogin: async () => {} },
    deadLetters: { receive: async () => [], remove: async () => {} },
  };
  await owedJobs.run(deps);
  return workPushed(since);
}

describe("an approved draft", () => {
  test("goes out when its time to be withdrawn is over, once, as it is", async () => {
    const since = hub.deps.jobs.length;
    const approved = await approve(hub.deps, mei, draft._id, {});
    expect(approved.review).toMatchObject({ approvedBy: "mei" });
    expect(approved.review?.sendAt?.getTime()).toBe(
      (approved.review?.approvedAt?.getTime() ?? 0) + 5_000,
    );
    expect(chat.reads()).toEqual([]);
    // The job comes again then, and no turn is held until that.
    await expect(workPushed(since)).rejects.toMatchObject({ afterSeconds: 5 });
    expect((await chat.conversation()).turn).toBeNull();

    seconds(6);
    await workPushed(since);
    await chat.look();
    expect(chat.reads()).toEqual(["Yes, we do."]);
    expect(await get()).toMatchObject({ status: "sent", outputText: "Yes, we do." });
    expect(await actionsOf(draft._id)).toEqual(["review.approved by mei"]);
    const [answer] = await chat.outbound("answer");
    expect(answer?.author).toBe("mei");
  });

  test("goes out as the reviewer wrote it, and Hermes' words are kept beside", async () => {
    await approve(hub.deps, mei, draft._id, { text: "Yes, green and black." });
    await goesOut();
    expect(chat.reads()).toEqual(["Yes, green and black."]);
    expect(await get()).toMatchObject({
      outputText: "Yes, we do.",
      review: { editedText: "Yes, green and black." },
    });
  });

  test("is withdrawn until then, and goes out only after another approval", async () => {
    const since = hub.deps.jobs.length;
    await approve(hub.deps, mei, draft._id, {});
    const back = await withdraw(hub.deps, mei, draft._id);
    expect(back.review).toMatchObject({ approvedBy: null, sendAt: null, claimedBy: "mei" });
    seconds(10);
    await workPushed(since);
    expect(chat.reads()).toEqual([]);
    expect(await withdraw(hub.deps, mei, draft._id)).toMatchObject({ status: "awaiting_review" });

    await approve(hub.deps, mei, draft._id, {});
    await goesOut();
    expect(chat.reads()).toEqual(["Yes, we do."]);
    await expect(withdraw(hub.deps, mei, draft._id)).rejects.toThrow("mei approved this draft");
  });

  test("is not begun by whoever saw it approved before it was withdrawn, nor before its time", async () => {
    const begin = () => {
      const now = hub.deps.clock.now();
      const begun = { runId: draft._id, turnId: "trn_1", aliveUntil: now, now };
      return reviewStore(db()).beginSending({ ...begun, outboundMessageId: "msg_1" });
    };
    await approve(hub.deps, mei, draft._id, {});
    expect(await begin()).toBeNull();
    seconds(6);
    await withdraw(hub.deps, lin, draft._id);
    expect(await begin()).toBeNull();
    await approve(hub.deps, lin, draft._id, {});
    seconds(6);
    const got = await Promise.all(Array.from({ length: 10 }, begin));
    expect(got.filter((each) => each !== null)).toHaveLength(1);
  });

  test("is sent by a sweep when its job was lost, once", async () => {
    await approve(hub.deps, mei, draft._id, {});
    expect(await sweep()).toBe(0);
    seconds(60);
    expect(await sweep()).toBe(1);
    expect(chat.reads()).toEqual(["Yes, we do."]);
    seconds(600);
    expect(await sweep()).toBe(0);
    await chat.look();
    expect(chat.reads()).toHaveLength(1);
  });

  test("is sent by a sweep when the queue was away as it was approved", async () => {
    const queue = {
      ...hub.deps.queue,
      push: () => Promise.reject(new Error("the queue is away")),
    };
    await approve({ ...hub.deps, queue }, mei, draft._id, {});
    expect(hub.deps.logLines.at(-1)).toContain("job.owed");
    seconds(60);
    expect(await sweep()).toBe(1);
    expect(chat.reads()).toEqual(["Yes, we do."]);
  });

  test("goes on where the Lambda died after it had begun", async () => {
    await approve(hub.deps, mei, draft._id, {});
    seconds(6);
    const now = hub.deps.clock.now();
    const begun = { runId: draft._id, turnId: "trn_dead", aliveUntil: now, now };
    await reviewStore(db()).beginSending({ ...begun, outboundMessageId: "msg_dead" });
    await chat.look();
    await chat.look();
    expect(chat.reads()).toEqual(["Yes, we do."]);
    expect(await get()).toMatchObject({ status: "sent", outboundMessageId: "msg_dead" });
  });

  test("of two reviewers is sent once, and the other is told by whom", async () => {
    const both = await Promise.allSettled(
      [mei, lin].map((actor) => approve(hub.deps, actor, draft._id, { text: `from ${actor.id}` })),
    );
    const refused = both.filter((each) => each.status === "rejected");
    expect(refused).toHaveLength(1);
    const winner = (await get()).review?.approvedBy;
    expect(String(refused[0]?.reason)).toContain(`${winner} approved this draft`);
    expect(refused[0]?.reason).toMatchObject({ code: "review.approved", details: { by: winner } });
    seconds(6);
    await Promise.allSettled([chat.look(), chat.look()]);
    expect(chat.reads()).toEqual([`from ${winner}`]);
    expect(await actionsOf(draft._id)).toEqual([`review.approved by ${winner}`]);
  });

  test("is approved once however often the same person asks", async () => {
    await approve(hub.deps, mei, draft._id, {});
    await approve(hub.deps, mei, draft._id, {});
    await goesOut();
    await approve(hub.deps, mei, draft._id, {});
    await goesOut();
    expect(chat.reads()).toHaveLength(1);
    expect(await actionsOf(draft._id)).toEqual(["review.approved by mei"]);
  });

  test("is not sent when the account is suspended before its time, and not approved any more", async () => {
    await approve(hub.deps, mei, draft._id, {});
    await suspend(hub.deps, operator, chat.account._id);
    seconds(10);
    await chat.look();
    expect(chat.reads()).toEqual([]);
    expect(await get()).toMatchObject({
      status: "awaiting_review",
      review: { approvedBy: null, sendAt: null },
    });
    expect(await actionsOf(draft._id)).toContain("review.withdrawn by hub");
  });
});

describe("a draft cannot be approved", () => {
  test("when the window is shut, and it says so", async () => {
    const lastInboundAt = new Date(hub.deps.clock.ageNow().getTime() - 24 * 3_600_000);
    await chat.setConversation({ lastInboundAt });
    await expect(approve(hub.deps, mei, draft._id, {})).rejects.toMatchObject({
      code: "conversation.window",
      message: expect.stringContaining("24 hours"),
    });
    expect((await get()).version).toBe(draft.version);
  });

  test("when WeChat takes no more messages before the contact writes", async () => {
    await chat.setConversation({ credits: 0 });
    await expect(approve(hub.deps, mei, draft._id, {})).rejects.toMatchObject({
      code: "conversation.credits",
    });
  });

  test.each([
    ["login_expired", "conversation.login"],
    ["suspended", "conversation.account"],
  ] as const)("while the account is %s", async (status, code) => {
    await db()
      .collection<Account>("accounts")
      .updateOne({ _id: chat.account._id }, { $set: { status } });
    await expect(approve(hub.deps, mei, draft._id, {})).rejects.toMatchObject({ code });
  });

  test("where somebody took the conversation over", async () => {
    await chat.setConversation({ takenOverBy: "lin" });
    await expect(approve(hub.deps, mei, draft._id, {})).rejects.toThrow("lin took the conver");
  });

  test("with no text", async () => {
    await expect(approve(hub.deps, mei, draft._id, { text: " " })).rejects.toMatchObject({
      code: "review.no_text",
    });
  });

  test("as an older version of it", async () => {
    await claim(hub.deps, mei, draft._id);
    const old = { version: draft.version };
    await expect(approve(hub.deps, mei, draft._id, old)).rejects.toMatchObject({
      code: "review.changed",
    });
  });
});

describe("a draft that somebody has open", () => {
  test("is theirs alone, of twenty who open it at once", async () => {
    const actors = Array.from({ length: 20 }, (_, n): Actor => ({ ...mei, id: `user-${n}` }));
    const got = await Promise.allSettled(actors.map((actor) => claim(hub.deps, actor, draft._id)));
    expect(got.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const holder = (await get()).review?.claimedBy;
    const others = [
      () => approve(hub.deps, lin, draft._id, {}),
      () => reject(hub.deps, lin, draft._id, "no"),
      () => regenerate(hub.deps, lin, draft._id, "shorter"),
    ];
    for (const other of others) {
      await expect(other()).rejects.toMatchObject({
        code: "review.taken",
        details: { by: holder },
      });
    }
  });

  test("stays theirs while they say so, and is free some time after", async () => {
    await claim(hub.deps, mei, draft._id);
    seconds(100);
    await claim(hub.deps, mei, draft._id);
    seconds(100);
    await expect(claim(hub.deps, lin, draft._id)).rejects.toMatchObject({ code: "review.taken" });
    seconds(21);
    expect((await claim(hub.deps, lin, draft._id)).review?.claimedBy).toBe("lin");
    expect(await actionsOf(draft._id)).toEqual(["review.claimed by mei", "review.claimed by lin"]);
  });

  test("is given back, once, and by nobody else", async () => {
    await claim(hub.deps, mei, draft._id);
    await release(hub.deps, mei, draft._id);
    await release(hub.deps, mei, draft._id);
    expect((await claim(hub.deps, lin, draft._id)).review?.claimedBy).toBe("lin");
    expect(await actionsOf(draft._id)).toContain("review.released by mei");
  });

  test("is free again when its reviewer may work here no more", async () => {
    await claim(hub.deps, { ...mei, id: "wen" }, draft._id);
    const now = hub.deps.clock.now();
    expect(await reviewStore(db()).releaseAllOf("wen", now)).toBe(1);
    expect((await claim(hub.deps, lin, draft._id)).review?.claimedBy).toBe("lin");
  });

  test("is replaced soon when its reviewer may work here no more and the contact wrote again", async () => {
    await claim(hub.deps, { ...mei, id: "wen" }, draft._id);
    await hub.work(await chat.writes("And milk?"));
    expect(await chat.runStatuses()).toEqual(["awaiting_review"]);
    await reviewStore(db()).releaseAllOf("wen", hub.deps.clock.now());
    seconds(60);
    await hub.sweep(owedJobs);
    const job = hub.deps.jobs.at(-1);
    if (!job) throw new Error("Nothing was pushed.");
    await hub.work(job);
    expect(await chat.runStatuses()).toEqual(["cancelled", "awaiting_review"]);
    expect((await newest()).inputText).toContain("And milk?");
  });

  test("is not replaced when the contact writes again; it says so, and what was written waits", async () => {
    await claim(hub.deps, mei, draft._id);
    await hub.work(await chat.writes("And milk?"));
    const seen = await get();
    expect(seen.status).toBe("awaiting_review");
    expect(seen.review?.contextChangedAt).not.toBeNull();
    expect(await chat.runStatuses()).toEqual(["awaiting_review"]);

    await approve(hub.deps, mei, draft._id, { text: "Yes. Milk too." });
    await goesOut();
    expect(await chat.runStatuses()).toEqual(["sent", "awaiting_review"]);
    expect(chat.reads()).toEqual(["Yes. Milk too."]);
    expect((await newest()).inputText).toBe("And milk?");
  });

  test("is replaced when it is given back after the contact wrote", async () => {
    await claim(hub.deps, mei, draft._id);
    await hub.work(await chat.writes("And milk?"));
    const since = hub.deps.jobs.length;
    await release(hub.deps, mei, draft._id);
    await workPushed(since);
    expect(await chat.runStatuses()).toEqual(["cancelled", "awaiting_review"]);
    expect((await newest()).inputText).toBe("Do you have tea?\nAnd milk?");
  });
});

describe("a draft that nobody has open", () => {
  test("is replaced by one new run over all that was written", async () => {
    hub.hermes.scriptNext({ kind: "ok", text: "Tea and milk." }, { textIncludes: "And milk?" });
    await hub.work(await chat.writes("And milk?"));
    const [old, run] = await chat.runs();
    expect(old).toMatchObject({ status: "cancelled", cancelReason: "superseded" });
    expect(old).not.toHaveProperty("draft");
    expect(run).toMatchObject({
      status: "awaiting_review",
      inputText: "Do you have tea?\nAnd milk?",
      outputText: "Tea and milk.",
      replacesRunId: draft._id,
      messageIds: [...draft.messageIds, expect.any(String)],
    });
    for (const message of await chat.inbound()) expect(message.runId).toBe(run?._id);
    await expect(approve(hub.deps, mei, draft._id, {})).rejects.toThrow("newer draft replaces");
  });

  test("and the Lambda dies after each statement: the new run is there once all the same", async () => {
    const job = await chat.writes("And milk?");
    await reviewStore(db()).supersede(draft._id, hub.deps.clock.now());
    // Died before the new run was stored.
    await hub.work(job);
    const run = await newest();
    // Died before the old one was forgotten.
    const handing = { draft: true, pushAfter: hub.deps.clock.now() } as const;
    await db()
      .collection<AgentRun>("agent_runs")
      .updateOne({ _id: draft._id }, { $set: handing, $unset: { holdsMessages: true } });
    await chat.look();
    expect(await chat.runStatuses()).toEqual(["cancelled", "awaiting_review"]);
    expect((await newest())._id).toBe(run._id);
    expect(await get()).not.toHaveProperty("draft");
  });

  test("ends when somebody takes the conversation over", async () => {
    await chat.setConversation({ takenOverBy: "lin" });
    await chat.look();
    expect(await get()).toMatchObject({ status: "cancelled", cancelReason: "taken_over" });
  });
});

describe("a reviewer", () => {
  test("rejects with a reason; nothing is sent, and the contact's next text is asked alone", async () => {
    await reject(hub.deps, mei, draft._id, "We sold the last one.");
    await reject(hub.deps, mei, draft._id, "We sold the last one.");
    expect(await get()).toMatchObject({
      status: "rejected",
      review: { rejectedBy: "mei", rejectedReason: "We sold the last one." },
    });
    await expect(approve(hub.deps, lin, draft._id, {})).rejects.toThrow("mei rejected this draft");
    await hub.work(await chat.writes("And milk?"));
    expect((await newest()).inputText).toBe("And milk?");
    expect(chat.reads()).toEqual([]);
    expect(await actionsOf(draft._id)).toEqual(["review.rejected by mei"]);
  });

  test("has a new draft made with a hint, once however often it is pressed", async () => {
    const since = hub.deps.jobs.length;
    hub.hermes.scriptNext({ kind: "ok", text: "Tea: yes." }, { textIncludes: "shorter, please" });
    await Promise.all([1, 2].map(() => regenerate(hub.deps, mei, draft._id, "shorter, please")));
    await workPushed(since);
    const [old, run, ...more] = await chat.runs();
    expect(more).toEqual([]);
    expect(old).toMatchObject({ status: "cancelled", review: { hint: "shorter, please" } });
    expect(run).toMatchObject({
      status: "awaiting_review",
      outputText: "Tea: yes.",
      inputText: "Do you have tea?",
      hint: "shorter, please",
      messageIds: draft.messageIds,
    });
  });

  test("has it made also when the job was lost", async () => {
    await regenerate(hub.deps, mei, draft._id, "shorter, please");
    seconds(60);
    expect(await sweep()).toBe(1);
    expect(await chat.runStatuses()).toEqual(["cancelled", "awaiting_review"]);
    seconds(600);
    expect(await sweep()).toBe(0);
  });

  test("has it made when Hermes is back, if it is away", async () => {
    await hub.hermes.off();
    await regenerate(hub.deps, mei, draft._id, "shorter, please");
    await chat.look();
    expect(await chat.runStatuses()).toEqual(["cancelled", "retry_pending"]);
    await hub.hermes.on();
    await db().collection("hermes").deleteMany({});
    seconds(3_600);
    await chat.look();
    expect(await chat.runStatuses()).toEqual(["cancelled", "awaiting_review"]);
    expect((await newest()).outputText).toContain("shorter, please");
  });

  test("puts a draft off, out of everybody's sight until then", async () => {
    const now = hub.deps.clock.now();
    const until = new Date(now.getTime() + 3_600_000);
    await claim(hub.deps, mei, draft._id);
    await snooze(hub.deps, mei, draft._id, until);
    await snooze(hub.deps, mei, draft._id, until);
    const open = { accountIds: [chat.account._id], withSnoozed: false, limit: 50 };
    expect(await reviewStore(db()).list({ ...open, now })).toEqual([]);
    expect(await reviewStore(db()).list({ ...open, now: until })).toHaveLength(1);
    await expect(snooze(hub.deps, mei, draft._id, now)).rejects.toMatchObject({
      code: "review.snooze_past",
    });
    expect(await actionsOf(draft._id)).toEqual(["review.claimed by mei", "review.snoozed by mei"]);
  });
});

test("the queue shows the window that shuts first before the others, page by page", async () => {
  const others: Chat[] = [];
  for (const n of [1, 2, 3, 4]) {
    const other = await openChat(hub, db(), { policyId: "manual-review" });
    await other.isAnswered(`question ${n}`, `answer ${n}`);
    others.push(other);
  }
  const accountIds = others.map(({ account }) => account._id);
  const page = { accountIds, withSnoozed: false, now: hub.deps.clock.now(), limit: 3 };
  const first = await reviewStore(db()).list(page);
  const last = first.at(-1);
  const windowEndsAt = last?.review?.windowEndsAt;
  if (!last || !windowEndsAt) throw new Error("The page is empty.");
  const second = await reviewStore(db()).list({ ...page, after: { windowEndsAt, id: last._id } });
  const all = [...first, ...second];
  expect(all).toHaveLength(4);
  expect(new Set(all.map(({ _id }) => _id)).size).toBe(4);
  const times = all.map(({ review }) => review?.windowEndsAt?.getTime() ?? 0);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
