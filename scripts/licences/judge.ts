import satisfies from "spdx-satisfies";
import type { Package } from "./inventory.ts";

/** Asks for no more than to be named. */
const free = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Unlicense",
  "Zlib",
];
/** Asks for the source of its own files, which whoever develops has; nothing of it is handed on. */
const forTools = [...free, "CC-BY-3.0", "CC-BY-4.0", "MPL-2.0", "Python-2.0"];

/** Why a package may not stay, or null when it may. */
export function objection({ name, version, licence, shipped }: Package): string | null {
  const what = `${name} ${version}`;
  if (licence === null) return `${what} states no licence.`;
  if (isPermitted(licence, shipped ? free : forTools)) return null;
  const where = shipped ? "in what is deployed" : "as a tool for development";
  return `${what} has the licence ${licence}, which is not permitted ${where}.`;
}

function isPermitted(licence: string, permitted: readonly string[]): boolean {
  try {
    return satisfies(licence, [...permitted]);
  } catch {
    // No SPDX expression, such as "SEE LICENSE IN …": nobody has judged it.
    return false;
  }
}
