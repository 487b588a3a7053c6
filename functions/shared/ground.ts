import { connectDatabase } from "#core/database/connect.ts";
import { checkSchema } from "#core/database/system.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import type { SliceName } from "#core/settings/settings.ts";
import { systemClock } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { idMaker } from "#core/shared/ids.ts";
import { createLog } from "#core/telemetry/log.ts";
import { createMeasure } from "#core/telemetry/measure.ts";
import { settingsSource } from "./settings-source.ts";

/** What a function stands on, made once per Lambda instance; a wrong setting stops it here. */
export type Ground<Name extends SliceName> = Deps<Name | "runtime" | "database"> & {
  /** The first call looks whether the database is as new as the code; later ones cost nothing. */
  ready(): Promise<void>;
};

export function layGround<Name extends SliceName>(
  service: string,
  slices: readonly Name[],
): Ground<Name> {
  const settings = readSettings<Name | "runtime" | "database">(
    ["runtime", "database", ...slices],
    settingsSource(process.env),
  );
  const { runtime, database } = settings;
  const log = createLog({ service, level: runtime.LOG_LEVEL });
  const clock = systemClock(runtime.CLOCK_OFFSET_SECONDS);
  const measure = createMeasure({ stage: runtime.HUB_STAGE, level: runtime.LOG_LEVEL, clock });
  const { db } = connectDatabase(database, service);
  let checked: Promise<void> | null = null;
  return {
    settings,
    log,
    measure,
    clock,
    db,
    newId: idMaker(() => clock.now()),
    random: Math.random,
    async ready() {
      checked ??= checkSchema(db);
      try {
        await checked;
      } catch (error) {
        checked = null;
        throw error;
      }
    },
  };
}
