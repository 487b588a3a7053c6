import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { awayNotice } from "#core/policies/policy.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";
import { lastWord } from "./settle-failure.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db(), { HERMES_MAX_ATTEMPTS: "3" });
});
afterAll(() => hub.stop());

let account: Account;
let contact: Contact;
beforeEach(async () => {
  await db().collection("hermes").deleteMany({});
  // What waits of other stories would be served first.
  await db().collection("agent_runs").deleteMany({ status: "retry_pending" });
  if (!hub.hermes.isOn) await hub.hermes.on();
  account = await hub.addBot();
  contact = hub.addContact(account);
});

function health() {
  return hermesHealthStore(db()).find(hub.deps.settings.hermes.HERMES_API_BASE_URL);
}

/** Hermes is back, and the retry Lambda has seen it. */
async function comesBack(): Promise<void> {
  if (!hub.hermes.isOn) await hub.hermes.on();
  const id = hub.deps.settings.hermes.HERMES_API_BASE_URL;
  await hermesHealthStore(db()).markUp(id, hub.deps.clock.now());
}

async function retryOf(of: Contact): Promise<NewJob> {
  const run = (await of.runs()).find(({ status }) => status === "retry_pending");
  if (!run) throw new Error("No run waits.");
  const { conversationId } = run;
  return { jobId: hub.deps.newId("job"), conversationId, do: "retry", ref: run._id };
}

describe("while Hermes is away", () => {
  test("the contact is told once, word for word, and the message is queued", async () => {
    await hub.hermes.off();
    const job = await contact.writes("Hello");
    await hub.work(job);
    await hub.work(job);

    expect(contact.reads()).toEqual([awayNotice]);
    const [run] = await contact.runs();
    expect(run).toMatchObject({
      status: "retry_pending",
      waitCause: "hermes_down",
      failureCount: 0,
    });
    expect(run?.error).toContain("hermes.unavailable");
    expect(run?.nextAttemptAt).toBeInstanceOf(Date);
    const { conversationId } = contact;
    const stored = await messageStore(db()).list({ conversationId, limit: 1 });
    expect(stored[0]?._id).toBe(run?.queuedReplyMessageId);
    expect(await health()).toMatchObject({ state: "down", cause: "refused" });
  });

  test("later texts wait without another call or notice", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("one"));
    await hub.work(await contact.writes("two"));
    await hub.work(await contact.writes("three"));

    expect(contact.reads()).toEqual([awayNotice]);
    const [run, ...others] = await contact.runs();
    expect(others).toEqual([]);
    expect(run?.attempts).toHaveLength(1);
  });

  test("another contact is told as well, without waiting for Hermes", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("one"));
    const other = hub.addContact(account);
    await hub.work(await other.writes("hello"));

    expect(other.reads()).toEqual([awayNotice]);
    const [run] = await other.runs();
    expect(run).toMatchObject({ status: "retry_pending", attemptCount: 0, attempts: [] });
  });

  test("a policy may say it in its own words", async () => {
    const policies = db().collection<{ _id: string; noticeText?: string }>("policies");
    await policies.updateOne({ _id: "auto" }, { $set: { noticeText: "请稍候。" } });
    await hub.hermes.off();
    await hub.work(await contact.writes("Hello"));
    await policies.updateOne({ _id: "auto" }, { $unset: { noticeText: true } });
    expect(contact.reads()).toEqual(["请稍候。"]);
  });
});

