import { posix } from "node:path";
import { z } from "zod";

/** package-lock.json as npm writes it: each folder below `node_modules` with what lies in it. */
export const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      link: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
      devDependencies: z.record(z.string(), z.string()).optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
      peerDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
export type Lock = z.infer<typeof Lock>;

export type Package = {
  name: string;
  version: string;
  /** An SPDX expression; null where its package says none. */
  licence: string | null;
  /** Part of what is deployed: the functions or the console; else a tool of whoever develops. */
  shipped: boolean;
};

/**
 * Every package of the lock file, once per version, by name. Shipped are the root's dependencies and
 * what `bundled` names (packages that a browser gets from the console's bundle), with all of theirs.
 */
export function inventory(lock: Lock, bundled: readonly string[]): Package[] {
  const roots = [...Object.keys(lock.packages[""]?.dependencies ?? {}), ...bundled];
  const shipped = closure(lock, roots);
  const packages = new Map<string, Package>();
  for (const [folder, { version = "", license = null, link }] of Object.entries(lock.packages)) {
    if (folder === "" || link === true) continue;
    const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
    const key = `${name}@${version}`;
    const isShipped = shipped.has(folder) || packages.get(key)?.shipped === true;
    packages.set(key, { name, version, licence: license, shipped: isShipped });
  }
  return [...packages.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** The folders that these packages need, found as Node looks for a module: nearest first. */
function closure(lock: Lock, roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = roots.map((name) => ({ from: "", name }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const folder = resolve(lock, next.from, next.name);
    if (folder === null || found.has(folder)) continue;
    found.add(folder);
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[folder] ?? {};
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    open.push(...names.map((name) => ({ from: folder, name })));
  }
  return found;
}

function resolve(lock: Lock, from: string, name: string): string | null {
  for (let at = from; ; at = posix.dirname(at)) {
    const base = at === "." ? "" : at;
    const folder = posix.join(base, "node_modules", name);
    if (folder in lock.packages) return folder;
    if (base === "") return null;
  }
}
