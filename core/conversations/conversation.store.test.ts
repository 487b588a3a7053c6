import { beforeEach, describe, expect, test } from "vitest";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import { LeaseLostError, RequestError } from "#core/shared/errors.ts";
import { conversationIdOf } from "#core/shared/ids.ts";
import { openConversation } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { creditsPerInbound, hermesSessionId, type Conversation } from "./conversation.ts";
import { conversationStore, type InboundStep } from "./conversation.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const store = conversationStore(db());
const now = deps.clock.now();
const hourMs = 3_600_000;

let id: string;
let accounts = 0;
let step: InboundStep;
beforeEach(() => {
  const accountId = `acc_${(accounts += 1)}`;
  id = conversationIdOf(accountId, "oContact@im.wechat");
  step = {
    conversationId: id,
    accountId,
    userId: "oContact@im.wechat",
    generation: 1,
    contextToken: "token-1",
    sessionId: "session-1",
    sentAt: now,
    text: "hello",
    now,
  };
});

async function insert(changed: Partial<Conversation> = {}): Promise<Conversation> {
  const { accountId, userId } = step;
  const conversation = openConversation(deps, accountId, { userId, ...changed });
  await db().collection<Conversation>("conversations").insertOne(conversation);
  return conversation;
}

describe("a contact's message", () => {
  test("opens the conversation with all credits", async () => {
    await store.noteInbound([step]);
    expect(await store.get(id)).toMatchObject({
      _id: id,
      accountId: step.accountId,
      userId: "oContact@im.wechat",
      contextToken: "token-1",
      credits: creditsPerInbound,
      lastInboundAt: now,
      generation: 1,
      turn: null,
      version: 1,
    });
  });

  test("renews token, window and credits, and nothing that people set", async () => {
    await insert({ credits: 2, creditClientIds: ["chk_1"], alias: "Mrs Li", takenOverBy: "mei" });
    const sentAt = plusSeconds(now, 60);

    await store.noteInbound([{ ...step, sentAt, contextToken: "token-2", generation: 2 }]);

    expect(await store.get(id)).toMatchObject({
      contextToken: "token-2",
      generation: 2,
      credits: creditsPerInbound,
      creditClientIds: [],
      lastInboundAt: sentAt,
      alias: "Mrs Li",
      takenOverBy: "mei",
    });
  });

  test.each([
    ["that is brought again", {}],
    ["that is brought again with another token", { contextToken: "token-2" }],
    ["that is older than the last", { sentAt: plusSeconds(now, -1), contextToken: "token-0" }],
    ["of an older login", { sentAt: plusSeconds(now, 60), generation: 0, contextToken: "token-0" }],
  ])("%s changes nothing", async (_which, changed: Partial<InboundStep>) => {
    const before = await insert({ credits: 3, creditClientIds: ["chk_1", "chk_2"] });
    await store.noteInbound([{ ...step, ...changed }]);
    expect(await store.get(id)).toEqual(before);
  });

  test("is noted although others in the same batch change nothing", async () => {
    await insert({ credits: 3 });
    const userId = "oOther@im.wechat";
    const other = { ...step, userId, conversationId: conversationIdOf(step.accountId, userId) };

    await store.noteInbound([step, other]);

    expect((await store.get(other.conversationId)).credits).toBe(creditsPerInbound);
    expect((await store.get(id)).credits).toBe(3);
  });

  test("opens one conversation however many pollers note it at once", async () => {
    await Promise.all(Array.from({ length: 10 }, () => store.noteInbound([step])));
    expect(await store.get(id)).toMatchObject({ version: 1, credits: creditsPerInbound });
  });
});

describe("the turn", () => {
  const turn = (turnId: string, at = now) => ({
    conversationId: id,
    turnId,
    now: at,
    expiresAt: plusSeconds(at, 150),
  });

  test("goes to one of twenty invocations that come at once", async () => {
    await insert();
    const got = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.takeTurn(turn(`trn_${index}`))),
    );
    expect(got.filter((each) => each === "taken")).toHaveLength(1);
    expect(got.filter((each) => each === "held")).toHaveLength(19);
  });

  test("is free again when its holder gave it back or died, not before", async () => {
    await insert();
    await store.takeTurn(turn("trn_a"));
    expect(await store.takeTurn(turn("trn_b", plusSeconds(now, 149)))).toBe("held");
    expect(await store.takeTurn(turn("trn_b", plusSeconds(now, 150)))).toBe("taken");

    await store.releaseTurn({ conversationId: id, turnId: "trn_a", settled: true });
    expect((await store.get(id)).turn?.id).toBe("trn_b");
    await store.releaseTurn({ conversationId: id, turnId: "trn_b", settled: true });
    expect(await store.takeTurn(turn("trn_c"))).toBe("taken");
  });

  test("of a conversation that is not there is unknown", async () => {
    expect(await store.takeTurn(turn("trn_a"))).toBe("unknown");
    await expect(store.get(id)).rejects.toThrow(RequestError);
  });

  test("ends the outage for the contact only when nothing waits any more", async () => {
    await insert({ noticeAt: now, turn: { id: "trn_a", expiresAt: plusSeconds(now, 150) } });
    await store.releaseTurn({ conversationId: id, turnId: "trn_a", settled: false });
    expect((await store.get(id)).noticeAt).toEqual(now);

    await store.takeTurn(turn("trn_b"));
    await store.releaseTurn({ conversationId: id, turnId: "trn_b", settled: true });
    expect((await store.get(id)).noticeAt).toBeNull();
  });
});

