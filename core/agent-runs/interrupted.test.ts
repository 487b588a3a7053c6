import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore, type StoredMessage } from "#core/messages/message.store.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { compose } from "#core/sending/compose.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { begunRun } from "#test/records.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { AgentRun } from "./agent-run.ts";
import { hermesOf } from "./hermes-target.ts";
import { lastWord } from "./settle-failure.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";

/*
 * Each story begins with what the database holds when a Lambda is killed right after one of its
 * statements, and ends with the contact having read the one answer once.
 */

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

let account: Account;
let contact: Contact;
beforeEach(async () => {
  await db().collection("hermes").deleteMany({});
  account = await hub.addBot();
  contact = hub.addContact(account);
});

/** The conversation after a kill: a run in this state, and the dead Lambda's turn, run out. */
async function killedAt(
  changed: Partial<AgentRun> = {},
  { isMarked = true } = {},
): Promise<AgentRun> {
  const job = await contact.writes("Hello");
  const messages = await messageStore(db()).getMany([job.ref]);
  const conversation = await contact.conversation();
  const run = begunRun(hub.deps, { account, conversation, messages: inboundOf(messages) }, changed);
  expect(await agentRunStore(db()).insert(run)).toBe("inserted");
  if (isMarked) await messageStore(db()).joinRun(run.messageIds, run._id);
  const turn = { id: "trn_first", expiresAt: plusSeconds(hub.deps.clock.now(), -1) };
  await db()
    .collection<Conversation>("conversations")
    .updateOne({ _id: contact.conversationId }, { $set: { turn } });
  return run;
}

function inboundOf(messages: readonly StoredMessage[]): InboundMessage[] {
  return messages.filter((message) => message.direction === "inbound");
}

async function storedAnswer(run: AgentRun) {
  const message = compose(hub.deps, {
    id: run.outboundMessageId ?? "",
    kind: "answer",
    text: run.outputText ?? "",
    accountId: run.accountId,
    conversationId: run.conversationId,
    userId: run.userId,
    runId: run._id,
    onceKey: `${run._id}:answer`,
  });
  await outboundStore(db()).insert(message);
  return message;
}

function goOn(run: AgentRun): Promise<void> {
  const { conversationId } = run;
  return hub.work({ jobId: `job_${run._id}`, conversationId, do: "resume", ref: run._id });
}

/** What it all came to, also when the same job comes once more. */
async function cameTo(run: AgentRun) {
  await goOn(run);
  const { conversationId } = contact;
  const stored = await messageStore(db()).list({ conversationId, limit: 9 });
  return {
    read: contact.reads(),
    runs: (await contact.runs()).map(({ _id, status }) => [_id, status]),
    waiting: inboundOf(stored).filter(({ waiting }) => waiting).length,
  };
}

function oneAnswer(run: AgentRun) {
  return { read: ["Hermes: Hello"], runs: [[run._id, "sent"]], waiting: 0 };
}

/** The answer is fixed, and the outbound message that is to carry it has its id. */
function answered(outputText = "Hermes: Hello"): Partial<AgentRun> {
  return { status: "sending", outputText, outboundMessageId: hub.deps.newId("message") };
}

describe("killed while it asks", () => {
  test("after the run was stored, before its messages were marked", async () => {
    const run = await killedAt({}, { isMarked: false });
    await goOn(run);
    expect(await cameTo(run)).toEqual(oneAnswer(run));
    expect((await contact.runs())[0]?.attemptCount).toBe(2);
  });

  test("and the job of the message comes again instead of a sweep's", async () => {
    const run = await killedAt({}, { isMarked: false });
    const { conversationId, messageId } = run;
    await hub.work({ jobId: "job_same", conversationId, do: "answer", ref: messageId });
    expect(await cameTo(run)).toEqual(oneAnswer(run));
  });

  test("while Hermes worked, which meanwhile is done: its agent does not run twice", async () => {
    const run = await killedAt();
    const { request } = run;
    if (!request) throw new Error("The run has no request.");
    await hermesOf(hub.deps, null).ask({
      body: request.body,
      idempotencyKey: request.key,
      sessionId: request.sessionId,
      sessionKey: run.conversationId,
      timeoutMs: 5_000,
    });
    await goOn(run);
    expect(await cameTo(run)).toEqual(oneAnswer(run));
    const executed = hub.hermes.executions().filter((each) => each.sessionId === request.sessionId);
    expect(executed).toHaveLength(1);
  });

  test("in a retry, after messages had joined its question but were not marked", async () => {
    const run = await killedAt({ status: "retrying", inputText: "Hello\nagain" });
    const job = await contact.writes("again");
    await db()
      .collection<AgentRun>("agent_runs")
      .updateOne({ _id: run._id }, { $push: { messageIds: job.ref } });
    await goOn(run);
    const messages = inboundOf(await messageStore(db()).getMany([run.messageId, job.ref]));
    expect(messages.map(({ runId }) => runId)).toEqual([run._id, run._id]);
    expect(contact.reads()).toHaveLength(1);
  });
});

