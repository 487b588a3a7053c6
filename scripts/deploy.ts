import { join } from "node:path";
import { parseArgs } from "node:util";
import { SettingsError } from "#core/shared/errors.ts";
import { deploy, DeployStoppedError } from "./deploy/deploy.ts";
import { runnerIn } from "./deploy/steps.ts";
import { StageUnreachableError } from "./shared/find-function.ts";

/** `npm run deploy -- --stage X`: the one command that puts a stage on AWS, or a newer release on it. */
const { values: options } = parseArgs({ options: { stage: { type: "string" } } });
const folder = join(import.meta.dirname, "..");
const say = (line: string) => process.stdout.write(`${line}\n`);

if (options.stage === undefined || !/^[a-z][a-z0-9-]{0,19}$/.test(options.stage)) {
  say("Name the stage: npm run deploy -- --stage production (or staging, or a name of your own)");
  process.exitCode = 1;
} else {
  await deployStage(options.stage);
}

async function deployStage(stage: string): Promise<void> {
  try {
    await deploy({ stage, folder, run: runnerIn(folder), say });
  } catch (error) {
    const isForPeople =
      error instanceof DeployStoppedError ||
      error instanceof SettingsError ||
      error instanceof StageUnreachableError;
    if (!isForPeople) throw error;
    say(`\n${error.message}`);
    process.exitCode = 1;
  }
}
