import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describePlan } from "./plan/describe.ts";
import { evaluatePlan, PlanFailedError } from "./plan/evaluate.ts";
import { root } from "./plan/paths.ts";
import { ensurePlatform, PlatformMissingError } from "./plan/platform.ts";

/**
 * `npm run plan -- [--stage production] [--json]`: prints everything a deployment would make, without
 * an account. `--set-up` only sets up what that needs.
 */
const { values: options } = parseArgs({
  options: {
    stage: { type: "string", default: "production" },
    json: { type: "boolean", default: false },
    "set-up": { type: "boolean", default: false },
  },
});
const say = (line: string) => process.stderr.write(`${line}\n`);

try {
  await ensurePlatform(say);
  if (!options["set-up"]) await printPlan(options.stage, options.json);
} catch (error) {
  if (!(error instanceof PlatformMissingError || error instanceof PlanFailedError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function printPlan(stage: string, asJson: boolean): Promise<void> {
  const plan = await evaluatePlan(stage, settingsFileOf(stage));
  process.stdout.write(`${asJson ? JSON.stringify(plan) : describePlan(plan)}\n`);
}

function settingsFileOf(stage: string): string {
  const given = process.env["HUB_SETTINGS_FILE"];
  if (given !== undefined) return given;
  const own = `.env.${stage}`;
  if (existsSync(join(root, own))) return own;
  say(`There is no ${own} yet; planned with scripts/plan/stand-in.env.`);
  return join(import.meta.dirname, "plan", "stand-in.env");
}