describe("killed again and again over the same run", () => {
  test("ends in an error and one last word, and the next text is answered", async () => {
    const asked = hub.questions();
    const { HERMES_MAX_ATTEMPTS } = hub.deps.settings.hermes;
    const run = await killedAt({ failureCount: HERMES_MAX_ATTEMPTS - 1 });
    await goOn(run);
    await goOn(run);
    expect(hub.questions()).toBe(asked);
    expect(contact.reads()).toEqual([lastWord]);
    expect((await contact.runs())[0]).toMatchObject({ status: "error" });

    await hub.work(await contact.writes("two"));
    expect(contact.reads().at(-1)).toBe("Hermes: two");
  });

  test("but not as often: it is asked once more", async () => {
    const { HERMES_MAX_ATTEMPTS } = hub.deps.settings.hermes;
    const run = await killedAt({ failureCount: HERMES_MAX_ATTEMPTS - 2 });
    await goOn(run);
    expect(await cameTo(run)).toEqual(oneAnswer(run));
  });
});

describe("killed while it sends", () => {
  test("after the answer was fixed, before it was stored as a message", async () => {
    const run = await killedAt(answered());
    await goOn(run);
    expect(await cameTo(run)).toEqual(oneAnswer(run));
  });

  test("after it was stored, before WeChat was asked", async () => {
    const run = await killedAt(answered());
    await storedAnswer(run);
    await goOn(run);
    expect(await cameTo(run)).toEqual(oneAnswer(run));
  });

  test("after WeChat took it, before that was stored: the repeat is the same bubble", async () => {
    const run = await killedAt(answered());
    const message = await storedAnswer(run);
    const [chunk] = message.chunks;
    await wechatOf(hub.deps, account).sendMessage({
      toUserId: contact.userId,
      clientId: chunk?.clientId ?? "",
      text: chunk?.text ?? "",
    });
    expect(contact.reads()).toEqual(["Hermes: Hello"]);
    await goOn(run);
    expect(await cameTo(run)).toEqual(oneAnswer(run));
    const clientIds = hub.wechat.attempts({ userId: contact.userId }).map((each) => each.clientId);
    expect(clientIds).toEqual([chunk?.clientId, chunk?.clientId]);
  });

  test("after that was stored, before the run was", async () => {
    const job = await contact.writes("Hello");
    await hub.work(job);
    const [run] = await contact.runs();
    if (!run) throw new Error("There is no run.");
    await db()
      .collection<AgentRun>("agent_runs")
      .updateOne(
        { _id: run._id },
        { $set: { status: "sending", unfinished: true, turnId: "trn_first", acceptedAt: null } },
      );
    await goOn(run);
    expect(await cameTo(run)).toEqual(oneAnswer(run));
    expect((await contact.runs())[0]?.acceptedAt).toEqual(run.acceptedAt);
  });

  test("between two bubbles: the rest follows, the first is not said again", async () => {
    const words = ["a".repeat(1500), "b".repeat(1500)];
    const text = words.join("\n\n");
    const run = await killedAt(answered(text));
    const message = await storedAnswer(run);
    expect(message.chunks).toHaveLength(2);
    const [first] = message.chunks;
    await wechatOf(hub.deps, account).sendMessage({
      toUserId: contact.userId,
      clientId: first?.clientId ?? "",
      text: first?.text ?? "",
    });
    await goOn(run);
    expect(contact.reads()).toEqual(words);
    expect((await contact.runs())[0]?.status).toBe("sent");
  });
});

describe("killed at the edges", () => {
  test("after the answer went out, before the turn was given back: the next text is answered", async () => {
    await killedAt({ status: "sent", outputText: "Hermes: Hello" });
    await hub.work(await contact.writes("two"));
    expect(contact.reads()).toEqual(["Hermes: two"]);
  });

  test("after a run was over whose message was never marked: it is not asked again", async () => {
    const asked = hub.questions();
    const run = await killedAt(
      { status: "sent", outputText: "Hermes: Hello" },
      { isMarked: false },
    );
    await goOn(run);
    expect(hub.questions()).toBe(asked);
    expect(contact.reads()).toEqual([]);
    expect(inboundOf(await messageStore(db()).getMany(run.messageIds))).toEqual([
      expect.objectContaining({ runId: run._id }),
    ]);
  });

  test("after Hermes was found away, before the contact was told: it is told once", async () => {
    await hub.hermes.off();
    const now = hub.deps.clock.now();
    await hermesHealthStore(db()).markAway({
      id: hub.deps.settings.hermes.HERMES_API_BASE_URL,
      state: "down",
      cause: "refused",
      now,
      nextProbeAt: plusSeconds(now, 30),
    });
    const run = await killedAt({
      status: "retry_pending",
      waitCause: "hermes_down",
      queuedReplyMessageId: hub.deps.newId("message"),
      nextAttemptAt: plusSeconds(hub.deps.clock.now(), 30),
      request: null,
      turnId: null,
    });
    await goOn(run);
    await goOn(run);
    expect(contact.reads()).toEqual([awayNotice]);
    await hub.hermes.on();
  });
});
