import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Resource } from "sst/resource";

const root = join(import.meta.dirname, "..", "..");

/**
 * With `--stage X` among its arguments a script starts itself again inside `sst shell --stage X`,
 * where the stage's secrets are. True when it did: then there is nothing left to do here, and the
 * exit code is set.
 */
export async function ranInStage(script: string, argv = process.argv.slice(2)): Promise<boolean> {
  const { values } = parseArgs({
    args: argv,
    options: { stage: { type: "string" } },
    strict: false,
    allowPositionals: true,
  });
  if (typeof values.stage !== "string" || "App" in Resource) return false;
  const run = spawn(
    join(root, "node_modules", ".bin", "sst"),
    ["shell", "--stage", values.stage, "--", process.execPath, script, ...argv],
    { cwd: root, stdio: "inherit" },
  );
  const [code] = await once(run, "exit");
  process.exitCode = typeof code === "number" ? code : 1;
  return true;
}