describe("when Hermes is back", () => {
  test("what waited is one question, answered once; the next text is answered as ever", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("one"));
    await hub.work(await contact.writes("two"));
    await comesBack();
    const job = await retryOf(contact);
    await hub.work(job);
    await hub.work(job);

    expect(contact.reads()).toEqual([awayNotice, "Hermes: one\ntwo"]);
    const [run, ...others] = await contact.runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({ status: "sent", inputText: "one\ntwo", error: null });
    expect(run?.messageIds).toHaveLength(2);

    await hub.work(await contact.writes("three"));
    expect(contact.reads().at(-1)).toBe("Hermes: three");
  });

  test("under manual-review the answer still goes to a person only", async () => {
    await db()
      .collection<Account>("accounts")
      .updateOne({ _id: account._id }, { $set: { policyId: "manual-review" } });
    await hub.hermes.off();
    await hub.work(await contact.writes("Hello"));
    await comesBack();
    await hub.work(await retryOf(contact));
    expect(contact.reads()).toEqual([awayNotice]);
    expect((await contact.runs())[0]?.status).toBe("awaiting_review");
  });

  test("and goes away again, the contact is told again", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("one"));
    await comesBack();
    await hub.work(await retryOf(contact));
    await hub.hermes.off();
    await hub.work(await contact.writes("two"));
    expect(contact.reads()).toEqual([awayNotice, "Hermes: one", awayNotice]);
  });

  test("but away again before it answered, the contact is not told twice", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("one"));
    await comesBack();
    await hub.hermes.off();
    await hub.work(await retryOf(contact));
    expect(contact.reads()).toEqual([awayNotice]);
    expect((await contact.runs())[0]).toMatchObject({ status: "retry_pending", failureCount: 0 });
  });

  test("but away again while something still waits, a contact that was told is not told again", async () => {
    const job = await contact.writes("two");
    const noticeAt = hub.deps.clock.now();
    await db()
      .collection<Conversation>("conversations")
      .updateOne({ _id: contact.conversationId }, { $set: { noticeAt } });
    await hub.hermes.off();
    await hub.work(job);
    expect(contact.reads()).toEqual([]);
    expect((await contact.runs())[0]).toMatchObject({
      status: "retry_pending",
      queuedReplyMessageId: null,
    });
  });

  test("a retry that comes while it is still away asks nobody", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("one"));
    const before = await contact.runs();
    await hub.work(await retryOf(contact));
    expect(await contact.runs()).toEqual(before);
  });
});

describe("an outage is", () => {
  test("a wrong key: operators see what is misconfigured, the contact is told, nothing is lost", async () => {
    const { hermes } = hub.deps.settings;
    hub.deps.settings = {
      ...hub.deps.settings,
      hermes: { ...hermes, HERMES_API_KEY: "another-key-of-hermes" },
    };
    await hub.work(await contact.writes("Hello"));
    hub.deps.settings = { ...hub.deps.settings, hermes };

    expect(contact.reads()).toEqual([awayNotice]);
    expect(await health()).toMatchObject({ state: "misconfigured", cause: "wrong_key" });
    expect((await contact.runs())[0]).toMatchObject({ status: "retry_pending", failureCount: 0 });

    await comesBack();
    await hub.work(await retryOf(contact));
    expect(contact.reads().at(-1)).toBe("Hermes: Hello");
  });

  test.each(["server-error", "text"] as const)(
    "no model provider at Hermes, told as %s: counted against no message",
    async (providerAuth) => {
      hub.hermes.configure({ providerAuth });
      hub.hermes.scriptNext({ kind: "provider-auth" }, { textIncludes: "Hello" });
      await hub.work(await contact.writes("Hello"));
      expect(contact.reads()).toEqual([awayNotice]);
      expect((await contact.runs())[0]).toMatchObject({
        status: "retry_pending",
        waitCause: "hermes_down",
        failureCount: 0,
      });
      expect((await health())?.state).toBe("misconfigured");
      await comesBack();
      await hub.work(await retryOf(contact));
      expect(contact.reads().at(-1)).toMatch(/^Hermes: Hello(\n\nHello)?$/);
    },
  );

  test("a restart: the question is asked again", async () => {
    hub.hermes.drain();
    await hub.work(await contact.writes("Hello"));
    expect(contact.reads()).toEqual([awayNotice]);
    hub.hermes.drain(false);
    await comesBack();
    await hub.work(await retryOf(contact));
    expect(contact.reads().at(-1)).toBe("Hermes: Hello");
  });

  test("not a full Hermes: that is a queue, and nobody is told", async () => {
    hub.hermes.configure({ maxConcurrentRuns: 1 });
    const other = hub.addContact(account);
    const first = await contact.writes("one");
    const answer = hub.hermes.holdTurns({ kind: "ok", text: "answer" });
    const working = hub.work(first);
    await hub.hermes.waitFor((sim) => sim.executions().some(({ endedAt }) => endedAt === null));

    await hub.work(await other.writes("two"));
    expect(other.reads()).toEqual([]);
    expect((await other.runs())[0]).toMatchObject({
      status: "retry_pending",
      waitCause: "hermes_full",
      failureCount: 0,
    });

    answer();
    hub.hermes.setAnswer(null);
    await working;
    hub.hermes.configure({ maxConcurrentRuns: 10 });
    await hub.work(await retryOf(other));
    expect(other.reads()).toEqual(["Hermes: two"]);
  });

  test("not a turn that takes longer than a call waits: the same turn is gone on with", async () => {
    const { hermes } = hub.deps.settings;
    const impatient = { ...hermes, HERMES_TIMEOUT_MS: 1_000 };
    hub.deps.settings = { ...hub.deps.settings, hermes: impatient };
    const job = await contact.writes("Hello");
    const answer = hub.hermes.holdTurns({ kind: "ok", text: "thought it over" });
    await hub.work(job);
    hub.deps.settings = { ...hub.deps.settings, hermes };

    expect(contact.reads()).toEqual([]);
    expect((await contact.runs())[0]).toMatchObject({ waitCause: "in_progress", failureCount: 0 });
    answer();
    hub.hermes.setAnswer(null);
    await hub.work(await retryOf(contact));
    expect(contact.reads()).toEqual(["thought it over"]);
    const { conversationId } = contact;
    const executed = hub.hermes
      .executions()
      .filter(({ sessionId }) => sessionId === `${conversationId}-1`);
    expect(executed).toHaveLength(1);
  });
});

