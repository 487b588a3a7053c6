import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";
import type { Nodes } from "mdast";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "..");
const Package = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = Package.parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

const passedBy = new Set(["node_modules", "dist"]);

/** Every text for people that is kept with the source. */
function listDocs(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return passedBy.has(entry.name) || entry.name.startsWith(".") ? [] : listDocs(path);
    }
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

function parse(text: string): Nodes {
  return fromMarkdown(text, {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  });
}

function* nodesOf(node: Nodes): Generator<Nodes> {
  yield node;
  if ("children" in node) for (const child of node.children) yield* nodesOf(child);
}

function textOf(node: Nodes): string {
  if ("value" in node) return node.value;
  return "children" in node ? node.children.map(textOf).join("") : "";
}

function linksOf(path: string): string[] {
  return [...nodesOf(parse(readFileSync(path, "utf8")))].flatMap((node) => {
    if (node.type === "html")
      return [...node.value.matchAll(/ (?:src|href)="([^"]+)"/g)].map(second);
    const hasUrl = node.type === "link" || node.type === "image" || node.type === "definition";
    return hasUrl ? [node.url] : [];
  });
}

function second([, found = ""]: readonly string[]): string {
  return found;
}

/** As GitHub names the places of a page. */
function anchorsOf(path: string): string[] {
  return [...nodesOf(parse(readFileSync(path, "utf8")))].flatMap((node) =>
    node.type === "heading"
      ? [
          textOf(node)
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
            .replaceAll(" ", "-"),
        ]
      : [],
  );
}

/** What is wrong with a link, or null. */
function complaintOf(path: string, url: string): string | null {
  if (/^[a-z]+:/.test(url)) return null;
  const [file = "", anchor] = decodeURI(url).split("#");
  const target = file === "" ? path : join(dirname(path), file);
  if (!existsSync(target)) return `${url}: there is no such file`;
  if (anchor === undefined || !target.endsWith(".md")) return null;
  return anchorsOf(target).includes(anchor) ? null : `${url}: no heading of that name`;
}

const docs = listDocs(root).map((path) => relative(root, path));

describe.each(docs)("%s", (name) => {
  const path = join(root, name);

  test("links to what is there", () => {
    const complaints = linksOf(path).flatMap((url) => complaintOf(path, url) ?? []);
    expect(complaints).toEqual([]);
  });

  test("names scripts that there are", () => {
    const named = [...readFileSync(path, "utf8").matchAll(/npm run ([a-z][a-z0-9:-]*)/g)];
    const unknown = named.flatMap(([, script = ""]) => (script in scripts ? [] : [script]));
    expect(unknown).toEqual([]);
  });
});

test("README.md has a line for every script", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const isTold = (script: string) =>
    script === "test" ? readme.includes("`npm test`") : told(readme, script);
  expect(Object.keys(scripts).filter((script) => !isTold(script))).toEqual([]);
});

function told(readme: string, script: string): boolean {
  return new RegExp(`npm run ${script}(?![a-z0-9:-])`).test(readme);
}
