import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { beginFreshSession } from "#core/conversations/change-conversation.ts";
import { compose } from "#core/sending/compose.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { operator } from "#test/records.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import type { AgentRun } from "./agent-run.ts";

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

async function asks(text: string): Promise<void> {
  await hub.work(await contact.writes(text));
}

/** What Hermes was asked in this conversation, as it reads it. */
function heard(): string[] {
  const mine = ({ sessionId }: { sessionId: string }) =>
    sessionId.startsWith(contact.conversationId);
  return hub.hermes
    .executions()
    .filter(mine)
    .map(({ text }) => text);
}

function setPolicy(policyId: string) {
  return db()
    .collection<Account>("accounts")
    .updateOne({ _id: account._id }, { $set: { policyId } });
}

/** A reviewer approves the newest draft, with other words if there are some. */
async function approves(editedText?: string): Promise<void> {
  const draft = (await contact.runs()).at(-1);
  const review = {
    approvedBy: "mei",
    approvedAt: hub.deps.clock.now(),
    sendAt: hub.deps.clock.now(),
  };
  const set = Object.fromEntries(Object.entries(review).map(([k, v]) => [`review.${k}`, v]));
  await db()
    .collection<AgentRun>("agent_runs")
    .updateOne(
      { _id: draft?._id ?? "" },
      {
        $set: { ...set, ...(editedText === undefined ? {} : { "review.editedText": editedText }) },
      },
    );
  const { conversationId } = contact;
  await hub.work({
    jobId: hub.deps.newId("job"),
    conversationId,
    do: "send",
    ref: draft?._id ?? "",
  });
}

async function personWrites(text: string): Promise<void> {
  const id = hub.deps.newId("message");
  const { conversationId, userId } = contact;
  const message = compose(hub.deps, {
    id,
    kind: "operator",
    text,
    accountId: account._id,
    conversationId,
    userId,
    runId: null,
    onceKey: id,
    author: "mei",
  });
  await outboundStore(db()).insert(message);
  await hub.work({ jobId: hub.deps.newId("job"), conversationId, do: "send", ref: id });
}

describe("Hermes knows what the contact really read", () => {
  test("a draft edited from Monday to Tuesday puts Tuesday into the next question, once", async () => {
    await setPolicy("manual-review");
    hub.hermes.scriptNext({ kind: "ok", text: "Come on Monday." }, { textIncludes: "When" });
    await asks("When may I come?");
    await approves("Come on Tuesday.");
    expect(contact.reads()).toEqual(["Come on Tuesday."]);

    await asks("At nine?");
    await approves();
    await asks("Thank you");
    expect(heard()).toEqual([
      "When may I come?",
      '[Note from the team, not from the contact: Your answer to "When may I come?" was changed before it went out. The contact read: "Come on Tuesday."]\n\nAt nine?',
      "Thank you",
    ]);
    expect((await contact.runs()).map(({ inputText }) => inputText)).toEqual([
      "When may I come?",
      "At nine?",
      "Thank you",
    ]);
  });

  test("what a person wrote in between comes before the next question, once, also if that fails", async () => {
    await asks("one");
    await personWrites("This is Mei: we are closed on Friday.");
    hub.hermes.scriptNext({ kind: "failed-with-text" }, { textIncludes: "two" });
    await asks("two");
    const [, failed] = await contact.runs();
    expect(failed).toMatchObject({ status: "retry_pending", inputText: "two" });
    const { conversationId } = contact;
    const ref = failed?._id ?? "";
    await hub.work({ jobId: hub.deps.newId("job"), conversationId, do: "retry", ref });
    await asks("three");
    const told =
      '[Note from the team, not from the contact: A person wrote to the contact: "This is Mei: we are closed on Friday."]\n\ntwo';
    expect(heard()).toEqual(["one", told, told, "three"]);
  });

  test("what was rejected or lies with a person is told too", async () => {
    await setPolicy("manual-review");
    await asks("one");
    await db()
      .collection<AgentRun>("agent_runs")
      .updateOne(
        { _id: (await contact.runs())[0]?._id ?? "" },
        { $set: { status: "rejected" }, $unset: { draft: true } },
      );
    await asks("two");
    expect(heard().at(-1)).toContain('"one" was rejected by a person and not sent.');
  });

  test("a Hermes that keeps nothing is told nothing", async () => {
    await db()
      .collection<{ _id: string; memory: string }>("policies")
      .updateOne({ _id: "auto" }, { $set: { memory: "none" } });
    await asks("one");
    await personWrites("Mei here");
    await asks("two");
    await db()
      .collection<{ _id: string; memory: string }>("policies")
      .updateOne({ _id: "auto" }, { $set: { memory: "conversation" } });
    expect(heard()).toEqual(["one", "two"]);
    const sessions = (await contact.runs()).map(({ hermesSessionId }) => hermesSessionId);
    expect(new Set(sessions).size).toBe(2);
  });
});

describe("a fresh session", () => {
  test("begins with the next question and knows nothing of the old one", async () => {
    await asks("one");
    await personWrites("Mei here");
    await beginFreshSession(hub.deps, operator, contact.conversationId, 1);
    await asks("two");
    expect(heard()).toEqual(["one", "two"]);
    const sessions = (await contact.runs()).map(({ hermesSessionId }) => hermesSessionId);
    expect(sessions).toEqual([`${contact.conversationId}-1`, `${contact.conversationId}-2`]);
  });
});

test("a run tells when it was queued, asked, answered, sent and accepted, and what it cost", async () => {
  hub.hermes.scriptNext(
    { kind: "media", text: "Here it is.", imageBytes: 300_000 },
    { textIncludes: "picture" },
  );
  await asks("a picture, please");
  const [run] = await contact.runs();
  const times = [
    run?.createdAt,
    run?.hermesStartedAt,
    run?.hermesEndedAt,
    run?.firstSentAt,
    run?.acceptedAt,
  ].map((at) => at?.getTime() ?? Number.NaN);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(run).toMatchObject({
    status: "sent",
    outputText: "Here it is.",
    usage: { total_tokens: expect.any(Number) },
    responseId: expect.stringMatching(/^chatcmpl-/),
    attempts: [
      { class: "answer", row: null, startedAt: expect.any(Date), endedAt: expect.any(Date) },
    ],
    rawResponse: { isCut: true, characters: expect.any(Number) },
    media: { refs: [], dataUrls: [], dropped: 1 },
  });
  expect(JSON.stringify(run?.rawResponse).length).toBeLessThan(100_000);
});

test("an answer that Hermes did not finish says so", async () => {
  hub.hermes.scriptNext({ kind: "partial", text: "Once upon a time" }, { textIncludes: "tale" });
  await asks("a tale");
  expect(contact.reads()[0]).toMatch(/^Once upon a time\s+\[This answer is not complete\./);
});
