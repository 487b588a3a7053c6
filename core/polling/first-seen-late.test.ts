import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { approve, resume } from "#core/accounts/change-account.ts";
import type { Account } from "#core/accounts/account.ts";
import { operator } from "#test/records.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const nightMs = 13 * 3_600_000;
const database = withDatabase();
let hub: SmallHub;

beforeAll(async () => {
  hub = await startSmallHub(database.db());
});
afterAll(() => hub.stop());

/** The contact writes while nobody polls; a night later the account polls again. */
async function overnight(before: Partial<Account>, begin: (id: string) => Promise<unknown>) {
  const account = await hub.addBot({ ...before, scheduleWanted: "off" });
  const contact = hub.addContact(account);
  const botId = account.botId ?? "";
  hub.wechat.userSends({ userId: contact.userId, botId, text: "Are you open on Sunday?" });
  hub.deps.clock.age(nightMs);
  hub.wechat.advanceClock(nightMs);
  await begin(account._id);
  const [job] = await hub.poll(account._id);
  if (!job) throw new Error("The poll brought no answerable message.");
  await hub.work(job);
  return contact;
}

const stories: [string, Partial<Account>, (id: string) => Promise<unknown>][] = [
  [
    "approved after a night",
    { status: "pending_approval" },
    (id) => approve(hub.deps, operator, id),
  ],
  ["resumed after a night", { status: "suspended" }, (id) => resume(hub.deps, operator, id)],
];

describe("a message that is older than an answer may be when it is first seen", () => {
  test.each(stories)("since its account was %s: a person decides", async (_why, before, begin) => {
    const contact = await overnight(before, begin);
    const [run] = await contact.runs();
    expect(run).toMatchObject({
      status: "awaiting_review",
      inputText: "Are you open on Sunday?",
      requiresHumanReview: true,
    });
    expect(contact.reads()).toEqual([]);
    // What comes next belongs to the same question, which a person has already.
    await hub.work(await contact.writes("Good morning!"));
    const waiting = (await contact.runs()).filter(({ status }) => status === "awaiting_review");
    expect(waiting).toMatchObject([{ inputText: "Are you open on Sunday?\nGood morning!" }]);
  });

  test("because its poller was away for the night: a person decides", async () => {
    const account = await hub.addBot();
    const contact = hub.addContact(account);
    const { userId } = contact;
    hub.wechat.userSends({ userId, botId: account.botId ?? "", text: "Anyone?" });
    hub.deps.clock.age(nightMs);
    hub.wechat.advanceClock(nightMs);
    const [job] = await hub.poll(account._id);
    if (job) await hub.work(job);
    expect(await contact.runs()).toMatchObject([{ status: "awaiting_review" }]);
  });

  test("one that came a moment ago is answered", async () => {
    const contact = hub.addContact(await hub.addBot());
    await hub.work(await contact.writes("Are you open?"));
    expect(contact.reads()).toEqual(["Hermes: Are you open?"]);
  });
});
