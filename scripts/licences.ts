import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { objection } from "./licences/judge.ts";
import { licencesPage } from "./licences/page.ts";
import { readPackages } from "./licences/read.ts";

/**
 * `npm run licences -- [--write] [--json]`: whose work is in here and under which licence. Exits with
 * 1 on a package whose licence is unknown or not permitted; `--write` renews docs/licences.md.
 */
const { values: options } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

const packages = await readPackages();
const objections = packages.flatMap((each) => objection(each) ?? []);
if (options.write) {
  const page = join(import.meta.dirname, "..", "docs", "licences.md");
  await writeFile(page, licencesPage(packages));
}
if (options.json) say(JSON.stringify({ ok: objections.length === 0, objections, packages }));
else {
  for (const [licence, each] of Map.groupBy(packages, ({ licence }) => licence ?? "none stated")) {
    const shipped = each.filter((one) => one.shipped).length;
    say(`${licence}: ${shipped} shipped, ${each.length - shipped} for development`);
  }
  for (const line of objections) say(`✗ ${line}`);
}
process.exitCode = objections.length === 0 ? 0 : 1;
