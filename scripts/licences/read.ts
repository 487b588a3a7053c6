import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inventory, Lock, type Package } from "./inventory.ts";

const root = join(import.meta.dirname, "..", "..");

/** All packages of this project, judged by its lock file and by what the console imports. */
export async function readPackages(): Promise<Package[]> {
  const lock: unknown = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  return inventory(Lock.parse(lock), await consoleImports());
}

/** Packages that the console's own source names; the bundler takes nothing else. */
async function consoleImports(): Promise<string[]> {
  const names = new Set<string>();
  for await (const file of glob("console/src/**/*.{ts,tsx}", { cwd: root })) {
    const source = await readFile(join(root, file), "utf8");
    const found = source.matchAll(/(?:from|import)\s*\(?\s*"([^".#][^"]*)"/g);
    for (const [, specifier = ""] of found) names.add(packageOf(specifier));
  }
  return [...names];
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
