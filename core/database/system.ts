import type { Collection, Db } from "mongodb";
import { SettingsError } from "#core/shared/errors.ts";
import { upsertAgain } from "./duplicate-key.ts";
import { schemaVersion } from "./indexes.ts";

/** The few facts about the database itself: its schema version, and who runs the sweeps. */
export type SystemDocument = {
  _id: string;
  version?: number;
  holder?: string;
  expiresAt?: Date;
};

export function systemOf(db: Db): Collection<SystemDocument> {
  return db.collection<SystemDocument>("system");
}

export async function findSchemaVersion(db: Db): Promise<number> {
  const mark = await systemOf(db).findOne({ _id: "schema" });
  return mark?.version ?? 0;
}

/**
 * Checked once per Lambda instance: the database must be as new as the code. A newer one is fine,
 * since migrations only add.
 */
export async function checkSchema(db: Db): Promise<void> {
  const version = await findSchemaVersion(db);
  if (version >= schemaVersion) return;
  throw new SettingsError(
    "database.old",
    `The database is at schema version ${version}, this release needs ${schemaVersion}. Run: npm run db:migrate`,
    { version, needed: schemaVersion },
  );
}

/**
 * Takes or renews a named right that one worker at a time may hold; false when somebody else has it.
 */
export async function holdSystemLease(
  db: Db,
  lease: { name: string; holder: string; now: Date; expiresAt: Date },
): Promise<boolean> {
  const free = { $or: [{ holder: lease.holder }, { expiresAt: { $lte: lease.now } }] };
  const result = await systemOf(db).updateOne(
    { _id: lease.name, ...free },
    { $set: { holder: lease.holder, expiresAt: lease.expiresAt } },
  );
  if (result.matchedCount === 1) return true;
  const made = await upsertAgain(() =>
    systemOf(db).updateOne(
      { _id: lease.name },
      { $setOnInsert: { holder: lease.holder, expiresAt: lease.expiresAt } },
      { upsert: true },
    ),
  );
  return made.upsertedCount === 1;
}

export async function releaseSystemLease(db: Db, name: string, holder: string): Promise<void> {
  await systemOf(db).updateOne({ _id: name, holder }, { $set: { expiresAt: new Date(0) } });
}
