import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { workConversation } from "#core/agent-runs/work-conversation.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { LeaseLostError } from "#core/shared/errors.ts";
import { answerOf, lookAgain, openChat, partsFrom, type Chat } from "#test/chat.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { outboundStore } from "./outbound.store.ts";
import { createPace } from "./pace.ts";
import { sendOutbound } from "./send-outbound.ts";

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

const throttle = { kind: "refuse", ret: -2, errmsg: "rate limited" } as const;

describe("a throttle", () => {
  test("is waited out: no try before its time, then the same bubble for the same credit", async () => {
    chat.failSends(throttle);
    await chat.isAnswered("hello", answerOf(2));
    expect(await chat.chunkStates()).toEqual(["queued", "queued"]);
    expect(await chat.runStatuses()).toEqual(["sending"]);
    await chat.look();
    await hub.work(await chat.writes("hello?"));
    expect(chat.attempts()).toHaveLength(1);

    hub.deps.clock.moveOn(61_000);
    await chat.look();
    expect(chat.readsParts()).toEqual(["part 1", "part 2", "Hermes: hello?"]);
    expect(
      chat
        .attempts()
        .map(({ clientId }) => clientId)
        .slice(0, 2),
    ).toEqual([chat.attempts()[0]?.clientId, chat.attempts()[0]?.clientId]);
    expect((await chat.conversation()).credits).toBe(7);
    expect((await chat.outbound("answer"))[0]?.chunks[0]).toMatchObject({
      attempts: 2,
      code: null,
    });
  });

  test("that never ends parks the answer until the contact writes, and no job changes that", async () => {
    chat.failSends(throttle, { times: 10 });
    await chat.isAnswered("hello", "At last.");
    for (let tries = 1; tries < 10; tries++) {
      hub.deps.clock.moveOn(901_000);
      await chat.look();
    }
    expect(await chat.chunkStates()).toEqual(["parked"]);
    hub.deps.clock.moveOn(901_000);
    await chat.look();
    expect(chat.attempts()).toHaveLength(10);
    await hub.work(await chat.writes("hello?"));
    expect(chat.reads()).toEqual(["At last.", "Hermes: hello?"]);
  });

  test("on the offer is waited out, unless the contact writes before", async () => {
    chat.failSends({ kind: "refuse", ret: -2, errmsg: "rate limited" }, { nth: 10 });
    await chat.isAnswered("Tell me all", answerOf(11));
    expect(chat.readsParts()).toEqual(partsFrom(1, 9));
    await hub.work(await chat.writes("What now?"));
    expect(chat.readsParts()).toEqual([...partsFrom(1, 11), "Hermes: What now?"]);
    expect((await chat.outbound("offer"))[0]?.chunks[0]?.state).toBe("skipped");
  });
});

describe("a bubble whose fate is unknown", () => {
  test.each(["commit-then-disconnect", "drop-connection", "html", "not-json"] as const)(
    "(%s) is repeated at once as the same bubble",
    async (kind) => {
      chat.failSends({ kind });
      await chat.isAnswered("hello", "Once only.");
      expect(chat.reads()).toEqual(["Once only."]);
      expect(await chat.runStatuses()).toEqual(["sent"]);
      expect(new Set(chat.attempts().map(({ clientId }) => clientId)).size).toBe(1);
      expect((await chat.conversation()).credits).toBe(9);
    },
  );

  test("waits after the repeat, and is given up at last", async () => {
    chat.failSends({ kind: "drop-connection" }, { times: null });
    await chat.isAnswered("hello", answerOf(2));
    expect(await chat.chunkStates()).toEqual(["queued", "queued"]);
    await chat.look();
    for (let tries = 0; tries < 9; tries++) {
      hub.deps.clock.moveOn(901_000);
      await chat.look();
    }
    expect(await chat.chunkStates()).toEqual(["dead", "dead"]);
    const [run] = await chat.runs();
    expect(run).toMatchObject({ status: "error", error: expect.stringContaining("network") });
  });

  test("is repeated by the next invocation when this one died between WeChat's yes and our note", async () => {
    await chat.isAnswered("hello", answerOf(2));
    const [answer] = await chat.outbound("answer");
    const [run] = await chat.runs();
    // As a killed Lambda leaves it: WeChat has both bubbles, and we know of one.
    await db()
      .collection<OutboundMessage>("messages")
      .updateOne(
        { _id: answer?._id ?? "" },
        { $set: { "chunks.1.state": "sending", "chunks.1.acceptedAt": null, open: "going" } },
      );
    await db()
      .collection<{ _id: string }>("agent_runs")
      .updateOne({ _id: run?._id ?? "" }, { $set: { status: "sending", unfinished: true } });
    await chat.look();
    expect(chat.readsParts()).toEqual(["part 1", "part 2"]);
    expect(await chat.chunkStates()).toEqual(["accepted", "accepted"]);
    expect(await chat.runStatuses()).toEqual(["sent"]);
    expect(chat.attempts()).toHaveLength(3);
    expect((await chat.conversation()).credits).toBe(8);
  });

  test("and whose every try kills the Lambda comes to an end", async () => {
    await chat.isAnswered("hello", "Deadly.");
    const [answer] = await chat.outbound("answer");
    await db()
      .collection<OutboundMessage>("messages")
      .updateOne(
        { _id: answer?._id ?? "" },
        { $set: { "chunks.0.state": "sending", "chunks.0.attempts": 10, open: "going" } },
      );
    await chat.look();
    expect(await chat.chunkStates()).toEqual(["dead"]);
    expect(chat.attempts()).toHaveLength(1);
  });
});

