import { existsSync, readFileSync } from "node:fs";
import type { FunctionName } from "./figures.ts";
import { settingNamesOf } from "./function-slices.ts";
import { sourceVersion } from "./source-version.ts";
import { readStageSettings, type GivenSetting } from "./stage-settings.ts";
import { stageOf } from "./stage.ts";

/** A stage's plain settings lie in `.env.<stage>`, or where a build machine says. */
const file = process.env["HUB_SETTINGS_FILE"] ?? `.env.${$app.stage}`;

export const stage = stageOf($app.stage);
export const stageSettings = readStageSettings(
  file,
  existsSync(file) ? readFileSync(file, "utf8") : "",
);

const version = sourceVersion(process.cwd());

/** The plain environment of a function: of all that is there, only what its slices read. */
export function environmentOf(
  name: FunctionName,
  given: Partial<Record<GivenSetting, $util.Input<string>>>,
): Record<string, $util.Input<string>> {
  const all: Record<string, $util.Input<string>> = {
    MONGODB_DATABASE: stage.databaseName,
    HUB_STAGE: $app.stage,
    HUB_VERSION: version,
    ...stageSettings.values,
    ...given,
  };
  const names = settingNamesOf(name);
  return Object.fromEntries(Object.entries(all).filter(([setting]) => names.includes(setting)));
}
