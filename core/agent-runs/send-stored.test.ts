import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { suspend } from "#core/accounts/change-account.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { answerOf, openChat, partsFrom, type Chat } from "#test/chat.ts";
import { operator } from "#test/records.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { AgentRun } from "./agent-run.ts";

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

async function loginExpires(): Promise<void> {
  await expireLogin(hub.deps, { accountId: chat.account._id, generation: 1 });
}

/** As a new scan leaves it; for WeChat the login never ended here. */
async function loginComesBack(): Promise<void> {
  const accountId = chat.account._id;
  const set = { status: "approved", statusBeforeExpiry: null } as const;
  await db().collection<Account>("accounts").updateOne({ _id: accountId }, { $set: set });
  const woken = { accountId, code: "login_expired", now: hub.deps.clock.now() };
  await outboundStore(db()).wakeParked(woken);
}

describe("an answer under way when the login ends", () => {
  test("is parked without asking WeChat, and goes on where it stopped after the next login", async () => {
    chat.failSends(throttle, { nth: 2 });
    await chat.isAnswered("hello", answerOf(3));
    await loginExpires();
    await chat.look();
    expect(await chat.chunkStates()).toEqual(["accepted", "parked", "queued"]);
    expect(await chat.runStatuses()).toEqual(["parked"]);
    expect(chat.attempts()).toHaveLength(2);

    await chat.look();
    await loginComesBack();
    await chat.look();
    expect(chat.readsParts()).toEqual(partsFrom(1, 3));
    expect(await chat.runStatuses()).toEqual(["sent"]);
  });

  test("is parked as well when it was fixed and not yet stored", async () => {
    await chat.isAnswered("hello", "Hi!");
    const [sent] = await chat.runs();
    const again: Partial<AgentRun> = {
      status: "sending",
      unfinished: true,
      outboundMessageId: hub.deps.newId("message"),
    };
    await db().collection("messages").deleteMany({ conversationId: chat.conversationId });
    await db()
      .collection<AgentRun>("agent_runs")
      .updateOne({ _id: sent?._id ?? "" }, { $set: again });
    await loginExpires();
    await chat.look();
    expect(await chat.chunkStates()).toEqual(["parked"]);
    expect(await chat.runStatuses()).toEqual(["parked"]);
  });

  test("keeps what else the contact wrote waiting", async () => {
    chat.failSends(throttle);
    await chat.isAnswered("hello", "Hi!");
    const job = await chat.writes("And tea?");
    await loginExpires();
    await hub.work(job);
    await loginComesBack();
    await chat.look();
    expect(chat.reads()).toEqual(["Hi!", "Hermes: And tea?"]);
  });
});

describe("a parked answer", () => {
  test("ends with its run when the account is suspended", async () => {
    await chat.isAnswered("Tell me all", answerOf(11));
    await suspend(hub.deps, operator, chat.account._id);
    await hub.work(await chat.writes("继续"));
    expect((await chat.chunkStates()).slice(9)).toEqual(["dead", "dead"]);
    const [run] = await chat.runs();
    expect(run).toMatchObject({
      status: "error",
      error: expect.stringContaining("account.unavailable"),
    });
    expect(chat.reads()).toHaveLength(10);
  });
});

test("an answer whose last note was lost is called sent by whoever looks next", async () => {
  await chat.isAnswered("hello", "Hi!");
  const [sent] = await chat.runs();
  await db()
    .collection<AgentRun>("agent_runs")
    .updateOne({ _id: sent?._id ?? "" }, { $set: { status: "sending", unfinished: true } });
  await chat.look();
  expect(await chat.runStatuses()).toEqual(["sent"]);
  expect(chat.attempts()).toHaveLength(1);
  expect((await agentRunStore(db()).get(sent?._id ?? "")).acceptedAt).not.toBeNull();
  expect((await accountStore(db()).get(chat.account._id)).status).toBe("approved");
});
