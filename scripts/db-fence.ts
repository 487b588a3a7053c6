import { connectDatabase } from "#core/database/connect.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { fence } from "./db-fence/fence.ts";
import { ranInStage } from "./shared/in-stage.ts";
import { stageSource } from "./shared/stage-source.ts";

/**
 * `npm run db:fence -- [--stage X]`: once after a restore and before the hub runs again, so that
 * nothing old goes out unasked (docs/operations.md, Restore). May be repeated.
 */
if (!(await ranInStage(import.meta.filename))) await main();

async function main(): Promise<void> {
  const { database } = readSettings(["database"], stageSource(process.env));
  const { client, db } = connectDatabase(database, "fence");
  try {
    const { accounts, messages, bubbles, runs } = await fence(db, new Date());
    process.stdout.write(
      `${database.MONGODB_DATABASE}: fenced ${accounts} accounts. ${runs} runs ended, ${bubbles} outbound ` +
        `messages stopped, ${messages} messages left unanswered; each can be asked or sent again in the console.\n`,
    );
  } finally {
    await client.close();
  }
}
