import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { handBack, takeOver } from "#core/conversations/change-conversation.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { dueOutbound } from "#core/sweeps/due-outbound.ts";
import { eventually } from "#local/eventually.ts";
import { answerOf, openChat, partsFrom, type Chat } from "#test/chat.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { writeMessage } from "./write-message.ts";

const { db } = withDatabase();
let hub: SmallHub;
let chat: Chat;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());
beforeEach(async () => {
  chat = await openChat(hub, db());
});

const mei: Actor = { kind: "operator", id: "mei" };
const lin: Actor = { kind: "operator", id: "lin" };

function write(text: string, clientKey = text, actor = mei) {
  const { conversationId } = chat;
  return writeMessage(hub.deps, actor, { conversationId, text, clientKey });
}

/** Works the newest job of this conversation off. */
async function workLast(): Promise<void> {
  const job = hub.deps.jobs.findLast((each) => each.conversationId === chat.conversationId);
  if (job) await hub.work(job);
}

describe("what a person writes", () => {
  beforeEach(() => chat.isAnswered("hello", "Hi!"));

  test("reaches the contact once, however often it is sent and worked off", async () => {
    const [first, second] = await Promise.all([
      write("We are open.", "k1"),
      write("We are open.", "k1"),
    ]);
    expect(first._id).toBe(second._id);
    await workLast();
    await write("We are open.", "k1");
    await workLast();
    expect(chat.reads()).toEqual(["Hi!", "We are open."]);
    const [message] = await chat.outbound("operator");
    expect(message).toMatchObject({ author: "mei", chunks: [{ state: "accepted" }] });
    const lines = await auditStore(db()).listOf(first._id, 9);
    expect(lines.map(({ action, actor }) => [action, actor.id])).toEqual([
      ["message.written", "mei"],
    ]);
  });

  test("is sent as it is, in bubbles and within the credits like an answer; the rest waits", async () => {
    await chat.setConversation({ credits: 3 });
    await write(answerOf(4), "long");
    await workLast();
    expect(chat.readsParts().slice(1, 3)).toEqual(partsFrom(1, 2));
    const [message] = await chat.outbound("operator");
    expect(message?.chunks.map(({ state }) => state)).toEqual([
      "accepted",
      "accepted",
      "parked",
      "queued",
    ]);
    await hub.work(await chat.writes("继续"));
    expect(chat.readsParts().slice(-2)).toEqual(partsFrom(3, 4));
    expect(hub.questions()).toBeGreaterThan(0);
  });

  test("is refused under a key that was used for another text", async () => {
    await write("one", "k2");
    await expect(write("two", "k2")).rejects.toMatchObject({ code: "message.key_used" });
  });

  test("goes out when its push failed and whoever wrote it is gone", async () => {
    const queue = { ...hub.deps.queue, push: () => Promise.reject(new Error("away")) };
    const { conversationId } = chat;
    const written = { conversationId, text: "Still here.", clientKey: "k3" };
    await writeMessage({ ...hub.deps, queue }, mei, written);
    hub.deps.clock.moveOn(60_000);
    const sweeps = {
      ...hub.deps,
      schedules: { put: async () => {}, remove: async () => {}, list: async () => [] },
      pollStarter: { watchLogin: async () => {} },
      deadLetters: { receive: async () => [], remove: async () => {} },
    };
    await dueOutbound.run(sweeps);
    await workLast();
    expect(chat.reads()).toEqual(["Hi!", "Still here."]);
  });

  test("is refused in words when WeChat would not take it, and nothing is stored", async () => {
    await chat.setConversation({ credits: 0 });
    await expect(write("no credits")).rejects.toMatchObject({ code: "conversation.credits" });
    const lastInboundAt = new Date(hub.deps.clock.ageNow().getTime() - 86_400_000);
    await chat.setConversation({ credits: 10, lastInboundAt });
    await expect(write("too late")).rejects.toThrow("WeChat takes nothing after 24 hours");
    expect(await chat.outbound("operator")).toEqual([]);
  });

  test("is refused where another person took over", async () => {
    await takeOver(hub.deps, lin, chat.conversationId);
    await expect(write("me too")).rejects.toThrow("lin answers here in person");
    await write("I am lin", "k4", lin);
    await workLast();
    expect(chat.reads()).toEqual(["Hi!", "I am lin"]);
  });
});

