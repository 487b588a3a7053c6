import { connectDatabase } from "#core/database/connect.ts";
import { checkSchema } from "#core/database/system.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { describeSettings, seenSettingsStore } from "#core/settings/seen-settings.ts";
import type { SliceName } from "#core/settings/settings.ts";
import { systemClock } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { idMaker } from "#core/shared/ids.ts";
import { createLog } from "#core/telemetry/log.ts";
import { createMeasure } from "#core/telemetry/measure.ts";
import { isSecretSetting } from "#infra/secret-names.ts";
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
  const source = settingsSource(process.env);
  const allSlices = ["runtime", "database", ...slices] as const;
  const settings = readSettings<Name | "runtime" | "database">(allSlices, source);
  const { runtime, database } = settings;
  const log = createLog({ service, level: runtime.LOG_LEVEL });
  const clock = systemClock(runtime.CLOCK_OFFSET_SECONDS);
  const measure = createMeasure({ stage: runtime.HUB_STAGE, level: runtime.LOG_LEVEL, clock });
  const { db } = connectDatabase(database, service);
  const showSettings = async () => {
    const seen = describeSettings(allSlices, settings, source, isSecretSetting);
    try {
      await seenSettingsStore(db).keep({
        functionName: service,
        settings: seen,
        seenAt: clock.now(),
      });
    } catch (error) {
      // The console shows an older look; the function's own work does not depend on it.
      log.warn("settings.not_shown", {}, error);
    }
  };
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
      checked ??= checkSchema(db).then(showSettings);
      try {
        await checked;
      } catch (error) {
        checked = null;
        throw error;
      }
    },
  };
}
