import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { Resource } from "sst/resource";
import { z } from "zod";
import type { SettingsSource } from "#core/settings/read-settings.ts";
import { settingsSource } from "#functions/shared/settings-source.ts";
import { stageOf } from "#infra/stage.ts";

const App = z.object({ stage: z.string().min(1) });

/**
 * Where a script reads its settings from: the environment and .env on one machine; inside
 * `sst shell --stage X` that stage's database name, its `.env.X` and its secrets go before these, so
 * that nothing of the machine's own hub gets into the stage.
 */
export function stageSource(environment: SettingsSource): SettingsSource {
  if (!("App" in Resource)) return settingsSource(environment);
  const { stage } = App.parse(Resource.App);
  const file = environment["HUB_SETTINGS_FILE"] ?? `.env.${stage}`;
  const written = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  return settingsSource({
    ...environment,
    MONGODB_DATABASE: stageOf(stage).databaseName,
    HUB_STAGE: stage,
    ...written,
  });
}
