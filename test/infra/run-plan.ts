import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..", "..");

/** What `npm run plan` prints, with this file as the settings of the stage. */
export async function runPlan(
  options: readonly string[],
  settingsFile = join(import.meta.dirname, "stage.env"),
  consoleFolder = join(import.meta.dirname, "console"),
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, "scripts", "plan.ts"), ...options],
    {
      env: { ...process.env, HUB_SETTINGS_FILE: settingsFile, HUB_CONSOLE_DIR: consoleFolder },
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  return stdout;
}
