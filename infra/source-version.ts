import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What the api is made of; the rest changes nothing of what it answers. */
const parts = ["core", "functions", "package-lock.json"];

/** Names what the api runs: twelve hexadecimal digits that change with its source. */
export function sourceVersion(root: string): string {
  const hash = createHash("sha256");
  for (const file of parts.flatMap((part) => filesAt(join(root, part)))) {
    hash.update(`${relative(root, file).replaceAll("\\", "/")}\n`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}

function filesAt(path: string): string[] {
  if (/\.[a-z]+$/.test(path)) return path.includes(".test.") ? [] : [path];
  const names = readdirSync(path).toSorted();
  return names.flatMap((name) => filesAt(join(path, name)));
}
