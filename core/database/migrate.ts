import type { Db } from "mongodb";
import { RequestError } from "#core/shared/errors.ts";
import { upsertAgain } from "./duplicate-key.ts";
import { collectionNames, declaredIndexes, schemaVersion } from "./indexes.ts";
import { findSchemaVersion, systemOf } from "./system.ts";

export type MigrationReport = { from: number; to: number; collections: number; indexes: number };

/**
 * Makes collections, indexes and the version mark. It only adds, may be repeated, and may run twice
 * at once: each step is one that a second runner finds done. The mark comes last, so that a function
 * never starts on a half-made database.
 */
export async function migrate(db: Db, seed: (db: Db) => Promise<void>): Promise<MigrationReport> {
  const from = await findSchemaVersion(db);
  // The release before runs on it as it is, since migrations only add: so a roll-back needs none.
  if (from === schemaVersion + 1) return { from, to: from, collections: 0, indexes: 0 };
  if (from > schemaVersion) {
    throw new RequestError(
      "conflict",
      "database.newer",
      `The database is at schema version ${from}, this release knows ${schemaVersion}. Deploy the newer release.`,
    );
  }
  await makeCollections(db);
  for (const collection of collectionNames) {
    const specs = declaredIndexes
      .filter((index) => index.collection === collection)
      .map(({ key, name, unique, sparse, expireAfterSeconds, partialFilterExpression }) => ({
        key,
        name,
        ...(unique ? { unique } : {}),
        ...(sparse ? { sparse } : {}),
        ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
        ...(partialFilterExpression ? { partialFilterExpression } : {}),
      }));
    if (specs.length > 0) await db.collection(collection).createIndexes(specs);
  }
  await seed(db);
  await upsertAgain(() =>
    systemOf(db).updateOne(
      { _id: "schema" },
      { $max: { version: schemaVersion } },
      { upsert: true },
    ),
  );
  return {
    from,
    to: schemaVersion,
    collections: collectionNames.length,
    indexes: declaredIndexes.length,
  };
}

async function makeCollections(db: Db): Promise<void> {
  const existing = await db.listCollections({}, { nameOnly: true }).toArray();
  const present = new Set(existing.map(({ name }) => name));
  for (const name of collectionNames) {
    if (!present.has(name)) await makeCollection(db, name);
  }
}

async function makeCollection(db: Db, name: string): Promise<void> {
  try {
    await db.createCollection(name);
  } catch (error) {
    const made = await db.listCollections({ name }, { nameOnly: true }).toArray();
    if (made.length === 0) throw error;
  }
}
