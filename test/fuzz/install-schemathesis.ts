import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const version = "4.32.5";
const folder = join(import.meta.dirname, "..", "..", ".cache", `schemathesis-${version}`);

/** The program's path; the first call installs it into `.cache`. Needs Python 3.10 or newer. */
export async function installSchemathesis(): Promise<string> {
  const program = join(folder, "bin", "schemathesis");
  if (existsSync(program)) return program;
  await run("python3", ["-m", "venv", folder]);
  await run(join(folder, "bin", "pip"), ["install", "--quiet", `schemathesis==${version}`]);
  return program;
}
