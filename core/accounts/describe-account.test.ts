import { beforeEach, expect, test } from "vitest";
import type { Conversation } from "#core/conversations/conversation.ts";
import { describeContact } from "#core/conversations/change-conversation.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { approvedAccount, openConversation, operator } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { accountStore } from "./account.store.ts";
import { describe } from "./change-account.ts";

const { db } = withDatabase();
let deps: TestDeps;
beforeEach(() => {
  deps = testDeps(db());
});

test("people who change different words of a bot at the same moment all get theirs", async () => {
  const bot = approvedAccount(deps, { name: "Front desk", labels: ["shop"] });
  await accountStore(db()).insert(bot);
  await Promise.all([
    describe(deps, operator, bot._id, { labels: ["bank", "north"] }),
    describe(deps, operator, bot._id, { name: "Counter" }),
    describe(deps, operator, bot._id, { owner: "alice" }),
  ]);
  const after = await accountStore(db()).get(bot._id);
  expect(after).toMatchObject({ name: "Counter", labels: ["bank", "north"], owner: "alice" });
  expect(after.searchKeys).toEqual(searchKeysOf(["Counter", "bank", "north"]));
});

test("a contact's name and note are changed at the same moment without one another", async () => {
  const bot = approvedAccount(deps);
  await accountStore(db()).insert(bot);
  const contact = openConversation(deps, bot._id, { alias: "Mr Li" });
  await db().collection<Conversation>("conversations").insertOne(contact);
  await Promise.all([
    describeContact(deps, operator, contact._id, { note: "Calls on Mondays" }),
    describeContact(deps, operator, contact._id, { alias: "Li Wei" }),
  ]);
  const after = await db().collection<Conversation>("conversations").findOne({ _id: contact._id });
  expect(after).toMatchObject({ alias: "Li Wei", note: "Calls on Mondays" });
  expect(after?.searchKeys).toEqual(searchKeysOf(["Li Wei"]));
});
