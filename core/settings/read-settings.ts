import { SettingsError } from "#core/shared/errors.ts";
import { settingSlices, type Settings, type SliceName } from "./settings.ts";

export type SettingsSource = Readonly<Record<string, string | undefined>>;

/**
 * Reads the named slices from the source (normally `process.env`); an empty value counts as absent.
 * Throws SettingsError naming every wrong setting, why, and what to write; values are never shown.
 */
export function readSettings<Name extends SliceName>(
  names: readonly Name[],
  source: SettingsSource,
): Pick<Settings, Name> {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const complaints: string[] = [];
  const read: Partial<Record<SliceName, unknown>> = {};
  for (const name of names) readSlice(name, present, read, complaints);
  if (!hasSlices(read, names)) {
    throw new SettingsError(
      "settings.wrong",
      `The function cannot start, these settings are wrong or missing:\n${complaints.join("\n")}\n` +
        "Set them in .env on one machine, or as this stage's settings and secrets when deployed; .env.example explains each.",
      { count: complaints.length },
    );
  }
  return read;
}

function readSlice(
  name: SliceName,
  source: SettingsSource,
  into: Partial<Record<SliceName, unknown>>,
  complaints: string[],
): void {
  const parsed = settingSlices[name].safeParse(source);
  if (parsed.success) {
    into[name] = parsed.data;
    return;
  }
  for (const issue of parsed.error.issues) {
    const key = issue.path.join(".");
    const missing = source[key] === undefined;
    complaints.push(`- ${key}: ${missing ? "is missing" : issue.message}`);
  }
}

function hasSlices<Name extends SliceName>(
  read: Partial<Record<SliceName, unknown>>,
  names: readonly Name[],
): read is Pick<Settings, Name> {
  return names.every((name) => read[name] !== undefined);
}