describe("what the message itself causes", () => {
  test("refused as it is: an error, and one honest last word", async () => {
    hub.hermes.configure({ maxRequestBytes: 200 });
    const job = await contact.writes("x".repeat(500));
    await hub.work(job);
    await hub.work(job);
    hub.hermes.configure({ maxRequestBytes: 10_000_000 });

    expect(contact.reads()).toEqual([lastWord]);
    expect(await contact.runs()).toEqual([
      expect.objectContaining({ status: "error", error: "hermes.refused: too_big" }),
    ]);
    await hub.work(await contact.writes("Hello"));
    expect(contact.reads().at(-1)).toBe("Hermes: Hello");
  });

  test("failed turns are tried again under a new key, then end in an error", async () => {
    hub.hermes.scriptNext({ kind: "failed-with-text" }, { textIncludes: "tricky", times: 9 });
    await hub.work(await contact.writes("a tricky one"));
    const keys = [];
    for (let tries = 1; tries < 3; tries++) {
      const [run] = await contact.runs();
      expect(run).toMatchObject({ status: "retry_pending", failureCount: tries });
      keys.push(run?.keyGeneration);
      await hub.work(await retryOf(contact));
    }
    hub.hermes.clearScripts();
    expect(keys).toEqual([2, 3]);
    expect(contact.reads()).toEqual([lastWord]);
    expect((await contact.runs())[0]).toMatchObject({ status: "error", failureCount: 3 });
  });

  test.each([
    ["exception", 3],
    ["empty", 2],
  ] as const)(
    "%s: asked %i times at the most, also where the setting allows more",
    async (kind, most) => {
      const { hermes } = hub.deps.settings;
      hub.deps.settings = { ...hub.deps.settings, hermes: { ...hermes, HERMES_MAX_ATTEMPTS: 9 } };
      hub.hermes.scriptNext({ kind }, { textIncludes: "odd", times: 9 });
      await hub.work(await contact.writes("an odd one"));
      for (let tries = 1; tries < most; tries++) {
        expect((await contact.runs())[0]).toMatchObject({ status: "retry_pending" });
        await hub.work(await retryOf(contact));
      }
      hub.hermes.clearScripts();
      hub.deps.settings = { ...hub.deps.settings, hermes };
      expect((await contact.runs())[0]).toMatchObject({ status: "error", failureCount: most });
      expect(contact.reads()).toEqual([lastWord]);
    },
  );

  test.each([
    { kind: "failed-with-text" },
    { kind: "failed-without-text" },
    { kind: "empty" },
    { kind: "no-reply" },
    { kind: "exception" },
    { kind: "media", text: "", imageBytes: 0 },
  ] as const)("its prose never reaches the contact: $kind", async (turn) => {
    hub.hermes.scriptNext(turn, { textIncludes: "Hello" });
    await hub.work(await contact.writes("Hello"));
    expect(contact.reads()).toEqual([]);
    await hub.work(await retryOf(contact));
    // A failed turn may stay in Hermes' transcript, so that it hears the question twice.
    expect(contact.reads()).toEqual([expect.stringMatching(/^Hermes: Hello(\n\nHello)?$/)]);
    hub.hermes.clearScripts();
  });

  test("a message that waited longer than a day is given up honestly", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("Hello"));
    await comesBack();
    await hub.hermes.off();
    const day = 24 * 3_600_000 + 60_000;
    hub.deps.clock.age(day);
    await hub.work(await retryOf(contact));
    hub.deps.clock.age(-day);
    expect((await contact.runs())[0]?.status).toBe("error");
  });
});
