import { randomUUID } from "node:crypto";
import { MongoClient, type Db } from "mongodb";
import { afterAll, beforeAll, inject } from "vitest";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";

/**
 * A migrated database of its own for the test file, on the run's real server; it is gone afterwards.
 * Call it at the top of the file and use `db()` inside tests.
 */
export function withDatabase(): { db: () => Db; uri: string; name: string } {
  const uri = inject("databaseUri");
  const name = `test_${randomUUID().slice(0, 8)}`;
  const client = new MongoClient(uri, { ignoreUndefined: true });
  const db = client.db(name);
  beforeAll(async () => {
    await migrate(db, (at) => policyStore(at).seed());
  });
  afterAll(async () => {
    await db.dropDatabase();
    await client.close();
  });
  return { db: () => db, uri, name };
}
