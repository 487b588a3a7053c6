import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { approve, suspend } from "#core/accounts/change-account.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { awayNotice, type Policy } from "#core/policies/policy.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { TryLaterError } from "#core/shared/errors.ts";
import { operator } from "#test/records.ts";

import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

let account: Account;
let contact: Contact;
beforeEach(async () => {
  account = await hub.addBot();
  contact = hub.addContact(account);
});

function setAccount(set: Partial<Account>) {
  return db().collection<Account>("accounts").updateOne({ _id: account._id }, { $set: set });
}

/** What the stored messages of the contact say of themselves. */
async function inbound() {
  const { conversationId } = contact;
  const messages = await messageStore(db()).list({ conversationId, limit: 50 });
  return messages.filter((message) => message.direction === "inbound").toReversed();
}

describe("a contact's text", () => {
  test("is answered by Hermes, and the run keeps the brief's record of it", async () => {
    const job = await contact.writes("When do you open?");
    await hub.work(job);

    expect(contact.reads()).toEqual(["Hermes: When do you open?"]);
    const [run, ...others] = await contact.runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      accountId: account._id,
      userId: contact.userId,
      messageId: job.ref,
      messageIds: [job.ref],
      agent: "hermes",
      policyId: "auto",
      policyMode: "auto",
      inputText: "When do you open?",
      outputText: "Hermes: When do you open?",
      status: "sent",
      error: null,
      requiresHumanReview: false,
      attemptCount: 1,
      nextAttemptAt: null,
      queuedReplyMessageId: null,
      turnId: null,
      aliveUntil: null,
    });
    expect(run?.id).toBe(run?._id);
    expect(run?.completedAt).toBeInstanceOf(Date);
    const [message] = await inbound();
    expect(message).toMatchObject({ runId: run?._id, unansweredReason: null });
    expect(message).not.toHaveProperty("waiting");
    expect((await contact.conversation()).turn).toBeNull();
  });

  test("is answered once, however often and at once its job comes", async () => {
    const job = await contact.writes("Hello");
    const twice = await Promise.allSettled([hub.work(job), hub.work(job)]);
    await hub.work(job);
    await hub.work({ ...job, jobId: "job_other" });

    expect(contact.reads()).toEqual(["Hermes: Hello"]);
    expect(await contact.runs()).toHaveLength(1);
    const refused = twice.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    for (const error of refused) expect(error).toBeInstanceOf(TryLaterError);
  });

  test("answers in the contact's own words' order when several came before the job", async () => {
    await contact.writes("My order");
    const job = await contact.writes("has not come");
    await hub.work(job);

    expect(contact.reads()).toEqual(["Hermes: My order\nhas not come"]);
    const [run] = await contact.runs();
    expect(run?.messageIds).toEqual((await inbound()).map(({ _id }) => _id));
  });

  test("goes out under the contact's newest token, the bubble's own client id on every try", async () => {
    await hub.work(await contact.writes("one"));
    await hub.work(await contact.writes("two"));
    const attempts = hub.wechat.attempts({ userId: contact.userId });
    expect(new Set(attempts.map(({ clientId }) => clientId)).size).toBe(2);
    const { contextToken } = await contact.conversation();
    expect(attempts.at(-1)?.contextToken).toBe(contextToken);
  });

  test("whose answer WeChat took while the connection broke is not answered twice", async () => {
    const behaviour = { kind: "commit-then-disconnect" } as const;
    const job = await contact.writes("Hello");
    hub.wechat.armFault({ endpoint: "sendmessage", behaviour });
    await hub.work(job);
    hub.deps.clock.moveOn(61_000);
    await hub.work({ ...job, jobId: "job_later", do: "send" });

    expect(contact.reads()).toEqual(["Hermes: Hello"]);
    expect((await contact.runs())[0]?.status).toBe("sent");
    const tries = hub.wechat.attempts({ userId: contact.userId });
    expect(tries).toHaveLength(2);
    expect(new Set(tries.map(({ clientId }) => clientId)).size).toBe(1);
  });

  test("of a conversation that nobody knows is a warning and no error", async () => {
    const job: NewJob = { jobId: "j", conversationId: "cnv_none", do: "answer", ref: "msg_none" };
    await expect(hub.work(job)).resolves.toBeUndefined();
    expect(hub.deps.logLines.at(-1)).toContain("job.no_conversation");
  });

  test("waits for the turn that another invocation holds", async () => {
    const job = await contact.writes("Hello");
    const now = hub.deps.clock.now();
    await conversationStore(db()).takeTurn({
      conversationId: contact.conversationId,
      turnId: "trn_other",
      now,
      expiresAt: plusSeconds(now, 150),
    });
    await expect(hub.work(job)).rejects.toThrow(TryLaterError);
    expect(contact.reads()).toEqual([]);

    hub.deps.clock.moveOn(151_000);
    await hub.work(job);
    expect(contact.reads()).toEqual(["Hermes: Hello"]);
  });
});

