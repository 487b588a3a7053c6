import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "..", "..");
const Catalogue = z.record(z.string(), z.object({ en: z.string(), zh: z.string() }));

type Entry = { file: string; key: string; en: string; zh: string };

let entries: Entry[];
let sources: Map<string, string>;
beforeAll(async () => {
  sources = await read("{console/src,core,functions}/**/*.{ts,tsx}");
  const ours = [...sources].filter(([file]) => file.startsWith("console/src"));
  const files = ours.filter(([, text]) => text.includes("= defineTexts({")).map(([file]) => file);
  entries = (await Promise.all(files.map(entriesOf))).flat();
});

test("every text is there in both languages", () => {
  expect(entries.length).toBeGreaterThan(200);
  const empty = entries.filter(({ en, zh }) => en.trim() === "" || zh.trim() === "");
  expect(empty.map(nameOf)).toEqual([]);
});

test("what is filled in is filled in in both languages", () => {
  const uneven = entries.filter(({ en, zh }) => valuesOf(en) !== valuesOf(zh));
  expect(uneven.map(nameOf)).toEqual([]);
});

test("a Chinese text is Chinese, unless it is a name", () => {
  const foreign = entries.filter(({ en, zh }) => !/\p{Script=Han}/u.test(zh) && zh !== en);
  // The one text that is written in the language it leads to, and texts of figures and units alone.
  const wrong = foreign.filter(({ zh }) => /[a-z]{3}/i.test(zh.replaceAll(/\{[^}]*\}/g, "")));
  expect(wrong.filter(({ key }) => key !== "otherLanguage").map(nameOf)).toEqual([]);
});

test("no text is left that nothing shows", () => {
  const unused = entries.filter(({ file, key }) => !isUsed(file, key));
  expect(unused.map(nameOf)).toEqual([]);
});

/** As a word of its own in another file, or twice in the one that defines it. */
function isUsed(file: string, key: string): boolean {
  const word = new RegExp(`["'.]${key}\\b|\\b${key}["']`, "g");
  const defined = new RegExp(`^\\s*"?${key}"?: \\{`, "m");
  for (const [path, text] of sources) {
    const rest = path === file ? text.replace(defined, "") : text;
    if (rest.match(word)) return true;
  }
  return false;
}

async function entriesOf(file: string): Promise<Entry[]> {
  const module: unknown = await import(join(root, file));
  const exported = z.record(z.string(), z.unknown()).parse({ ...Object(module) });
  return Object.values(exported).flatMap((value) => {
    const found = Catalogue.safeParse(value);
    if (!found.success || typeof value !== "object") return [];
    return Object.entries(found.data).map(([key, text]) => ({ file, key, ...text }));
  });
}

async function read(pattern: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const file of glob(pattern, { cwd: root })) {
    if (!file.includes(".test.")) found.set(file, await readFile(join(root, file), "utf8"));
  }
  return found;
}

function valuesOf(text: string): string {
  const names = [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name);
  return [...new Set(names)].sort().join();
}

function nameOf({ file, key }: Entry): string {
  return `${file} ${key}`;
}
