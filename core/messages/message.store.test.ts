import { beforeEach, describe, expect, test } from "vitest";
import { openConversation, outboundMessage, waitingMessage } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import type { InboundMessage } from "./message.ts";
import { messageStore } from "./message.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const conversation = openConversation(deps, "acc_1");
const store = messageStore(db());
beforeEach(async () => {
  await db().collection("messages").deleteMany({});
});

function message(name: string, changed: Partial<InboundMessage> = {}): InboundMessage {
  return waitingMessage(deps, conversation, { _id: `msg_${name}`, ...changed });
}

function ids(messages: readonly { _id: string }[]): string[] {
  return messages.map(({ _id }) => _id);
}

describe("storing what a poll brought", () => {
  test("gives just what was not seen before, in its order", async () => {
    await store.insertUnseen([message("a")]);
    const copy = message("b", { dedupeKeys: ["body:1", "id:1:msg_a"] });

    const unseen = await store.insertUnseen([message("c"), copy, message("d")]);

    expect(ids(unseen)).toEqual(["msg_c", "msg_d"]);
    expect(ids(await store.getMany(["msg_a", "msg_b", "msg_c"]))).toEqual(["msg_a", "msg_c"]);
  });

  test("keeps one of two copies in the same answer", async () => {
    const twice = [message("a"), message("b", { dedupeKeys: ["id:1:msg_a"] })];
    expect(ids(await store.insertUnseen(twice))).toEqual(["msg_a"]);
  });

  test("lets two pollers at once store each message once", async () => {
    const batch = (poller: string) =>
      Array.from({ length: 20 }, (_, n) => message(`${poller}${n}`, { dedupeKeys: [`id:1:${n}`] }));
    const stored = await Promise.all([
      store.insertUnseen(batch("x")),
      store.insertUnseen(batch("y")),
    ]);
    expect(stored.flat()).toHaveLength(20);
    expect(await db().collection("messages").countDocuments({})).toBe(20);
  });

  test("has nothing to do for an empty poll", async () => {
    expect(await store.insertUnseen([])).toEqual([]);
  });
});

describe("a waiting message", () => {
  test("joins one run, and stays in it", async () => {
    await store.insertUnseen([message("a"), message("b")]);
    await store.joinRun(["msg_a"], "run_1");
    await store.joinRun(["msg_a", "msg_b"], "run_2");

    const [a, b] = await store.getMany(["msg_a", "msg_b"]);
    expect(a).toMatchObject({ runId: "run_1" });
    expect(b).toMatchObject({ runId: "run_2" });
    expect(a).not.toHaveProperty("waiting");
  });

  test("is left with a reason, unless it is in a run", async () => {
    await store.insertUnseen([message("a"), message("b")]);
    await store.joinRun(["msg_a"], "run_1");
    await store.leaveUnanswered(["msg_a", "msg_b"], "policy_off");

    const [a, b] = await store.getMany(["msg_a", "msg_b"]);
    expect(a).toMatchObject({ runId: "run_1", unansweredReason: null });
    expect(b).toMatchObject({ runId: null, unansweredReason: "policy_off" });
  });

  test("whose job went missing is found, the longest waiting first", async () => {
    const at = (seconds: number) => new Date(deps.clock.now().getTime() - seconds * 1000);
    await store.insertUnseen([
      message("young", { pushAfter: at(10) }),
      message("old", { pushAfter: at(90) }),
      message("older", { pushAfter: at(120) }),
      message("answered", { pushAfter: at(120) }),
    ]);
    await store.joinRun(["msg_answered"], "run_1");

    expect((await store.listForgotten(at(30), 10, deps.log)).ids).toEqual(["msg_older", "msg_old"]);
    expect((await store.listForgotten(at(30), 1, deps.log)).ids).toEqual(["msg_older"]);

    await store.putOff(["msg_older", "msg_answered"], at(-300));
    expect((await store.listForgotten(at(30), 10, deps.log)).ids).toEqual(["msg_old"]);
  });
});

test("a conversation is read newest first, page by page, both directions in one line", async () => {
  await store.insertUnseen([message("1"), message("3")]);
  await outboundStore(db()).insert(outboundMessage(deps, conversation, { _id: "msg_2" }));
  await store.insertUnseen([
    waitingMessage(deps, openConversation(deps, "acc_2"), { _id: "msg_other" }),
  ]);
  const conversationId = conversation._id;

  const first = await store.list({ conversationId, limit: 2 });
  const second = await store.list({ conversationId, limit: 2, before: "msg_2" });

  expect([ids(first), ids(second)]).toEqual([["msg_3", "msg_2"], ["msg_1"]]);
  expect(ids(await store.list({ accountId: "acc_2", limit: 9 }))).toEqual(["msg_other"]);
});
