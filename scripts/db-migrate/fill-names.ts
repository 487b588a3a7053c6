import type { Db } from "mongodb";
import { z } from "zod";
import { namesOfAccount } from "#core/accounts/create-account.ts";
import { fillMissing, type Missing } from "#core/database/fill-missing.ts";
import { searchKeysOfPolicy } from "#core/policies/policy.store.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { searchKeysOfUser } from "#core/users/keep-user.ts";

const Labels = z.array(z.string());
const Bot = z.object({ name: z.string(), labels: Labels });
const Contact = z.object({ alias: z.string() });
const Named = z.object({ name: z.string() });
const Person = z.object({ name: z.string(), labels: Labels.nullable() });

/** What lists search and sort by, which records of older releases do not have. */
const missing: Missing[] = [
  {
    collection: "accounts",
    lacking: { $or: [{ searchKeys: { $exists: false } }, { nameKey: { $exists: false } }] },
    valuesOf(record) {
      const bot = Bot.safeParse(record).data;
      if (!bot) return null;
      const { nameKey, searchKeys } = namesOfAccount(bot);
      return { nameKey, searchKeys };
    },
  },
  {
    collection: "conversations",
    lacking: { alias: { $gt: "" }, searchKeys: { $exists: false } },
    valuesOf(record) {
      const contact = Contact.safeParse(record).data;
      return contact ? { searchKeys: searchKeysOf([contact.alias]) } : null;
    },
  },
  {
    collection: "users",
    lacking: { searchKeys: { $exists: false } },
    valuesOf(record) {
      const person = Person.safeParse(record).data;
      return person ? { searchKeys: searchKeysOfUser(person) } : null;
    },
  },
  {
    collection: "policies",
    lacking: { searchKeys: { $exists: false } },
    valuesOf(record) {
      const policy = Named.safeParse(record).data;
      return policy ? { searchKeys: searchKeysOfPolicy(policy) } : null;
    },
  },
];

/** Makes bots, contacts, users and policies of older releases findable; gives how many it changed. */
export async function fillNames(db: Db): Promise<number> {
  let filled = 0;
  for (const each of missing) filled += await fillMissing(db, each);
  return filled;
}
