import { connectDatabase } from "#core/database/connect.ts";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { fillNames } from "./db-migrate/fill-names.ts";
import { ranInStage } from "./shared/in-stage.ts";
import { stageSource } from "./shared/stage-source.ts";

/**
 * `npm run db:migrate -- [--stage X]`: makes collections, indexes and built-in policies, and
 * gives older records what lists search by; may be repeated, and runs before the functions of a release do.
 */
if (!(await ranInStage(import.meta.filename))) await main();

async function main(): Promise<void> {
  const { database } = readSettings(["database"], stageSource(process.env));
  const { client, db } = connectDatabase(database, "migrate");
  try {
    const report = await migrate(db, (at) => policyStore(at).seed());
    const filled = await fillNames(db);
    process.stdout.write(
      `${database.MONGODB_DATABASE}: schema version ${report.from} → ${report.to}, ` +
        `${report.collections} collections, ${report.indexes} indexes, ` +
        `${filled} older records made findable by name.\n`,
    );
  } finally {
    await client.close();
  }
}
