import type { Nodes, Root, Table } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";
import { tableAsList } from "./table-as-list.ts";

/** Replaces what lies between two offsets of the source. */
type Edit = { from: number; to: number; text: string };

/** WeChat clips tables from the third column on (reference/ilink.md 1.4, hermes-agent issue 16951). */
const mostColumns = 2;
/** Heading marks that WeChat shows as they are. */
const firstPlainDepth = 5;

/**
 * The Markdown with what WeChat garbles turned into plain text: headings of depth 5 and 6, images,
 * italics beside Chinese, Japanese or Korean, tables of three columns or more, and a `<` that is no
 * tag, behind which WeChat drops the line. All else, code above all, stays byte for byte
 * (reference/ilink.md 1.4).
 */
export function plainForWechat(markdown: string): string {
  const root = parse(markdown);
  const edits = editsOf(root, markdown).toSorted((a, b) => a.from - b.from);
  let plain = "";
  let at = 0;
  for (const { from, to, text } of edits) {
    plain += markdown.slice(at, from) + text;
    at = to;
  }
  return plain + markdown.slice(at);
}

function parse(markdown: string): Root {
  return fromMarkdown(markdown, {
    extensions: [gfmTable()],
    mdastExtensions: [gfmTableFromMarkdown()],
  });
}

function editsOf(node: Nodes, source: string): Edit[] {
  const place = placeOf(node);
  if (node.type === "table" && (node.children[0]?.children.length ?? 0) > mostColumns) {
    return [{ ...place, text: asList(node, source) }];
  }
  if (node.type === "image") return [{ ...place, text: inWords(node.alt, node.url) }];
  if (node.type === "imageReference") return [{ ...place, text: node.alt ?? "" }];
  if (node.type === "text") return bareBrackets(place, source);
  const inner = "children" in node ? node.children.flatMap((each) => editsOf(each, source)) : [];
  const drops =
    (node.type === "heading" && node.depth >= firstPlainDepth) ||
    (node.type === "emphasis" && touchesCjk(source, place));
  return drops ? [...withoutMarks(node, place), ...inner] : inner;
}

function placeOf({ position }: Nodes): { from: number; to: number } {
  return { from: position?.start.offset ?? 0, to: position?.end.offset ?? 0 };
}

/** Drops what stands before the first child and behind the last one. */
function withoutMarks(
  node: Extract<Nodes, { type: "heading" | "emphasis" }>,
  { from, to }: { from: number; to: number },
): Edit[] {
  const [first, last] = [node.children[0], node.children.at(-1)];
  if (!first || !last) return [{ from, to, text: "" }];
  return [
    { from, to: placeOf(first).from, text: "" },
    { from: placeOf(last).to, to, text: "" },
  ];
}

const cjk = /[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF00-\uFFEF]/;

function touchesCjk(source: string, { from, to }: { from: number; to: number }): boolean {
  return cjk.test(source.slice(Math.max(0, from - 1), to + 1));
}

/** An image's words and, where a person can open it, its address. */
function inWords(alt: string | null | undefined, url: string): string {
  const isOpen = /^https?:\/\//.test(url);
  return [alt ?? "", isOpen ? url : ""].filter((part) => part !== "").join(": ");
}

/** The parser took these for text, so none begins a tag. */
function bareBrackets({ from, to }: { from: number; to: number }, source: string): Edit[] {
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
  const cells = table.children.map((row) =>
    row.children.map((cell) => {
      const { from, to } = placeOf(cell);
      return plainForWechat(cellText(source.slice(from, to)));
    }),
  );
  return tableAsList(cells).replaceAll("\n", `\n${prefix}`);
}

/** A cell without its bars; inside, a bar is written with a backslash. */
function cellText(cell: string): string {
  return cell
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .replaceAll("\\|", "|")
    .trim();
}
