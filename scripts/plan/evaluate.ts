import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { build, type PluginBuild } from "esbuild";
import { z } from "zod";
import { secretNames } from "#infra/secret-names.ts";
import { platform, root } from "./paths.ts";
import { BuiltFunction, startRpc } from "./rpc.ts";

const Evaluated = z.object({
  app: z.object({
    name: z.string(),
    stage: z.string(),
    removal: z.enum(["remove", "retain", "retain-all"]),
    protect: z.boolean(),
    providers: z.record(z.string(), z.unknown()),
  }),
  outputs: z.array(z.string()),
  resources: z.array(
    z.object({
      type: z.string(),
      name: z.string(),
      inputs: z.record(z.string(), z.unknown()),
      /** It outlives its removal from the stack. */
      isKept: z.boolean(),
    }),
  ),
});

/** What a deployment would make; `functions` says of each SST function what its bundle is made of. */
export const Plan = Evaluated.extend({ functions: z.record(z.string(), BuiltFunction) });
export type Plan = z.infer<typeof Plan>;
export type PlannedResource = Plan["resources"][number];

/** The configuration would stop a deployment; the message is its own. */
export class PlanFailedError extends Error {
  override name = "PlanFailedError";
}

/**
 * Everything `sst deploy --stage <stage>` would make, with its final inputs: the real sst.config.ts on
 * the real SST components, with stand-ins for AWS and for the values of secrets. Needs the platform.
 * Throws PlanFailedError.
 */
export async function evaluatePlan(stage: string, settingsFile: string): Promise<Plan> {
  const work = await makeWorkFolder();
  const rpc = await startRpc(join(work, "code"));
  const program = join(platform, `plan-${process.pid}-${stage}.mjs`);
  const outFile = join(work, "plan.json");
  try {
    await bundleProgram(program, stage, work);
    await runProgram(program, outFile, {
      SST_SERVER: rpc.url,
      HUB_SETTINGS_FILE: settingsFile,
      HUB_CONSOLE_DIR: process.env["HUB_CONSOLE_DIR"] ?? join("console", "dist"),
      ...standInSecrets(),
    });
    const evaluated = Evaluated.parse(JSON.parse(await readFile(outFile, "utf8")));
    return { ...evaluated, functions: rpc.built };
  } finally {
    await rpc.stop();
    await rm(program, { force: true });
    await rm(work, { recursive: true });
  }
}

async function runProgram(
  program: string,
  outFile: string,
  told: Readonly<Record<string, string>>,
): Promise<void> {
  const run = spawn(process.execPath, [program, outFile], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"], NODE_NO_WARNINGS: "1", ...told },
  });
  const [said, [code]] = await Promise.all([text(run.stderr), once(run, "exit")]);
  if (code !== 0)
    throw new PlanFailedError(`This configuration cannot be deployed.\n${said.trim()}`);
}

/** What a secret's value is in a plan; nothing that is planned may show it. */
export function standInSecret(name: string): string {
  return `value-of-${name}`;
}

function standInSecrets(): Record<string, string> {
  const names = Object.values(secretNames);
  return Object.fromEntries(names.map((name) => [`SST_SECRET_${name}`, standInSecret(name)]));
}

async function makeWorkFolder(): Promise<string> {
  const cache = join(root, ".cache");
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "plan-"));
  await mkdir(join(work, "code"));
  await writeFile(join(work, "code", "bundle.mjs"), "");
  return work;
}

/** As the SST CLI bundles a configuration (reference/sst-offline.md 2). */
async function bundleProgram(outfile: string, stage: string, work: string): Promise<void> {
  const globals = {
    $app: { stage, removal: "retain", protect: false },
    $cli: {
      command: "deploy",
      dev: false,
      paths: { root, platform, work },
      state: { version: {} },
    },
    $dev: false,
  };
  await build({
    entryPoints: [join(import.meta.dirname, "harness.mjs")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "esnext",
    mainFields: ["module", "main"],
    nodePaths: [join(platform, "node_modules")],
    external: [
      "@pulumi/*",
      "@pulumiverse/*",
      "@sst-provider/*",
      "@aws-sdk/*",
      "archiver",
      "esbuild",
      "glob",
      "undici",
      "vite",
    ],
    inject: [join(platform, "src", "shim", "run.js")],
    plugins: [{ name: "infra-globals", setup: giveInfraItsGlobals }],
    banner: {
      js: [
        'import { createRequire as __createRequire } from "node:module";',
        "const require = __createRequire(import.meta.url);",
        "const __filename = import.meta.filename;",
        "const __dirname = import.meta.dirname;",
        `Object.assign(globalThis, ${JSON.stringify(globals)});`,
      ].join("\n"),
    },
    logLevel: "silent",
  });
}

/** Each file of the configuration sees `aws` and `sst` without importing them. */
function giveInfraItsGlobals(bundle: PluginBuild): void {
  const globals = [
    'import * as aws from "@pulumi/aws";',
    `import * as sst from ${JSON.stringify(join(platform, "src", "components"))};`,
  ].join("");
  const folders = [root, join(root, "infra")];
  bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) =>
    folders.includes(dirname(path))
      ? { contents: `${globals}${await readFile(path, "utf8")}`, loader: "ts" }
      : undefined,
  );
}
