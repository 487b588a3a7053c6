import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import type { MongoClient } from "mongodb";
import { holdSystemLease } from "#core/database/system.ts";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { plusSeconds, systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { createLog } from "#core/telemetry/log.ts";
import { createMeasure } from "#core/telemetry/measure.ts";
import { DEFAULT_API_KEY } from "../hermes-sim/server.ts";
import { writeSaved } from "../wechat-sim/data-file.ts";
import { fillSample, type Sample } from "./fill.ts";
import { makeTeam } from "./make-team.ts";
import { emptySampleDatabase, sampleDatabase } from "./sample-folder.ts";
import type { SampleDeps } from "./source.ts";

export const sampleBots = 30;

/**
 * Makes the sample's data before anything runs: the database's, and what the WeChat simulator starts
 * from, which then know the same bots. Throws DevError when the database is somebody else's.
 */
export async function prepareSample(
  client: MongoClient,
  of: { dataDir: string; credentialKey: string; wechatUrl: string; hermesUrl: string },
): Promise<Sample> {
  const db = client.db(sampleDatabase);
  await emptySampleDatabase(db);
  await migrate(db, (at) => policyStore(at).seed());
  const clock = systemClock();
  const deps: SampleDeps = {
    db,
    clock,
    random: Math.random,
    newId: idMaker(() => clock.now()),
    log: createLog({ service: "sample", level: "WARN" }),
    measure: createMeasure({ stage: "local", level: "WARN", clock, write: () => {} }),
    settings: readSettings(["hermes", "credentials"], {
      HERMES_API_BASE_URL: of.hermesUrl,
      HERMES_API_KEY: DEFAULT_API_KEY,
      CREDENTIAL_KEY: of.credentialKey,
    }),
  };
  const team = await makeTeam(deps);
  const sample = await fillSample(deps, sampleBots, { ...team, wechatUrl: of.wechatUrl });
  await writeFile(join(of.dataDir, "wechat.json"), writeSaved(sample.world), { mode: 0o600 });
  await leaveSchedulesAlone(deps);
  return sample;
}

/** They are made one by one; the sweep that looks for missing ones would make and wake all at once. */
async function leaveSchedulesAlone({ db, clock, newId }: SampleDeps): Promise<void> {
  const now = clock.now();
  const expiresAt = plusSeconds(now, 86_400);
  await holdSystemLease(db, {
    name: "schedules_compared",
    holder: newId("lease"),
    now,
    expiresAt,
  });
}
