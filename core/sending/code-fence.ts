/** A fenced code block of Markdown. */
export type Fence = {
  /** Its first line, for going on with it elsewhere. */
  opening: string;
  /** The line that ends it. */
  closing: string;
  /** Where its first line begins and its last one ends; -1 and Infinity where that is elsewhere. */
  from: number;
  to: number;
};

const longestInfo = 60;
/** A longer row of marks, or a deeper indent, is decoration; repeating it would fill the bubbles. */
const longestMark = 40;

/** The code blocks of a text that may begin inside one. */
export function fencesOf(text: string, open: Fence | null = null): Fence[] {
  const fences: Fence[] = [];
  let current: Fence | null = open && { ...open, from: -1, to: Infinity };
  let at = 0;
  for (const line of text.split("\n")) {
    const end = at + line.length;
    if (!current) current = openedBy(line, at);
    else if (closes(line, current)) {
      fences.push({ ...current, to: end });
      current = null;
    }
    at = end + 1;
  }
  return current ? [...fences, current] : fences;
}

/** The code block that a text leaves open. */
export function fenceAfter(text: string, open: Fence | null): Fence | null {
  const last = fencesOf(text, open).at(-1);
  return last?.to === Infinity ? last : null;
}

function openedBy(line: string, from: number): Fence | null {
  const found = /^([ \t>]*)(`{3,}|~{3,})(.*)$/.exec(line);
  if (!found) return null;
  const [, indent = "", mark = "", info = ""] = found;
  if (mark.startsWith("`") && info.includes("`")) return null;
  if (indent.length + mark.length > longestMark) return null;
  const opening = indent + mark + (info.length > longestInfo ? "" : info.trimEnd());
  return { opening, closing: indent + mark, from, to: Infinity };
}

function closes(line: string, { closing }: Fence): boolean {
  const mark = closing.trimStart().replace(/^[ \t>]*/, "");
  const found = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1];
  return found !== undefined && found.startsWith(mark);
}