describe("a credit", () => {
  const held = { turn: { id: "trn_a", expiresAt: plusSeconds(now, 150) } };
  type Changed = { isNotice?: boolean; ageNow?: Date; keep?: number };
  const take = (clientId: string, changed: Changed = {}) =>
    store.takeCredit({
      conversationId: id,
      turnId: "trn_a",
      clientId,
      isNotice: false,
      now,
      ageNow: now,
      ...changed,
    });

  test("is taken once per chunk, however often and at once it is tried", async () => {
    await insert({ ...held, credits: 5 });
    await take("chk_1");
    await Promise.all(Array.from({ length: 10 }, () => take("chk_1")));
    await take("chk_2");
    expect(await store.get(id)).toMatchObject({
      credits: 3,
      creditClientIds: expect.arrayContaining(["chk_1", "chk_2"]),
    });
  });

  test("goes no further than to none, of twenty who want one at once", async () => {
    await insert({ ...held, credits: 3 });
    const got = await Promise.all(Array.from({ length: 20 }, (_, n) => take(`chk_${n}`)));
    expect(got.filter(({ status }) => status === "taken")).toHaveLength(3);
    expect((await store.get(id)).credits).toBe(0);
  });

  test("that was taken stays so when none is left, until the window shuts", async () => {
    await insert({ ...held, credits: 1 });
    await take("chk_1");
    expect((await take("chk_1")).status).toBe("taken");
    expect(await take("chk_2")).toMatchObject({ status: "shut", why: "credits" });
    const late = await take("chk_1", { ageNow: plusMs(now, 25 * hourMs) });
    expect(late).toMatchObject({ status: "shut", why: "window" });
  });

  test("is refused where as many must be kept for what matters more", async () => {
    await insert({ ...held, credits: 2 });
    expect((await take("chk_1", { keep: 1 })).status).toBe("taken");
    const refused = await take("chk_2", { keep: 1 });
    expect(refused).toMatchObject({ status: "shut", why: "credits", conversation: { credits: 1 } });
    expect((await take("chk_1", { keep: 1 })).status).toBe("taken");
    expect((await take("chk_3")).status).toBe("taken");
    expect((await store.get(id)).credits).toBe(0);
  });

  test("is refused from the moment that 24 h have passed since the contact wrote", async () => {
    await insert(held);
    const lastMoment = await take("chk_1", { ageNow: plusMs(now, 24 * hourMs - 1) });
    expect(lastMoment.status).toBe("taken");
    const shut = await take("chk_2", { ageNow: plusMs(now, 24 * hourMs) });
    expect(shut).toMatchObject({ status: "shut", why: "window" });
    expect((await store.get(id)).credits).toBe(creditsPerInbound - 1);
  });

  test("is refused where a person took the conversation over", async () => {
    await insert({ ...held, takenOverBy: "mei" });
    expect(await take("chk_1")).toMatchObject({ status: "shut", why: "taken_over" });
  });

  test("for a notice notes that the contact was told", async () => {
    await insert(held);
    await take("chk_1");
    expect((await store.get(id)).noticeAt).toBeNull();
    await take("chk_2", { isNotice: true });
    expect((await store.get(id)).noticeAt).toEqual(now);
  });

  test("is not given to an invocation that lost its turn", async () => {
    await insert({ turn: { id: "trn_b", expiresAt: plusSeconds(now, 150) } });
    await expect(take("chk_1")).rejects.toThrow(LeaseLostError);
    expect((await store.get(id)).credits).toBe(creditsPerInbound);
  });
});

test("each conversation has a Hermes session of its own, and a fresh one when asked for", () => {
  const session = { _id: "cnv_1", hermesSession: 1 };
  expect(hermesSessionId(session)).not.toBe(hermesSessionId({ ...session, _id: "cnv_2" }));
  expect(hermesSessionId(session)).not.toBe(hermesSessionId({ ...session, hermesSession: 2 }));
});
