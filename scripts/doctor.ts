import { parseArgs } from "node:util";
import { thisMachine } from "./doctor/context.ts";
import { describeArea, describeEnd } from "./doctor/report-text.ts";
import { runDoctor } from "./doctor/run-doctor.ts";

/**
 * `npm run doctor -- [--json]`: looks at what .env and the environment name, from settings to a real
 * question to Hermes. Exits with 1 when something failed.
 */
const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const say = (text: string) => process.stdout.write(`${text}\n`);

const report = await runDoctor(thisMachine(process.env), (area, lines) => {
  if (!options.json) say(`${describeArea(area, lines)}\n`);
});
say(options.json ? JSON.stringify(report, null, 2) : describeEnd(report));
process.exitCode = report.ok ? 0 : 1;
