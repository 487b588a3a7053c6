import { join } from "node:path";
import { build } from "esbuild";
import { functionFigures, type FunctionName } from "#infra/figures.ts";

const root = join(import.meta.dirname, "..");

export const functionNames: readonly FunctionName[] = ["poll", "agent", "retry", "api"];

/** Where the built module of a function lies, under the project's `.build`. */
export function bundlePath(name: FunctionName): string {
  return join(root, ".build", "functions", name, "index.mjs");
}

/**
 * Bundles every function as it is deployed: one ES module each, for Node 24. Throws what esbuild
 * says when the source does not build.
 */
export async function buildFunctions(): Promise<void> {
  await Promise.all(Object.keys(functionFigures).map((name) => buildFunction(name)));
}

async function buildFunction(name: string): Promise<void> {
  await build({
    entryPoints: [join(root, "functions", `${name}.ts`)],
    outfile: join(root, ".build", "functions", name, "index.mjs"),
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: "linked",
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    // What is CommonJS inside the bundle still asks for Node's own modules by require.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
}
