import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defaultContinueText } from "#core/policies/continue-words.ts";
import { awayNotice, type Policy } from "#core/policies/policy.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { answerOf, openChat, partsFrom, type Chat } from "#test/chat.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

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

const fill = (state: string, count: number) => Array.from({ length: count }, () => state);

describe("an answer longer than the credits", () => {
  test("fills all but one, which offers the rest", async () => {
    await chat.isAnswered("Tell me all", answerOf(12));

    expect(chat.readsParts()).toEqual([...partsFrom(1, 9), defaultContinueText]);
    expect(await chat.chunkStates()).toEqual([
      ...fill("accepted", 9),
      "parked",
      ...fill("queued", 2),
    ]);
    expect(await chat.runStatuses()).toEqual(["parked"]);
    expect((await chat.conversation()).credits).toBe(0);
  });

  test("of as many bubbles as there are credits needs no offer", async () => {
    await chat.isAnswered("Tell me all", answerOf(10));
    expect(chat.readsParts()).toEqual(partsFrom(1, 10));
    expect(await chat.runStatuses()).toEqual(["sent"]);
  });

  test("goes on when the contact says so, and the word is no question", async () => {
    await chat.isAnswered("Tell me all", answerOf(12));
    const asked = hub.questions();
    await hub.work(await chat.writes("继续。"));

    expect(chat.readsParts().slice(10)).toEqual(partsFrom(10, 12));
    expect(await chat.runStatuses()).toEqual(["sent"]);
    expect(hub.questions()).toBe(asked);
    const [, word] = await chat.inbound();
    expect(word).toMatchObject({ unansweredReason: "continue_word", runId: null });
    expect(word).not.toHaveProperty("waiting");
  });

  test("goes on before the answer to anything else that the contact writes", async () => {
    await chat.isAnswered("Tell me all", answerOf(11));
    await hub.work(await chat.writes("And tea?"));
    expect(chat.readsParts().slice(10)).toEqual([...partsFrom(10, 11), "Hermes: And tea?"]);
    expect(await chat.runStatuses()).toEqual(["sent", "sent"]);
  });

  test("is offered again as often as it takes", async () => {
    await chat.isAnswered("Tell me all", answerOf(12));
    const job = await chat.writes("more");
    await chat.setConversation({ credits: 2 });
    await hub.work(job);
    expect(chat.readsParts().slice(10)).toEqual(["part 10", defaultContinueText]);
    await hub.work(await chat.writes("more"));
    expect(chat.readsParts().slice(12)).toEqual(["part 11", "part 12"]);
    expect(await chat.runStatuses()).toEqual(["sent"]);
    expect(await chat.outbound("offer")).toHaveLength(2);
  });

  test("is offered and asked for in the policy's own words", async () => {
    const words = { continueText: "Weiterlesen? Antworte: weiter", continueWords: ["weiter"] };
    await db().collection<Policy>("policies").updateOne({ _id: "auto" }, { $set: words });
    try {
      await chat.isAnswered("Tell me all", answerOf(11));
      expect(chat.readsParts().at(-1)).toBe("Weiterlesen? Antworte: weiter");
      await hub.work(await chat.writes("Weiter!"));
      expect(chat.readsParts().slice(10)).toEqual(partsFrom(10, 11));
    } finally {
      const unset = { continueText: true, continueWords: true } as const;
      await db().collection<Policy>("policies").updateOne({ _id: "auto" }, { $unset: unset });
    }
  });

  test("goes on while Hermes is away, before the notice about that", async () => {
    await chat.isAnswered("Tell me all", answerOf(11));
    await hub.hermes.off();
    await hub.work(await chat.writes("And tea?"));
    await hub.hermes.on();
    expect(chat.readsParts().slice(10)).toEqual([...partsFrom(10, 11), awayNotice]);
    await db().collection("hermes").deleteMany({});
  });

  test("uses the credits that come with what the contact writes meanwhile", async () => {
    hub.hermes.scriptNext({ kind: "ok", text: answerOf(12) }, { textIncludes: "Tell me all" });
    const working = hub.work(await chat.writes("Tell me all"));
    await hub.wechat.waitFor(() => chat.reads().length >= 5);
    await chat.writes("I am reading");
    await working;
    expect(chat.readsParts().slice(0, 12)).toEqual(partsFrom(1, 12));
    expect(await chat.outbound("offer")).toEqual([]);
  });
});

describe("a word like 继续", () => {
  test("is a question when no rest is on offer", async () => {
    await chat.isAnswered("继续", "Where were we?");
    expect(chat.reads()).toEqual(["Where were we?"]);
  });

  test("is a question when the parked answer was never offered", async () => {
    await chat.isAnswered("hello", "Hi!");
    hub.hermes.scriptNext({ kind: "ok", text: "Late." }, { textIncludes: "slow" });
    const job = await chat.writes("slow");
    await chat.setConversation({ credits: 0 });
    await hub.work(job);
    expect(await chat.runStatuses()).toEqual(["sent", "parked"]);
    await hub.work(await chat.writes("继续"));
    expect(chat.reads()).toEqual(["Hi!", "Late.", "Hermes: 继续"]);
  });
});

describe("when the ledger says no", () => {
  test("nothing is sent after 24 h, and the answer goes out with the contact's next message", async () => {
    hub.hermes.scriptNext({ kind: "ok", text: "Late." }, { textIncludes: "hello" });
    const job = await chat.writes("hello");
    await chat.setConversation({ lastInboundAt: plusSeconds(hub.deps.clock.ageNow(), -24 * 3600) });
    await hub.work(job);
    expect(chat.attempts()).toEqual([]);
    expect(await chat.chunkStates()).toEqual(["parked"]);
    expect((await chat.outbound("answer"))[0]?.chunks[0]).toMatchObject({
      code: "window",
      attempts: 0,
    });

    await chat.look();
    expect(chat.attempts()).toEqual([]);
    await hub.work(await chat.writes("Are you there?"));
    expect(chat.reads()).toEqual(["Late.", "Hermes: Are you there?"]);
    expect(await chat.runStatuses()).toEqual(["sent", "sent"]);
  });

  test("a notice is skipped rather than parked, and leaves the last credit to the answer", async () => {
    await hub.hermes.off();
    const job = await chat.writes("hello");
    await chat.setConversation({ credits: 1 });
    await hub.work(job);
    expect(chat.reads()).toEqual([]);
    const [notice] = await chat.outbound("notice");
    expect(notice?.chunks).toEqual([
      expect.objectContaining({ state: "skipped", code: "credits" }),
    ]);
    expect(notice).not.toHaveProperty("open");

    await hub.hermes.on();
    await db().collection("hermes").deleteMany({});
    hub.deps.clock.moveOn(3_600_000);
    await chat.look();
    expect(chat.reads()).toEqual(["Hermes: hello"]);
  });

  test("nothing of ours goes out where a person took the conversation over", async () => {
    hub.hermes.scriptNext({ kind: "ok", text: answerOf(3) }, { textIncludes: "hello" });
    const working = hub.work(await chat.writes("hello"));
    await hub.wechat.waitFor(() => chat.reads().length === 1);
    await chat.setConversation({ takenOverBy: "mei" });
    await working;
    expect(chat.readsParts().length).toBeLessThan(3);
    expect((await chat.chunkStates()).at(-1)).toBe("dead");
    const [run] = await chat.runs();
    expect(run).toMatchObject({ status: "cancelled", cancelReason: "taken_over" });
  });
});
