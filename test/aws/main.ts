import { join } from "node:path";
import { parseArgs } from "node:util";
import { PythonEnvironmentError } from "#local/python-environment.ts";
import { evaluatePlan, PlanFailedError } from "#scripts/plan/evaluate.ts";
import { ensurePlatform, PlatformMissingError } from "#scripts/plan/platform.ts";
import { prepareMinistack } from "./ministack.ts";
import { Rights } from "./rights.ts";
import { readStack } from "./stack.ts";
import { tryDeployment, type Report } from "./try-deployment.ts";

/**
 * `npm run test:aws -- [--json]`: deploys what `infra/` plans into an emulator of AWS, runs the main
 * story there, then takes each granted action away and sees a step fail. Exits with 1 when anything
 * does not hold, or an action is granted that nobody needs.
 */
const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const say = (line: string) => process.stderr.write(`${line}\n`);

try {
  const python = await prepareMinistack(say);
  await ensurePlatform(say);
  const plan = await evaluatePlan("emulated", join(import.meta.dirname, "stage.env"));
  const stack = readStack(plan);
  const report = await tryDeployment({ stack, rights: new Rights(stack.roles), python, log: say });
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else say(lastLine(report));
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  const isExpected =
    error instanceof PythonEnvironmentError ||
    error instanceof PlatformMissingError ||
    error instanceof PlanFailedError;
  if (!isExpected) throw error;
  say(error.message);
  if (error.cause instanceof Error) say(error.cause.message);
  process.exitCode = 1;
}

function lastLine({ ok, steps, granted, used, unused }: Report): string {
  const failed = steps.filter((step) => !step.ok).length;
  return (
    `${ok ? "✓" : "✗"} ${steps.length - failed} steps held, ${failed} failed; ` +
    `${used.length} of ${granted.length} granted actions were used, ${unused.length} were not`
  );
}
