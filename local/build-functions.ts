import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
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
  const { metafile, outputFiles } = await build({
    write: false,
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
  // The entry comes last, and whole: a function that starts meanwhile finds all that it imports.
  const rest = outputFiles.filter(({ path }) => path !== resolve(outfile));
  await mkdir(dirname(outfile), { recursive: true });
  await Promise.all(rest.map(({ path, contents }) => writeWhole(path, contents)));
  for (const { path, contents } of outputFiles.filter((file) => !rest.includes(file))) {
    await writeWhole(path, contents);
  }
  return metafile;
}

async function writeWhole(path: string, contents: Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  await writeFile(beside, contents);
  await rename(beside, path);
}
