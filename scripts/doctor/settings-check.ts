import { readSettings, type SettingsSource } from "#core/settings/read-settings.ts";
import { settingSlices, type SliceName } from "#core/settings/settings.ts";
import { SettingsError } from "#core/shared/errors.ts";
import { linesOf, type CheckLine } from "./check-line.ts";

const { pass, fail, skip } = linesOf("settings");
const missingMark = ": is missing";

/** Reads every slice as the functions do: wrong is a fault, only absent is not. */
export function checkSettings(env: SettingsSource): CheckLine[] {
  return sliceNames.map((name) => checkSlice(name, env));
}

const sliceNames = Object.keys(settingSlices).filter(
  (name): name is SliceName => name in settingSlices,
);

function checkSlice(name: SliceName, env: SettingsSource): CheckLine {
  const complaints = complaintsOf(name, env);
  const wrong = complaints.filter((complaint) => !complaint.endsWith(missingMark));
  if (wrong.length > 0) return fail(name, "settings_wrong", wrong.join("; "));
  if (complaints.length === 0) return pass(name);
  const missing = complaints.map((complaint) => complaint.slice(0, -missingMark.length));
  return skip(name, `set ${missing.join(", ")}${setElsewhere[name] ?? ""}`);
}

/** In the words in which a function would refuse to start. */
function complaintsOf(name: SliceName, env: SettingsSource): string[] {
  try {
    readSettings([name], env);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const lines = error.message.split("\n").filter((line) => line.startsWith("- "));
    return lines.map((line) => line.slice(2));
  }
}

const byTheHub = " (npm run dev and a deployment set it themselves)";
const setElsewhere: Partial<Record<SliceName, string>> = {
  database: " (npm run dev starts a database of its own without it)",
  credentials: " (npm run dev makes its own)",
  api: " (npm run dev makes its own)",
  queue: byTheHub,
  schedules: byTheHub,
  retry: byTheHub,
};
