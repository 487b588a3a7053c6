import { hubActor } from "#core/audit/audit-line.ts";
import { connectDatabase } from "#core/database/connect.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { createLog } from "#core/telemetry/log.ts";
import { createMeasure } from "#core/telemetry/measure.ts";
import { inviteFirstOwner, linkUrl } from "#core/users/password-links.ts";
import { ranInStage } from "./shared/in-stage.ts";
import { stageSource } from "./shared/stage-source.ts";

/**
 * `npm run first-owner -- [--stage X]`: a link that works once, by which the first owner of a new hub
 * chooses name and password; an older link no longer works. Where there is an owner it says so.
 */
if (!(await ranInStage(import.meta.filename))) await main();

async function main(): Promise<void> {
  const settings = readSettings(["database", "links"], stageSource(process.env));
  const { client, db } = connectDatabase(settings.database, "first-owner");
  const clock = systemClock();
  const say = (text: string) => process.stdout.write(`${text}\n`);
  try {
    const deps = {
      db,
      clock,
      settings: {},
      random: Math.random,
      newId: idMaker(() => clock.now()),
      log: createLog({ service: "first-owner", level: "ERROR" }),
      measure: createMeasure({ stage: "none", level: "ERROR", clock }),
    };
    const link = await inviteFirstOwner(deps, hubActor);
    if (link === null) {
      say("There is an owner already; an owner invites everybody else in the console.");
      return;
    }
    const { PUBLIC_URL = "http://127.0.0.1:8080" } = settings.links;
    say(`The first owner's link, good once and until ${link.expiresAt.toISOString()}:`);
    say(linkUrl(PUBLIC_URL, link.secret));
  } finally {
    await client.close();
  }
}