describe("Hermes' memory", () => {
  async function sessionsOf(policy: Partial<Policy>): Promise<(string | null)[]> {
    await db().collection<Policy>("policies").updateOne({ _id: "auto" }, { $set: policy });
    await hub.work(await contact.writes("one"));
    await hub.work(await contact.writes("two"));
    const runs = await contact.runs();
    return runs.map(({ hermesSessionId }) => hermesSessionId);
  }

  test("is one session per conversation, which no other contact shares", async () => {
    const [first, second] = await sessionsOf({ memory: "conversation" });
    expect(first).toBe(second);
    const stranger = hub.addContact(account);
    await hub.work(await stranger.writes("one"));
    expect((await stranger.runs())[0]?.hermesSessionId).not.toBe(first);
  });

  test("is a fresh session per run where the policy says none", async () => {
    const [first, second] = await sessionsOf({ memory: "none" });
    expect(first).not.toBe(second);
    await sessionsOf({ memory: "conversation" });
  });
});

describe("under the policy", () => {
  test("manual-review the answer is kept for a person and nothing goes out", async () => {
    await setAccount({ policyId: "manual-review" });
    await hub.work(await contact.writes("Hello"));
    expect(contact.reads()).toEqual([]);
    expect(await contact.runs()).toEqual([
      expect.objectContaining({
        status: "awaiting_review",
        requiresHumanReview: true,
        policyMode: "manual-review",
        outputText: "Hermes: Hello",
      }),
    ]);
  });

  test("off nothing is asked, and the message says why", async () => {
    const asked = hub.questions();
    const job = await contact.writes("Hello");
    await setAccount({ policyId: "off" });
    await hub.work(job);
    expect(hub.questions()).toBe(asked);
    expect((await inbound())[0]?.unansweredReason).toBe("policy_off");
    expect(await contact.runs()).toEqual([]);
  });

  test.each([
    ["manual-review", { status: "awaiting_review", outputText: "Too late" }],
    ["off", { status: "cancelled", cancelReason: "policy_off" }],
  ])("that became %s while Hermes worked, nothing goes out", async (policyId, expected) => {
    const job = await contact.writes("Hello");
    const answer = hub.hermes.holdTurns({ kind: "ok", text: "Too late" });
    const working = hub.work(job);
    await hub.hermes.waitFor((sim) => sim.executions().some(({ endedAt }) => endedAt === null));
    await setAccount({ policyId });
    answer();
    hub.hermes.setAnswer(null);
    await working;
    expect(contact.reads()).toEqual([]);
    expect(await contact.runs()).toEqual([expect.objectContaining(expected)]);
  });

  test("a message that is older than an answer may be goes to review, whatever the reason", async () => {
    const job = await contact.writes("Hello");
    hub.deps.clock.age(12 * 3_600_000 + 60_000);
    await hub.work(job);
    hub.deps.clock.age(-(12 * 3_600_000 + 60_000));
    expect(contact.reads()).toEqual([]);
    expect(await contact.runs()).toEqual([
      expect.objectContaining({ status: "awaiting_review", requiresHumanReview: true }),
    ]);
  });
});

describe("an account that may not answer", () => {
  test("suspended before the job came: the message says so, and Hermes is not asked", async () => {
    const asked = hub.questions();
    const job = await contact.writes("Hello");
    await suspend(hub.deps, operator, account._id);
    await hub.work(job);
    expect(hub.questions()).toBe(asked);
    expect((await inbound())[0]?.unansweredReason).toBe("account_not_approved");
  });

  test("suspended while Hermes works: the wait ends, and nothing goes out", async () => {
    const job = await contact.writes("Hello");
    const answer = hub.hermes.holdTurns({ kind: "ok", text: "Too late" });
    const working = hub.work(job);
    await hub.hermes.waitFor((sim) => sim.executions().some(({ endedAt }) => endedAt === null));

    await suspend(hub.deps, operator, account._id);
    const suspendedAt = performance.now();
    await working;
    expect(performance.now() - suspendedAt).toBeLessThan(15_000);
    answer();
    hub.hermes.setAnswer(null);

    expect(contact.reads()).toEqual([]);
    expect(await contact.runs()).toEqual([
      expect.objectContaining({
        status: "error",
        error: "account.unavailable: the account is not approved any more",
      }),
    ]);
    expect((await contact.conversation()).turn).toBeNull();
  });

  test("not yet approved: what waited says so, and the next text after approval is answered", async () => {
    await setAccount({ status: "pending_approval" });
    await hub.work(await contact.writes("early"));
    await approve(hub.deps, operator, account._id);
    await hub.work(await contact.writes("late"));
    expect(contact.reads()).toEqual(["Hermes: late"]);
  });

  test("whose login expired: the message waits for the next scan", async () => {
    const job = await contact.writes("Hello");
    await setAccount({ status: "login_expired", statusBeforeExpiry: "approved" });
    await hub.work(job);
    expect((await inbound())[0]).toMatchObject({ waiting: true, unansweredReason: null });

    await setAccount({ status: "approved", statusBeforeExpiry: null });
    await hub.work({ ...job, jobId: "job_again" });
    expect(contact.reads()).toEqual(["Hermes: Hello"]);
  });
});