describe("WeChat's yes", () => {
  test("without a message id is unconfirmed, and not tried again", async () => {
    chat.failSends({ kind: "silent-drop" });
    await chat.isAnswered("hello", answerOf(2));
    expect(chat.readsParts()).toEqual(["part 2"]);
    expect(await chat.chunkStates()).toEqual(["unconfirmed", "accepted"]);
    expect(await chat.runStatuses()).toEqual(["sent"]);
    expect((await chat.outbound("answer"))[0]?.chunks[0]).toMatchObject({ wechatMessageId: null });
  });
});

describe("WeChat's no for good", () => {
  test("ends the answer, keeps the raw code and is never repeated", async () => {
    chat.failSends({ kind: "refuse", ret: -3, errmsg: "invalid arguments" }, { nth: 2 });
    await chat.isAnswered("hello", answerOf(3));
    expect(await chat.chunkStates()).toEqual(["accepted", "refused", "dead"]);
    expect((await chat.outbound("answer"))[0]?.chunks[1]).toMatchObject({
      code: "-3",
      attempts: 1,
    });
    const [run] = await chat.runs();
    expect(run).toMatchObject({ status: "error", error: expect.stringContaining("-3") });
    hub.deps.clock.moveOn(3_600_000);
    await chat.look();
    expect(chat.attempts()).toHaveLength(2);
  });
});

describe("the context token", () => {
  const tokens = () => chat.attempts().map(({ contextToken }) => contextToken);

  test("is the newest that the contact's messages brought", async () => {
    await chat.isAnswered("one", "1");
    await chat.isAnswered("two", "2");
    const [first, second] = (await chat.inbound()).map(({ contextToken }) => contextToken);
    expect(tokens()).toEqual([first, second]);
    expect(first).not.toBe(second);
  });

  test("is not echoed by an account that was told so", async () => {
    chat = await openChat(hub, db(), { echoContextToken: false });
    await chat.isAnswered("one", "1");
    expect(tokens()).toEqual([null]);
    expect(chat.reads()).toEqual(["1"]);
  });

  test.each(["prepare failed", "unknown error"])(
    "is left out of one try at once when WeChat says %s",
    async (words) => {
      chat.failSends({ ...throttle, errmsg: words });
      await chat.isAnswered("hello", "Hi!");
      expect(chat.reads()).toEqual(["Hi!"]);
      expect(tokens()).toEqual([expect.any(String), null]);
      expect((await chat.outbound("answer"))[0]?.chunks[0]).toMatchObject({ attempts: 2 });
    },
  );

  test("is back when that was not it, and left out only once", async () => {
    chat.failSends({ ...throttle, errmsg: "prepare failed" }, { times: 3 });
    await chat.isAnswered("hello", "Hi!");
    expect(tokens()).toEqual([expect.any(String), null]);
    for (let tries = 0; tries < 2; tries++) {
      hub.deps.clock.moveOn(901_000);
      await chat.look();
    }
    expect(tokens()).toEqual([expect.any(String), null, expect.any(String), expect.any(String)]);
    expect(chat.reads()).toEqual(["Hi!"]);
  });
});

describe("an invocation", () => {
  test("that ends before the next bubble hands the rest on", async () => {
    chat.failSends(throttle);
    await chat.isAnswered("hello", answerOf(2));
    hub.deps.clock.moveOn(61_000);
    const pushed = hub.deps.jobs.length;
    const endsAt = plusSeconds(hub.deps.clock.now(), 16);
    await workConversation(hub.deps, { version: 1, ...lookAgain(hub, chat) }, endsAt);
    expect(chat.reads()).toEqual([]);
    const [job] = hub.deps.jobs.slice(pushed);
    expect(job).toMatchObject({ do: "resume", conversationId: chat.conversationId });
    if (job) await hub.work(job);
    expect(chat.readsParts()).toEqual(["part 1", "part 2"]);
  });

  test("sends nothing more of a message that somebody ended meanwhile", async () => {
    chat.failSends(throttle);
    await chat.isAnswered("hello", answerOf(2));
    const [message] = await chat.outbound("answer");
    if (!message) throw new Error("There is no answer.");
    await outboundStore(db()).drop(message._id, "dead", "account_gone");

    const now = hub.deps.clock.now();
    const endsAt = plusSeconds(now, 140);
    const held = { conversationId: chat.conversationId, turnId: "trn_test", now };
    await conversationStore(db()).takeTurn({ ...held, expiresAt: endsAt });
    const turn = { id: "trn_test", endsAt, pace: createPace(hub.deps.clock, 0) };
    const work = { turn, account: chat.account, message };
    await expect(sendOutbound(hub.deps, { ...work, isFresh: false })).rejects.toThrow(
      LeaseLostError,
    );
    expect(chat.reads()).toEqual([]);
    // One that was under way when it was ended stops after the bubble that is out.
    await expect(sendOutbound(hub.deps, { ...work, isFresh: true })).rejects.toThrow(
      LeaseLostError,
    );
    expect(chat.readsParts()).toEqual(["part 1"]);
    expect(await chat.chunkStates()).toEqual(["dead", "dead"]);
  });
});
