import { glob, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";

const firstLoadBudgetBytes = 230 * 1024;

const Manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    css: z.array(z.string()).default([]),
    imports: z.array(z.string()).default([]),
  }),
);

const dist = inject("consoleDist");
const entry = "index.html";
const pages = ["overview", "bots", "bot", "inbox", "review", "runs", "sign-in"];

let manifest: z.infer<typeof Manifest>;
beforeAll(async () => {
  manifest = Manifest.parse(JSON.parse(await read(join(dist, ".vite", "manifest.json"))));
});

test.each(pages)("a first visit of %s reads no more than the budget", async (page) => {
  const files = new Set([entry, "before-paint.js", ...filesOf(entry), ...filesOf(sourceOf(page))]);
  const sizes = await Promise.all([...files].map(compressedBytes));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  process.stdout.write(`${page}: ${Math.round(bytes / 1024)} KB in ${files.size} files\n`);
  expect(bytes).toBeLessThanOrEqual(firstLoadBudgetBytes);
});

test("no page comes with the frame", () => {
  const atOnce = filesOf(entry);
  for (const page of pages) expect(atOnce).not.toContain(manifest[sourceOf(page)]?.file);
});

test("each Mantine component in use has its styles", async () => {
  const styles = createRequire(import.meta.url).resolve("@mantine/core/styles.css");
  const scripts = await readAll("assets/*.js");
  const shipped = classesIn(await readAll("assets/*.css"));
  const used = classesIn(scripts);
  const styled = classesIn(await read(styles));
  const missing = [...styled].filter((name) => used.has(name) && !shipped.has(name));
  expect(missing, "console/src/mantine-styles.ts leaves out a stylesheet").toEqual([]);
});

/** What the browser reads before it can show this module: its own file, its imports and their styles. */
function filesOf(source: string, found = new Set<string>()): Set<string> {
  const part = manifest[source];
  if (!part) throw new Error(`The build has no ${source}.`);
  if (found.has(part.file)) return found;
  found.add(part.file);
  for (const file of part.css) found.add(file);
  for (const imported of part.imports) filesOf(imported, found);
  return found;
}

function sourceOf(page: string): string {
  const source = Object.keys(manifest).find((key) => key.endsWith(`/${page}.tsx`));
  if (source === undefined) throw new Error(`The build has no page ${page}.`);
  return source;
}

/** As the local hub compresses; the deployed front does about the same. */
async function compressedBytes(file: string): Promise<number> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };
  return brotliCompressSync(await read(join(dist, file)), { params }).length;
}

function classesIn(text: string): Set<string> {
  return new Set(text.match(/\bm_[0-9a-f]{6,8}\b/g));
}

async function readAll(pattern: string): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob(pattern, { cwd: dist })) texts.push(await read(join(dist, file)));
  return texts.join("\n");
}

function read(file: string): Promise<string> {
  return readFile(file, "utf8");
}
