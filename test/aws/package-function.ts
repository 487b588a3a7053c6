import { execFile } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundleFunction } from "#local/build-functions.ts";
import { sealLinks } from "#test/infra/seal-links.ts";
import type { PlannedFunction } from "./stack.ts";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

/**
 * The zip of a function as SST uploads it: its bundle under the planned handler's name, and beside it
 * the secrets that the plan links to it, sealed under the planned key.
 */
export async function packageFunction(
  planned: PlannedFunction,
  options: {
    folder: string;
    /** Values of secrets, by their names as SST secrets. */
    secrets: Readonly<Record<string, string>>;
    /** An interpreter whose standard library writes the zip. */
    python: string;
  },
): Promise<Buffer> {
  const code = join(options.folder, planned.function);
  await mkdir(code, { recursive: true });
  const module = planned.handler.replace(/\.\w+$/, "");
  await bundleFunction(join(root, planned.entry), join(code, `${module}.mjs`));
  const key = Buffer.from(planned.environment.variables["SST_KEY"] ?? "", "base64");
  const links = Object.fromEntries(
    planned.links.map((name) => [name, { type: "sst.sst.Secret", value: secretOf(name) }]),
  );
  await sealLinks(code, links, key);
  const files = (await readdir(code)).filter((file) => !file.endsWith(".map"));
  const zip = join(options.folder, `${planned.function}.zip`);
  await run(options.python, ["-m", "zipfile", "-c", zip, ...files], { cwd: code });
  return readFile(zip);

  function secretOf(name: string): string {
    const value = options.secrets[name];
    if (value === undefined) throw new Error(`The test has no value for the secret ${name}.`);
    return value;
  }
}
