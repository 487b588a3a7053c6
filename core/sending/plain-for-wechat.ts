import type { Nodes, Root, Table, TableCell } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";
import { tableAsList } from "./table-as-list.ts";

/** Two offsets of the source. */
type Place = { from: number; to: number };

/** Replaces what lies there. */
type Edit = Place & { text: string };

/** WeChat clips tables from the third column on (reference/ilink.md 1.4, hermes-agent issue 16951). */
const mostColumns = 2;
/** Without one of these there is nothing to find, and no need to look. */
const mayBeGarbled = /[#!*_|<]/;
/** Heading marks that WeChat shows as they are. */
const firstPlainDepth = 5;

/**
 * The Markdown with what WeChat garbles turned into plain text: headings of depth 5 and 6, images,
 * italics beside Chinese, Japanese or Korean, tables of three columns or more, and a `<` that is no
 * tag, behind which WeChat drops the line. All else, code above all, stays byte for byte
 * (reference/ilink.md 1.4).
 */
export function plainForWechat(markdown: string): string {
  if (!mayBeGarbled.test(markdown)) return markdown;
  const whole = { from: 0, to: markdown.length };
  return rewrite(markdown, whole, editsOf(parse(markdown), markdown));
}

function parse(markdown: string): Root {
  return fromMarkdown(markdown, {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  });
}

function rewrite(source: string, { from, to }: Place, edits: readonly Edit[]): string {
  let plain = "";
  let at = from;
  for (const edit of edits.toSorted((a, b) => a.from - b.from)) {
    plain += source.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return plain + source.slice(at, to);
}

/** Goes through the tree without recursion: quotation marks nest as deep as the text is long. */
function editsOf(root: Nodes, source: string): Edit[] {
  const edits: Edit[] = [];
  const open: Nodes[] = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    const place = placeOf(node);
    if (node.type === "table" && (node.children[0]?.children.length ?? 0) > mostColumns) {
      edits.push({ ...place, text: asList(node, source) });
    } else if (node.type === "image") {
      edits.push({ ...place, text: inWords(node.alt, node.url) });
    } else if (node.type === "imageReference") {
      edits.push({ ...place, text: node.alt ?? "" });
    } else if (node.type === "text") {
      edits.push(...bareBrackets(place, source));
    } else {
      if (isGarbled(node, place, source)) edits.push(...withoutMarks(node, place));
      if ("children" in node) open.push(...node.children);
    }
  }
  return edits;
}

type Marked = Extract<Nodes, { type: "heading" | "emphasis" }>;

function isGarbled(node: Nodes, place: Place, source: string): node is Marked {
  if (node.type === "heading") return node.depth >= firstPlainDepth;
  return node.type === "emphasis" && touchesCjk(source, place);
}

function placeOf({ position }: Nodes): Place {
  return { from: position?.start.offset ?? 0, to: position?.end.offset ?? 0 };
}

/** Drops what stands before the first child and behind the last one. */
function withoutMarks({ children }: Marked, { from, to }: Place): Edit[] {
  const [first, last] = [children[0], children.at(-1)];
  if (!first || !last) return [{ from, to, text: "" }];
  return [
    { from, to: placeOf(first).from, text: "" },
    { from: placeOf(last).to, to, text: "" },
  ];
}

const cjk = /[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]/;

function touchesCjk(source: string, { from, to }: Place): boolean {
  return cjk.test(source.slice(Math.max(0, from - 1), to + 1));
}

/** An image's words and, where a person can open it, its address. */
function inWords(alt: string | null | undefined, url: string): string {
  const isOpen = /^https?:\/\//.test(url);
  return [alt ?? "", isOpen ? url : ""].filter((part) => part !== "").join(": ");
}

/** The parser took these for text, so none begins a tag. */
function bareBrackets({ from, to }: Place, source: string): Edit[] {
  const found = source.slice(from, to).matchAll(/\\?</g);
  return [...found].map((bracket) => ({
    from: from + bracket.index,
    to: from + bracket.index + bracket[0].length,
    text: "\uFF1C",
  }));
}

/** The list, each line behind what the table stood behind: a quotation mark or a list's indent. */
function asList(table: Table, source: string): string {
  const { from } = placeOf(table);
  const lineStart = source.lastIndexOf("\n", from - 1) + 1;
  const prefix = source.slice(lineStart, from).replaceAll(/[^>\s]/g, " ");
  const cells = table.children.map((row) => row.children.map((cell) => cellText(cell, source)));
  return tableAsList(cells).replaceAll("\n", `\n${prefix}`);
}

/** What is in a cell, where a bar is written with a backslash. */
function cellText(cell: TableCell, source: string): string {
  const [first, last] = [cell.children[0], cell.children.at(-1)];
  if (!first || !last) return "";
  const inner = { from: placeOf(first).from, to: placeOf(last).to };
  return rewrite(source, inner, editsOf(cell, source)).replaceAll("\\|", "|");
}
