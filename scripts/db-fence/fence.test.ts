import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { keepPromises } from "#core/sweeps/keep-promises.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { fence } from "./fence.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

let account: Account;
let contact: Contact;
beforeEach(async () => {
  if (!hub.hermes.isOn) await hub.hermes.on();
  account = await hub.addBot();
  contact = hub.addContact(account);
});

/** Everything that the hub does by itself in a minute: the retry Lambda, then what it pushed. */
async function minutePasses(): Promise<void> {
  hub.deps.clock.moveOn(60_000);
  const deps = {
    ...hub.deps,
    schedules: { async put() {}, async remove() {}, list: async () => [] },
    pollStarter: { async watchLogin() {} },
    deadLetters: { receive: async () => [], async remove() {} },
  };
  await keepPromises(deps, hub.deps.clock.now());
  for (const job of hub.deps.jobs.splice(0)) await hub.work(job);
}

test("what waited, was going out or was parked does not go out by itself", async () => {
  await hub.hermes.off();
  await hub.work(await contact.writes("first"));
  const shown = contact.reads();
  await hub.hermes.on();
  const other = hub.addContact(account);
  const job = await other.writes("second");
  const report = await fence(db(), hub.deps.clock.now());
  expect(report).toMatchObject({ runs: 1 });
  await hub.work(job);
  for (let minute = 0; minute < 3; minute++) await minutePasses();
  expect(contact.reads()).toEqual(shown);
  expect(other.reads()).toEqual([]);
  expect(await contact.runs()).toMatchObject([{ status: "error" }]);
  expect((await contact.runs())[0]?.error).toContain("restore.fenced");
});

test("a message that WeChat brings again after the restore is kept and not answered twice", async () => {
  const job = await contact.writes("asked before the restore");
  await hub.work(job);
  const { conversationId } = contact;
  // The backup is older than the question: neither it nor its answer is in there.
  await db().collection<{ _id: string }>("messages").deleteMany({});
  await db().collection<{ _id: string }>("agent_runs").deleteMany({});
  await db()
    .collection<{ _id: string }>("accounts")
    .updateOne({ _id: account._id }, { $set: { cursor: "" } });
  hub.deps.clock.moveOn(60_000);
  await fence(db(), hub.deps.clock.now());
  await hub.poll(account._id);
  await minutePasses();
  expect(contact.reads()).toEqual(["Hermes: asked before the restore"]);
  const stored = await messageStore(db()).list({ conversationId, limit: 10 });
  for (const message of stored) {
    expect(message).toMatchObject({ unansweredReason: "before_restore" });
  }
});

test("what is asked afterwards is answered, and a second fence changes nothing", async () => {
  await fence(db(), hub.deps.clock.now());
  const again = await fence(db(), hub.deps.clock.now());
  expect(again).toMatchObject({ messages: 0, bubbles: 0, runs: 0 });
  hub.deps.clock.moveOn(1000);
  await hub.work(await contact.writes("a new question"));
  expect(contact.reads()).toEqual(["Hermes: a new question"]);
});
