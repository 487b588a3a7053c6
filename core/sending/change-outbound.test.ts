import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { answerOf, openChat, partsFrom, type Chat } from "#test/chat.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { dropOutbound, retryOutbound } from "./change-outbound.ts";

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
const refused = { kind: "refuse", ret: -3, errmsg: "no such user" } as const;
const throttled = { kind: "refuse", ret: -2, errmsg: "rate limited" } as const;

async function answer(): Promise<OutboundMessage> {
  const [message] = await chat.outbound("answer");
  if (!message) throw new Error("There is no answer.");
  return message;
}

async function workLast(): Promise<void> {
  const job = hub.deps.jobs.findLast((each) => each.conversationId === chat.conversationId);
  if (job) await hub.work(job);
}

async function runStatus(): Promise<unknown> {
  const [run] = await chat.runs();
  return run?.cancelReason ?? run?.status;
}

async function actions(): Promise<string[]> {
  const { _id } = await answer();
  return (await auditStore(db()).listOf(_id, 9)).map(({ action }) => action).toReversed();
}

describe("an answer of which WeChat refused a bubble", () => {
  beforeEach(async () => {
    chat.failSends(refused, { nth: 2, times: 1 });
    await chat.isAnswered("Tell me all", answerOf(3));
  });

  test("is on the list of what did not arrive", async () => {
    expect(await chat.chunkStates()).toEqual(["accepted", "refused", "dead"]);
    expect(await answer()).toMatchObject({ failure: "dead" });
  });

  test("is sent from there on when a person says so, once for two who press", async () => {
    const { _id } = await answer();
    await Promise.all([retryOutbound(hub.deps, mei, _id), retryOutbound(hub.deps, mei, _id)]);
    await workLast();
    await workLast();
    expect(chat.readsParts()).toEqual(partsFrom(1, 3));
    expect(await runStatus()).toBe("sent");
    expect(await answer()).not.toHaveProperty("failure");
    expect(await answer()).not.toHaveProperty("open");
    await expect(retryOutbound(hub.deps, mei, _id)).rejects.toMatchObject({
      code: "outbound.over",
    });
  });

  test("is off the list when a person drops it, and its run stays failed", async () => {
    const { _id } = await answer();
    await dropOutbound(hub.deps, mei, _id);
    await dropOutbound(hub.deps, mei, _id);
    expect(await answer()).not.toHaveProperty("failure");
    expect(await runStatus()).toBe("error");
    expect(await actions()).toEqual(["message.dropped"]);
  });

  test("is not sent when the window is shut, and stays on the list", async () => {
    const lastInboundAt = new Date(hub.deps.clock.ageNow().getTime() - 86_400_000);
    await chat.setConversation({ lastInboundAt });
    await expect(retryOutbound(hub.deps, mei, (await answer())._id)).rejects.toMatchObject({
      code: "conversation.window",
    });
    expect(await answer()).toMatchObject({ failure: "dead" });
  });
});

describe("an answer whose rest waits for the contact", () => {
  beforeEach(() => chat.isAnswered("Tell me all", answerOf(11)));

  test("ends when a person drops it, and its run with it, however often", async () => {
    const { _id } = await answer();
    await Promise.all([dropOutbound(hub.deps, mei, _id), dropOutbound(hub.deps, mei, _id)]);
    expect(await chat.chunkStates()).toEqual([...Array(9).fill("accepted"), "dead", "dead"]);
    expect((await answer()).chunks.at(-1)?.code).toBe("dropped");
    expect(await runStatus()).toBe("ended_by_person");
    expect(await actions()).toEqual(["message.dropped"]);
    await chat.look();
    expect(chat.reads()).toHaveLength(10);
  });

  test("also when the one who dropped it died before its run was ended", async () => {
    const { _id } = await answer();
    await dropOutbound(hub.deps, mei, _id);
    await db()
      .collection("agent_runs")
      .updateOne({ outboundMessageId: _id }, { $set: { status: "parked", cancelReason: null } });
    await dropOutbound(hub.deps, mei, _id);
    expect(await runStatus()).toBe("ended_by_person");
  });
});

test("a parked answer goes on at once where a person knows that WeChat takes more", async () => {
  const job = await chat.writes("Tell me all");
  hub.hermes.scriptNext({ kind: "ok", text: answerOf(3) }, { textIncludes: "Tell me all" });
  await chat.setConversation({ credits: 2 });
  await hub.work(job);
  expect(await answer()).toMatchObject({ open: "parked" });
  await chat.setConversation({ credits: 5 });
  await retryOutbound(hub.deps, mei, (await answer())._id);
  await workLast();
  expect(chat.readsParts().slice(-2)).toEqual(partsFrom(2, 3));
  expect(await runStatus()).toBe("sent");
});

test("a throttled bubble does not wait for its time when a person says so", async () => {
  chat.failSends(throttled, { nth: 1, times: 1 });
  await chat.isAnswered("hello", "Hi!");
  expect(chat.reads()).toEqual([]);
  await retryOutbound(hub.deps, mei, (await answer())._id);
  await workLast();
  expect(chat.reads()).toEqual(["Hi!"]);
});

test("a message that nobody knows is not found", async () => {
  await expect(dropOutbound(hub.deps, mei, "msg_none")).rejects.toMatchObject({
    reason: "not_found",
  });
});
