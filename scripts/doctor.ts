import { parseArgs } from "node:util";
import { askStage } from "./doctor/ask-stage.ts";
import type { Area, ToldLine } from "./doctor/check-line.ts";
import { thisMachine } from "./doctor/context.ts";
import { describeArea, describeEnd } from "./doctor/report-text.ts";
import { runDoctor, type DoctorReport } from "./doctor/run-doctor.ts";

/**
 * `npm run doctor -- [--json] [--stage X]`: looks at what .env and the environment name, from settings
 * to a real question to Hermes; with a stage its agent Lambda looks, from inside. Exits with 1 when
 * something failed.
 */
const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, stage: { type: "string" } },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

const tell = (area: Area, lines: readonly ToldLine[]) => {
  if (!options.json) say(`${describeArea(area, lines)}\n`);
};
const report =
  options.stage === undefined
    ? await runDoctor(thisMachine(process.env), tell)
    : await tellOfStage(options.stage, tell);
say(options.json ? JSON.stringify(report, null, 2) : describeEnd(report));
process.exitCode = report.ok ? 0 : 1;

async function tellOfStage(
  stage: string,
  onArea: (area: Area, lines: readonly ToldLine[]) => void,
): Promise<DoctorReport> {
  const inside = await askStage(stage);
  for (const [area, lines] of Map.groupBy(inside.checks, (line) => line.area)) onArea(area, lines);
  return inside;
}
