import { readSettings, type SettingsSource } from "#core/settings/read-settings.ts";
import { settingNames } from "#core/settings/setting-names.ts";
import { settingSlices, type SliceName } from "#core/settings/settings.ts";
import { SettingsError } from "#core/shared/errors.ts";
import { DevError } from "./dev-error.ts";

export type DevEnvironment = {
  /** What differs from the local hub's own settings. */
  settings: Readonly<Record<string, string>>;
  /** Null: a database is started. */
  databaseUri: string | null;
  databaseName: string;
  /** What a person should know about the settings, one line each. */
  notes: readonly string[];
};

/** `npm run dev` makes these parts itself, so their places cannot come from outside. */
const ownNames = [
  "AGENT_QUEUE_URL",
  "DEAD_LETTER_QUEUE_URL",
  "SCHEDULE_GROUP",
  "SCHEDULE_ROLE_ARN",
  "SCHEDULE_DEAD_LETTER_ARN",
  "POLL_FUNCTION_ARN",
];

/**
 * The settings as .env and the shell give them. `envFile` is what .env itself says, for names that
 * are none of ours. Throws DevError that names every wrong setting and what to write.
 */
export function readEnvironment(
  source: SettingsSource,
  envFile: Readonly<Record<string, string | undefined>>,
): DevEnvironment {
  const given: Record<string, string> = {};
  for (const name of settingNames) {
    const value = source[name];
    if (value) given[name] = value;
  }
  const complaints = [...complaintsOf(given), ...misplaced(given)];
  if (complaints.length > 0) {
    throw new DevError(
      "dev.settings_wrong",
      `These settings in .env, or in the shell, are wrong:\n${complaints.join("\n")}\n` +
        ".env.example explains each.",
    );
  }
  const { MONGODB_URI, MONGODB_DATABASE = "clawbot_hub", ...settings } = given;
  const notes = unknownNames(envFile);
  if (settings["HERMES_API_KEY"] && !settings["HERMES_API_BASE_URL"]) {
    delete settings["HERMES_API_KEY"];
    notes.push(
      "HERMES_API_KEY is set but HERMES_API_BASE_URL is not: the stand-in answers, with its own key.",
    );
  }
  return { settings, databaseUri: MONGODB_URI ?? null, databaseName: MONGODB_DATABASE, notes };
}

/**
 * The sample's: nothing of it may reach a real WeChat, Hermes or group robot, so of all settings it
 * takes MONGODB_URI alone, with a database of its own there.
 */
export function sampleEnvironment(
  { settings, databaseUri, notes }: DevEnvironment,
  databaseName: string,
): DevEnvironment {
  const unused = Object.keys(settings);
  const note = `The sample uses its own simulators and leaves these settings alone: ${unused.join(", ")}.`;
  return {
    settings: {},
    databaseUri,
    databaseName,
    notes: unused.length === 0 ? notes : [...notes, note],
  };
}

/** What is wrong with what is there; what is not there the local hub puts in. */
function complaintsOf(given: SettingsSource): string[] {
  const slices = Object.keys(settingSlices).filter(
    (name): name is SliceName => name in settingSlices,
  );
  const lacksKey = given["HERMES_API_BASE_URL"] && !given["HERMES_API_KEY"];
  const missing = lacksKey ? ["- HERMES_API_KEY: is missing; HERMES_API_BASE_URL needs it"] : [];
  try {
    readSettings(slices, given);
    return missing;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const lines = error.message.split("\n").filter((line) => line.startsWith("- "));
    return [...lines.filter((line) => !line.endsWith(": is missing")), ...missing];
  }
}

function misplaced(given: SettingsSource): string[] {
  return ownNames
    .filter((name) => given[name] && !(name === "SCHEDULE_GROUP" && given[name] === "default"))
    .map((name) => `- ${name}: npm run dev makes this part itself; leave it empty`);
}

function unknownNames(envFile: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(envFile)
    .filter((name) => !settingNames.includes(name))
    .map((name) => `${name} in .env is no setting of the hub; .env.example has them all.`);
}
