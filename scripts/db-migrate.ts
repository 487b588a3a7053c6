import { connectDatabase } from "#core/database/connect.ts";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { readSettings } from "#core/settings/read-settings.ts";

/** `npm run db:migrate`: makes collections, indexes and built-in policies; may be repeated. */
const { database } = readSettings(["database"], process.env);
const { client, db } = connectDatabase(database, "migrate");
try {
  const report = await migrate(db, (at) => policyStore(at).seed());
  process.stdout.write(
    `${database.MONGODB_DATABASE}: schema version ${report.from} → ${report.to}, ` +
      `${report.collections} collections, ${report.indexes} indexes.\n`,
  );
} finally {
  await client.close();
}
