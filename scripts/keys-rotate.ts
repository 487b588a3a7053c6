import { connectDatabase } from "#core/database/connect.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { rotateKeys, type RotationReport } from "./keys-rotate/rotate-keys.ts";
import { ranInStage } from "./shared/in-stage.ts";
import { stageSource } from "./shared/stage-source.ts";

/**
 * `npm run keys:rotate -- [--stage X]`: encrypts every stored credential anew under the first key of
 * CREDENTIAL_KEY, and says which keys may go. May be repeated. Exits with 1 when one did not open.
 */
if (!(await ranInStage(import.meta.filename))) await main();

async function main(): Promise<void> {
  const settings = readSettings(["database", "credentials"], stageSource(process.env));
  const { client, db } = connectDatabase(settings.database, "rotate");
  try {
    const report = await rotateKeys(db, settings.credentials.CREDENTIAL_KEY);
    process.stdout.write(describe(report));
    process.exitCode = report.failed.length === 0 ? 0 : 1;
  } finally {
    await client.close();
  }
}

function describe({ keyId, rotated, untouched, failed, mayGo }: RotationReport): string {
  const lines = [
    `${rotated} credentials are now under ${keyId}; ${untouched} were before.`,
    ...failed.map(
      ({ accountId, field, code }) =>
        `✗ ${accountId}: its ${field} does not open (${code}). Name its key in CREDENTIAL_KEY too, or scan the account again.`,
    ),
  ];
  if (failed.length > 0) lines.push("No key may go yet: mend these first, then run this again.");
  else if (mayGo.length > 0) {
    lines.push(
      `${mayGo.join(", ")} may go: take ${mayGo.length > 1 ? "them" : "it"} out of CREDENTIAL_KEY and deploy. ` +
        `Run this once more before that if a function with the old key first was still at work.`,
    );
  } else lines.push("CREDENTIAL_KEY names no older key.");
  return `${lines.join("\n")}\n`;
}
