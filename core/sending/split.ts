import { fenceAfter, fencesOf, type Fence } from "./code-fence.ts";

export type ChunkLimits = {
  /** UTF-16 units. */
  chars: number;
  /** Bytes in UTF-8. */
  bytes: number;
};

/** What WeChat was seen to show in full, and the bytes above which it refuses (reference/ilink.md 1.4). */
export const chunkLimits: ChunkLimits = { chars: 2000, bytes: 16_384 };

/**
 * Cuts an answer into as few WeChat bubbles as it takes: after a paragraph if one ends in the latter
 * half of the room, else after a line, a sentence or a word, else between two graphemes. A code
 * block that has to be cut is closed in its bubble and opened again in the next. Gives [] for blank.
 */
export function splitText(text: string, limits: ChunkLimits = chunkLimits): string[] {
  const whole = text.replaceAll("\r\n", "\n").replace(/^\s*\n/, "");
  const spare = Math.max(0, ...fencesOf(whole).map(({ closing }) => closing.length + 1));
  const chunks: string[] = [];
  let rest = whole.trimEnd();
  let open: Fence | null = null;
  while (rest !== "") {
    const opening: string = open ? `${open.opening}\n` : "";
    if (fits(opening + rest, limits)) return [...chunks, opening + rest];
    const at = cutAt(rest, roomIn(rest, limits, byteLength(opening) + spare), open);
    const head = rest.slice(0, at);
    open = fenceAfter(head, open);
    chunks.push(opening + (open ? `${head.replace(/\n$/, "")}\n${open.closing}` : head.trimEnd()));
    rest = afterCut(head, rest.slice(at), open !== null);
  }
  return chunks;
}

/** What goes on in the next bubble, without the blank that the cut left; code keeps its indent. */
function afterCut(head: string, tail: string, inCode: boolean): string {
  if (inCode) return tail.replace(/^\n/, "");
  return head.endsWith("\n") ? tail.replace(/^\s*\n/, "") : tail.trimStart();
}

function fits(text: string, limits: ChunkLimits): boolean {
  return text.length <= limits.chars && byteLength(text) <= limits.bytes;
}

const utf8 = new TextEncoder();

/** As Buffer.byteLength, which the console's browser does not have. */
function byteLength(text: string): number {
  return utf8.encode(text).length;
}

/** A cut always moves on by a whole character. */
const least = 2;

/** How many units of the text go into a bubble of which `taken` are spoken for. */
function roomIn(text: string, { chars, bytes }: ChunkLimits, taken: number): number {
  let room = Math.max(least, chars - taken);
  for (;;) {
    const size = byteLength(text.slice(0, room)) + taken;
    if (size <= bytes || room === least) return room;
    room = Math.max(least, Math.floor((room * bytes) / size));
  }
}

/** Seams that nobody misses, the best first; the last two may lie inside a code block. */
const seams = [
  { pattern: /\n[ \t]*\n/g, inCode: false },
  { pattern: /\n/g, inCode: false },
  { pattern: /(?:[。！？；…]+|[.!?]+(?=\s))[”’」』）)"']*\s?/g, inCode: false },
  { pattern: /\n/g, inCode: true },
  { pattern: /\s/g, inCode: true },
] as const;

function cutAt(text: string, room: number, open: Fence | null): number {
  const head = text.slice(0, room);
  const fences = fencesOf(head, open);
  for (const { pattern, inCode } of seams) {
    const ends = [...head.matchAll(pattern)].map((seam) => seam.index + seam[0].length);
    const last = ends.findLast(
      (end) => inCode || !fences.some(({ from, to }) => from < end && end < to),
    );
    if (last !== undefined && last > room / 2) return graphemeStart(text, last);
  }
  return graphemeStart(text, room);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The nearest place at or before `at` that is inside no grapheme, or at least inside no character. */
function graphemeStart(text: string, at: number): number {
  const start = graphemes.segment(text).containing(at)?.index ?? at;
  if (start > 0) return start;
  const code = text.charCodeAt(at);
  const isLowSurrogate = code >= 0xdc00 && code <= 0xdfff;
  return isLowSurrogate && at > 1 ? at - 1 : at;
}
