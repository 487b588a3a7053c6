import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

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

function cap(caps: { maxRunsPerContactPerDay: number; maxRunsPerAccountPerDay: number }) {
  return db().collection<{ _id: string }>("policies").updateOne({ _id: "auto" }, { $set: caps });
}

async function asks(text: string, of = contact): Promise<void> {
  await hub.work(await of.writes(text));
}

describe("beyond a cap", () => {
  test("of the contact Hermes is not asked: what is written waits for a person, in one draft", async () => {
    await cap({ maxRunsPerContactPerDay: 2, maxRunsPerAccountPerDay: 100 });
    for (const text of ["one", "two"]) await asks(text);
    const asked = hub.questions();
    await asks("three");
    await asks("four");
    expect(hub.questions()).toBe(asked);
    expect(contact.reads()).toEqual(["Hermes: one", "Hermes: two"]);
    const open = (await contact.runs()).filter(({ status }) => status === "awaiting_review");
    expect(open).toEqual([
      expect.objectContaining({
        inputText: "three\nfour",
        outputText: null,
        requiresHumanReview: true,
        reviewReason: "contact_cap",
      }),
    ]);
    expect(open[0]?.messageIds).toHaveLength(2);

    const other = hub.addContact(account);
    await asks("one", other);
    expect(other.reads()).toEqual(["Hermes: one"]);
  });

  test("of the account it is so for all its contacts, however many write at once", async () => {
    await cap({ maxRunsPerContactPerDay: 100, maxRunsPerAccountPerDay: 5 });
    const contacts = Array.from({ length: 12 }, () => hub.addContact(account));
    const jobs = [];
    for (const each of contacts) jobs.push(await each.writes("Hello"));
    await Promise.all(jobs.map((job) => hub.work(job)));
    const runs = (await Promise.all(contacts.map((each) => each.runs()))).flat();
    const sent = runs.filter(({ status }) => status === "sent");
    const numbers = new Set(sent.map(({ ofDay }) => ofDay?.ofAccount));
    expect(numbers).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(sent).toHaveLength(5);
    const held = runs.filter(({ status }) => status === "awaiting_review");
    expect(held).toHaveLength(7);
    expect(new Set(held.map(({ reviewReason }) => reviewReason))).toEqual(new Set(["account_cap"]));
  });
});

test("two bots that answer each other stop at the cap", async () => {
  await cap({ maxRunsPerContactPerDay: 6, maxRunsPerAccountPerDay: 100 });
  const other = hub.addContact(await hub.addBot());
  let said = "Hello";
  for (let turns = 0; turns < 20; turns++) {
    const [mine, theirs] = [contact.reads().length, other.reads().length];
    await asks(said, contact);
    if (contact.reads().length === mine) break;
    await asks(contact.reads().at(-1) ?? "", other);
    if (other.reads().length === theirs) break;
    said = other.reads().at(-1) ?? "";
  }
  expect(contact.reads()).toHaveLength(6);
  expect(other.reads()).toHaveLength(6);
  expect((await contact.runs()).at(-1)).toMatchObject({
    status: "awaiting_review",
    reviewReason: "contact_cap",
  });
});

test("the next day begins anew", async () => {
  await cap({ maxRunsPerContactPerDay: 1, maxRunsPerAccountPerDay: 100 });
  await asks("one");
  const asked = hub.questions();
  // WeChat's window shuts meanwhile, so this looks at what Hermes hears.
  hub.deps.clock.moveOn(86_400_000);
  await asks("two");
  expect(hub.questions()).toBe(asked + 1);
});
