import { Resource } from "sst/resource";
import { z } from "zod";
import type { SettingsSource } from "#core/settings/read-settings.ts";
import { secretNames } from "#infra/secret-names.ts";

const Secret = z.object({ value: z.string() });

/**
 * Where a function reads its settings from: the environment, and over it the secrets that the
 * deployment linked to the function (SST unpacks them from a file beside the code). On one machine
 * nothing is linked and the environment holds all.
 */
export function settingsSource(environment: SettingsSource): SettingsSource {
  const linked: Record<string, string> = {};
  for (const [setting, name] of Object.entries(secretNames)) {
    if (name in Resource) linked[setting] = Secret.parse(Reflect.get(Resource, name)).value;
  }
  return { ...environment, ...linked };
}
