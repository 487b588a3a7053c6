import { beforeEach, describe, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { conversationIdOf } from "#core/shared/ids.ts";
import type { WechatMessage } from "#core/wechat/wechat.wire.ts";
import { approvedAccount, policyNamed } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { LeaseRef } from "./lease.store.ts";
import { createPusher } from "./pusher.ts";
import { newBatch, storeBatch, type Batch } from "./store-batch.ts";

const database = withDatabase();
const userId = "oContact@im.wechat";
const circumstances = { policy: policyNamed("auto"), mayAnswer: true };
let deps: TestDeps;
let account: Account;

beforeEach(async () => {
  deps = testDeps(database.db());
  const now = deps.clock.now();
  account = approvedAccount(deps, {
    lease: { id: "lse_1", pollerId: "plr_1", expiresAt: plusSeconds(now, 90) },
  });
  await accountStore(deps.db).insert(account);
});

function holder(): LeaseRef {
  return { accountId: account._id, leaseId: "lse_1", generation: account.generation };
}

function text(id: string, words: string, changed: Partial<WechatMessage> = {}): WechatMessage {
  return {
    message_id: id,
    from_user_id: userId,
    message_type: 1,
    create_time_ms: deps.clock.now().getTime() - 500,
    context_token: `token-of-${id}`,
    item_list: [{ type: 1, text_item: { text: words } }],
    raw: { message_id: id },
    ...changed,
  };
}

function batchOf(...messages: WechatMessage[]): Batch {
  return newBatch({ ref: holder(), messages, cursor: `after-${messages.at(-1)?.message_id}` });
}

/** Stores as a poller does; gives whether it kept the lease. The jobs are in `deps.jobs`. */
async function store(batch: Batch, pusher = createPusher(deps)): Promise<boolean> {
  const kept = await storeBatch(deps, pusher, batch, circumstances);
  await pusher.pushAll();
  return kept;
}

async function stored(): Promise<InboundMessage[]> {
  const messages = deps.db.collection<InboundMessage>("messages");
  return messages.find({ accountId: account._id }).sort({ _id: 1 }).toArray();
}

async function conversation(): Promise<Conversation | null> {
  const conversations = deps.db.collection<Conversation>("conversations");
  return conversations.findOne({ _id: conversationIdOf(account._id, userId) });
}

/** What the retry Lambda would take up. */
async function listForgotten(): Promise<string[]> {
  return (await messageStore(deps.db).listForgotten(deps.clock.now(), 1000, deps.log)).ids;
}

async function cursor(): Promise<string> {
  return (await accountStore(deps.db).get(account._id)).cursor;
}

/** Has the server itself refuse writes to a collection for as long as something is tried. */
async function whileRefused(collection: string, attempt: () => Promise<unknown>): Promise<void> {
  await deps.db.command({ collMod: collection, validator: { refuseAll: { $exists: true } } });
  try {
    await expect(attempt()).rejects.toThrow(/validation/i);
  } finally {
    await deps.db.command({ collMod: collection, validator: {} });
  }
}

test("messages, conversation, cursor and job are written, once", async () => {
  expect(await store(batchOf(text("71", "Hello"), text("72", "Open today?")))).toBe(true);
  expect((await stored()).map((message) => message.text)).toEqual(["Hello", "Open today?"]);
  expect(await conversation()).toMatchObject({ contextToken: "token-of-72", credits: 10 });
  expect(await cursor()).toBe("after-72");
  const [, last] = await stored();
  expect(deps.jobs).toMatchObject([{ do: "answer", ref: last?._id }]);
});

describe("a crash between two writes", () => {
  const steps = ["messages", "conversations", "accounts"] as const;

  test.each(steps)("before %s: what comes after was not written", async (collection) => {
    await whileRefused(collection, () => store(batchOf(text("71", "Hello"))));
    expect(await cursor()).toBe("");
    expect(deps.jobs).toEqual([]);
    expect(await stored()).toHaveLength(collection === "messages" ? 0 : 1);
    expect((await conversation()) !== null).toBe(collection === "accounts");
  });

  test.each(steps)(
    "before %s: the same poller tries again and pushes the job",
    async (collection) => {
      const batch = batchOf(text("71", "Hello"));
      const pusher = createPusher(deps);
      await whileRefused(collection, () => store(batch, pusher));
      expect(await store(batch, pusher)).toBe(true);
      const [message, ...others] = await stored();
      expect(others).toEqual([]);
      expect(await conversation()).toMatchObject({ contextToken: "token-of-71" });
      expect(await cursor()).toBe("after-71");
      expect(deps.jobs).toMatchObject([{ ref: message?._id }]);
    },
  );

  test.each(steps)(
    "before %s: the next poller mends it when WeChat replays",
    async (collection) => {
      await whileRefused(collection, () => store(batchOf(text("71", "Hello"))));
      expect(await store(batchOf(text("71", "Hello")))).toBe(true);
      const [message, ...others] = await stored();
      expect(others).toEqual([]);
      expect(await conversation()).toMatchObject({ contextToken: "token-of-71", credits: 10 });
      expect(await cursor()).toBe("after-71");
      // Whoever did not store the message does not push it; the retry Lambda finds what was forgotten.
      const forgotten = await listForgotten();
      const isPushed = deps.jobs.some(({ ref }) => ref === message?._id);
      expect(isPushed || forgotten.includes(message?._id ?? "")).toBe(true);
    },
  );

  test("before the job: the message waits and the retry Lambda will find it", async () => {
    deps.queue.push = () => Promise.reject(new Error("The queue is away."));
    expect(await store(batchOf(text("71", "Hello")))).toBe(true);
    const [message] = await stored();
    const forgotten = await listForgotten();
    expect(forgotten).toContain(message?._id);
  });
});

describe("a late holder", () => {
  test("stores what it was given once, whoever stores it as well, and is told to stop", async () => {
    const late = batchOf(text("71", "Hello"));
    const accounts = deps.db.collection<Account>("accounts");
    await accounts.updateOne({ _id: account._id }, { $set: { "lease.id": "lse_2" } });
    expect(await store(late)).toBe(false);
    expect(await stored()).toHaveLength(1);
    expect(await cursor()).toBe("");
    expect(deps.jobs).toHaveLength(1);
    const next = newBatch({
      ref: { ...holder(), leaseId: "lse_2" },
      messages: [text("71", "Hello")],
      cursor: "after-71",
    });
    expect(await store(next)).toBe(true);
    expect(await stored()).toHaveLength(1);
    expect(deps.jobs).toHaveLength(1);
  });

  test("of a login that is over: kept with that reason, and never answered", async () => {
    const late = batchOf(text("71", "Hello"));
    const accounts = deps.db.collection<Account>("accounts");
    await accounts.updateOne({ _id: account._id }, { $inc: { generation: 1 } });
    expect(await store(late)).toBe(false);
    const [message] = await stored();
    expect(message).toMatchObject({ text: "Hello", unansweredReason: "old_login" });
    expect(message).not.toHaveProperty("waiting");
    expect(deps.jobs).toEqual([]);
  });
});

describe("copies of a message", () => {
  const copies: [string, Partial<WechatMessage>][] = [
    ["the same again", {}],
    ["another id", { message_id: "99", raw: { message_id: "99" } }],
    ["another context token", { message_id: "98", context_token: "token-of-copy" }],
    ["an empty id", { message_id: "" }],
  ];

  test.each(copies)(
    "%s: stored once, and neither credits nor token are renewed",
    async (_how, changed) => {
      // WeChat's clock may be ahead of ours: then our own first receipt is what counts.
      const ahead = { create_time_ms: deps.clock.now().getTime() + 60_000 };
      const original = text("71", "Hello", ahead);
      await store(batchOf(original));
      const conversations = deps.db.collection<Conversation>("conversations");
      await conversations.updateMany({}, { $set: { credits: 3 } });
      await deps.clock.advance(5_000);
      await store(batchOf({ ...original, ...changed }));
      expect(await stored()).toHaveLength(1);
      expect(deps.jobs).toHaveLength(1);
      expect(await conversation()).toMatchObject({ credits: 3, contextToken: "token-of-71" });
    },
  );

  test("without a time, the same id is enough", async () => {
    const original = { ...text("71", "Hello"), create_time_ms: undefined };
    await store(batchOf(original));
    await deps.db.collection("conversations").updateMany({}, { $set: { credits: 3 } });
    await deps.clock.advance(5_000);
    await store(batchOf(original));
    expect(await stored()).toHaveLength(1);
    expect(await conversation()).toMatchObject({ credits: 3 });
  });

  test("in one answer: stored once", async () => {
    await store(batchOf(text("71", "Hello"), text("71", "Hello"), text("72", "Bye")));
    expect((await stored()).map((message) => message.text)).toEqual(["Hello", "Bye"]);
  });

  test("a contact's own repeat is another message, with a job and credits of its own", async () => {
    await store(batchOf(text("71", "Hello")));
    await deps.db.collection("conversations").updateMany({}, { $set: { credits: 3 } });
    await deps.clock.advance(2_000);
    await store(batchOf(text("72", "Hello")));
    expect(await stored()).toHaveLength(2);
    expect(deps.jobs).toHaveLength(2);
    expect(await conversation()).toMatchObject({ credits: 10, contextToken: "token-of-72" });
  });
});
