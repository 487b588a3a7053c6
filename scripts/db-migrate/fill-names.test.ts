import { beforeEach, expect, test } from "vitest";
import { listAccounts } from "#core/accounts/list-accounts.ts";
import { findNamed } from "#core/conversations/find-named.ts";
import { builtInPolicies } from "#core/policies/policy.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { createUser } from "#core/users/manage-users.ts";
import { userStore } from "#core/users/user.store.ts";
import { approvedAccount, openConversation, operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { fillNames } from "./fill-names.ts";

const { db } = withDatabase();
const deps = testDeps(db());

type Stored = { _id: string };
const all = (collection: string) => db().collection<Stored>(collection);

beforeEach(async () => {
  for (const name of ["accounts", "conversations", "users"]) await all(name).deleteMany({});
});

/** As a release stored them that knew nothing of searching. */
async function storeOldRecords(): Promise<{ bot: string; contact: string; person: string }> {
  const bot = approvedAccount(deps, { name: "Harbour Café", labels: ["shop"] });
  const contact = openConversation(deps, bot._id, { alias: "王小明" });
  const nameless = openConversation(deps, bot._id, { userId: "oOther@im.wechat" });
  await all("accounts").insertOne(bot);
  await all("conversations").insertMany([contact, nameless]);
  const wanted = { name: "Mei", role: "viewer", labels: ["clinic"] } as const;
  const person = await createUser(deps, operator, {
    ...wanted,
    labels: [...wanted.labels],
    password: "a long password",
  });
  await all("accounts").updateMany({}, { $unset: { nameKey: true, searchKeys: true } });
  for (const name of ["conversations", "users", "policies"]) {
    await all(name).updateMany({}, { $unset: { searchKeys: true } });
  }
  return { bot: bot._id, contact: contact._id, person: person._id };
}

test("records of an older release are found and sorted by name afterwards, and filled once", async () => {
  const { bot, contact, person } = await storeOldRecords();
  expect((await findNamed(db(), "harb")).accountIds).toEqual([]);

  expect(await fillNames(db())).toBe(3 + builtInPolicies.length);

  expect(await findNamed(db(), "harb")).toMatchObject({ accountIds: [bot] });
  expect(await findNamed(db(), "小明")).toMatchObject({ conversationIds: [contact] });
  const byName = await listAccounts(db(), { scope: null, sort: "name", limit: 10 });
  expect(byName.items.map(({ _id }) => _id)).toEqual([bot]);
  const people = await userStore(db()).list({ q: "clin", limit: 10 });
  expect(people.map(({ _id }) => _id)).toEqual([person]);
  const policies = await policyStore(db()).list({ q: "review" });
  expect(policies.map(({ _id }) => _id)).toEqual(["manual-review"]);
  expect(await fillNames(db())).toBe(0);
});

test("two that run at once fill each record once, more of them than fit in a batch", async () => {
  const bots = Array.from({ length: 700 }, (_, index) => {
    const {
      nameKey: _key,
      searchKeys: _keys,
      ...old
    } = approvedAccount(deps, { name: `bot ${index}` });
    return { ...old, live: false };
  });
  await all("accounts").insertMany(bots);
  const [one, other] = await Promise.all([fillNames(db()), fillNames(db())]);
  expect(one + other).toBe(700);
  expect(await all("accounts").countDocuments({ searchKeys: "bot 699" })).toBe(1);
});
