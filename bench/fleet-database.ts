import { MongoClient } from "mongodb";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import type { Bench } from "./main.ts";

/** A migrated database of its own, gone afterwards. */
export async function withFleetDatabase<T>(
  { databaseUri: uri }: Bench,
  name: string,
  work: (database: { uri: string; name: string }) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(uri, { ignoreUndefined: true });
  try {
    await migrate(client.db(name), (at) => policyStore(at).seed());
    return await work({ uri, name });
  } finally {
    await client.db(name).dropDatabase();
    await client.close();
  }
}
