import { basename, dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import bundlePlugins from "#infra/bundle-plugins.mjs";
import type { FunctionName } from "#infra/figures.ts";

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
  await Promise.all(
    functionNames.map((name) =>
      bundleFunction(join(root, "functions", `${name}.ts`), bundlePath(name)),
    ),
  );
}

/** Bundles one entry with the options of a deployment; gives what esbuild says it is made of. */
export async function bundleFunction(
  entry: string,
  outfile: string,
  plugins = bundlePlugins,
): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [{ in: entry, out: basename(outfile, ".mjs") }],
    outdir: dirname(outfile),
    outExtension: { ".js": ".mjs" },
    // What is imported only when it is first used stays out of what is read at the start.
    splitting: true,
    chunkNames: `${basename(outfile, ".mjs")}-[hash]`,
    metafile: true,
    plugins,
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
  return metafile;
}