describe("a person takes the conversation over", () => {
  const takeOver = (takenOverBy: string | null) =>
    db()
      .collection<{ _id: string }>("conversations")
      .updateOne({ _id: contact.conversationId }, { $set: { takenOverBy } });

  test("while Hermes works: its answer goes to nobody", async () => {
    const job = await contact.writes("Hello");
    const answer = hub.hermes.holdTurns({ kind: "ok", text: "Too late" });
    const working = hub.work(job);
    await hub.hermes.waitFor((sim) => sim.executions().some(({ endedAt }) => endedAt === null));
    await takeOver("mei");
    await working;
    answer();
    hub.hermes.setAnswer(null);
    expect(contact.reads()).toEqual([]);
    expect(await contact.runs()).toEqual([
      expect.objectContaining({ status: "cancelled", cancelReason: "taken_over" }),
    ]);
  });

  test("what is written then is the person's and never reaches Hermes, also after the hand-back", async () => {
    await hub.work(await contact.writes("before"));
    await takeOver("mei");
    const asked = hub.questions();
    const job = await contact.writes("for you, Mei");
    await hub.work(job);
    await takeOver(null);
    await hub.work({ ...job, jobId: "job_again" });
    expect(hub.questions()).toBe(asked);
    expect((await inbound()).map(({ unansweredReason }) => unansweredReason)).toContain(
      "taken_over",
    );
    expect(contact.reads()).toEqual(["Hermes: before"]);

    await hub.work(await contact.writes("after"));
    expect(contact.reads().at(-1)).toContain("after");
  });

  test("while a question waits for Hermes: it ends, without a word", async () => {
    await hub.hermes.off();
    const job = await contact.writes("Hello");
    await hub.work(job);
    await takeOver("mei");
    await hub.hermes.on();
    await hermesHealthStore(db()).markUp(hub.hermes.baseUrl, hub.deps.clock.now());
    const [run] = await contact.runs();
    await hub.work({ ...job, jobId: "job_retry", do: "retry", ref: run?._id ?? "" });
    expect(await contact.runs()).toEqual([
      expect.objectContaining({ status: "cancelled", cancelReason: "taken_over" }),
    ]);
    expect(contact.reads()).toEqual([awayNotice]);
  });
});

describe("while Hermes is switched off", () => {
  const answering = (set: { hermes: boolean; autoReply: boolean }) => ({
    ...hub.deps.settings.answering,
    HERMES_AGENT_ENABLED: set.hermes,
    WECHAT_AUTO_REPLY_ENABLED: set.autoReply,
  });
  async function workWith(job: NewJob, set: { hermes: boolean; autoReply: boolean }) {
    const { settings } = hub.deps;
    hub.deps.settings = { ...settings, answering: answering(set) };
    try {
      await hub.work(job);
    } finally {
      hub.deps.settings = settings;
    }
  }

  test("the message says so and nobody is asked", async () => {
    await workWith(await contact.writes("Hello"), { hermes: false, autoReply: false });
    expect((await inbound())[0]?.unansweredReason).toBe("hermes_disabled");
    expect(contact.reads()).toEqual([]);
  });

  test("the development reply answers once, without a run", async () => {
    const job = await contact.writes("Hello");
    await workWith(job, { hermes: false, autoReply: true });
    await workWith(job, { hermes: false, autoReply: true });
    expect(contact.reads()).toEqual([hub.deps.settings.answering.WECHAT_AUTO_REPLY_TEXT]);
    expect((await inbound())[0]?.unansweredReason).toBe("auto_replied");
    expect(await contact.runs()).toEqual([]);
  });

  test("and on, Hermes answers", async () => {
    await workWith(await contact.writes("Hello"), { hermes: true, autoReply: true });
    expect(contact.reads()).toEqual(["Hermes: Hello"]);
  });
});

test("what is written while Hermes works is the next question, and both are answered in order", async () => {
  const first = await contact.writes("one");
  const answer = hub.hermes.holdTurns({ kind: "ok", text: "answer one" });
  const working = hub.work(first);
  await hub.hermes.waitFor((sim) => sim.executions().some(({ endedAt }) => endedAt === null));
  const second = await contact.writes("two");
  await expect(hub.work(second)).rejects.toThrow(TryLaterError);
  answer();
  hub.hermes.setAnswer(null);
  await working;
  await hub.work(second);
  await vi.waitFor(() => expect(contact.reads()).toEqual(["answer one", "Hermes: two"]));
  expect((await contact.runs()).map(({ inputText }) => inputText)).toEqual(["one", "two"]);
});