describe("a person who writes while Hermes is asked", () => {
  test("ends the wait, is read next, and Hermes' answer goes to nobody", async () => {
    hub.hermes.scriptNext(
      { kind: "ok", text: "too late", delayMs: 15_000 },
      { textIncludes: "slow question" },
    );
    const working = hub.work(await chat.writes("slow question"));
    await eventually("Hermes is asked", async () =>
      (await chat.runs())[0]?.status === "running" ? true : null,
    );
    await write("Let me look.");
    await working;
    await workLast();
    expect(chat.reads()).toEqual(["Let me look."]);
    const [run] = await chat.runs();
    expect(run).toMatchObject({ status: "cancelled", cancelReason: "answered_by_person" });

    await hub.work(await chat.writes("thanks"));
    expect(chat.reads().at(-1)).toContain("thanks");
  });

  test("also when the Lambda that stored it died before it ended the question", async () => {
    await hub.hermes.off();
    await hub.work(await chat.writes("hello"));
    const [waiting] = await chat.runs();
    expect(waiting?.status).toBe("retry_pending");
    const message = await write("I am here.");
    const back = { status: "retry_pending", unfinished: true, cancelReason: null } as const;
    await db().collection("agent_runs").updateOne({ id: waiting?._id }, { $set: back });
    await workLast();
    await hub.hermes.on();
    await db().collection("hermes").deleteMany({});
    const [run] = await chat.runs();
    expect(run).toMatchObject({ status: "cancelled", cancelReason: "answered_by_person" });
    expect((await outboundStore(db()).find(message._id))?.chunks[0]?.state).toBe("accepted");
  });

  test("ends the draft that waits for a reviewer, and answers what came with it", async () => {
    chat = await openChat(hub, db(), { policyId: "manual-review" });
    await chat.isAnswered("Do you have tea?", "Yes.");
    const unasked = await chat.writes("And milk?");
    await write("Tea and milk, yes.");
    await workLast();
    await hub.work(unasked);
    const [run, ...more] = await chat.runs();
    expect(more).toEqual([]);
    expect(run).toMatchObject({ status: "cancelled", cancelReason: "answered_by_person" });
    expect((await chat.inbound()).at(-1)?.unansweredReason).toBe("answered_by_person");
  });
});

describe("a conversation that a person takes over", () => {
  test("is theirs, of ten who press at once; the others are told whose", async () => {
    await chat.isAnswered("hello", "Hi!");
    const actors = Array.from({ length: 10 }, (_, n): Actor => ({ ...mei, id: `user-${n}` }));
    const got = await Promise.allSettled(
      actors.map((actor) => takeOver(hub.deps, actor, chat.conversationId)),
    );
    expect(got.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { takenOverBy } = await chat.conversation();
    const refused = got.find((each) => each.status === "rejected");
    expect(refused?.reason).toMatchObject({ details: { by: takenOverBy } });
    const lines = await auditStore(db()).listOf(chat.conversationId, 20);
    expect(lines.map(({ action }) => action)).toEqual(["conversation.taken_over"]);
  });

  test("leaves texts to them, and brings the texts after the hand-back to Hermes", async () => {
    await chat.isAnswered("hello", "Hi!");
    await takeOver(hub.deps, mei, chat.conversationId);
    await takeOver(hub.deps, mei, chat.conversationId);
    await hub.work(await chat.writes("for a person"));
    await handBack(hub.deps, mei, chat.conversationId);
    await handBack(hub.deps, lin, chat.conversationId);
    await hub.work(await chat.writes("for Hermes"));
    expect(chat.reads().at(-1)).toContain("for Hermes");
    expect(chat.reads()).toHaveLength(2);
    const unanswered = (await chat.inbound()).find(({ text }) => text === "for a person");
    expect(unanswered?.unansweredReason).toBe("taken_over");
    const actions = (await auditStore(db()).listOf(chat.conversationId, 9)).map(
      ({ action }) => action,
    );
    expect(actions.toReversed()).toEqual(["conversation.taken_over", "conversation.handed_back"]);
  });

  test("has the question that Hermes works on end, and its job is not owed any more", async () => {
    hub.hermes.scriptNext(
      { kind: "ok", text: "too late", delayMs: 15_000 },
      { textIncludes: "slow question" },
    );
    const working = hub.work(await chat.writes("slow question"));
    await eventually("Hermes is asked", async () =>
      (await chat.runs())[0]?.status === "running" ? true : null,
    );
    await takeOver(hub.deps, mei, chat.conversationId);
    await working;
    expect((await chat.runs())[0]).toMatchObject({ cancelReason: "taken_over" });
    expect(await chat.conversation()).not.toHaveProperty("pushAfter");
  });
});
