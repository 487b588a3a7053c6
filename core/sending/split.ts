/** The longest text that WeChat was seen to show in full (reference/ilink.md 1.4). */
export const longestChunk = 2000;

/**
 * Cuts an answer into as few WeChat bubbles as it takes: at a paragraph if one ends in the latter
 * half of the room, else at a line, a sentence or a space, else anywhere but inside a character.
 */
export function splitText(text: string, longest: number = longestChunk): string[] {
  const chunks: string[] = [];
  let rest = text.trim();
  while (rest.length > longest) {
    const at = cutAt(rest, longest);
    chunks.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  if (rest !== "") chunks.push(rest);
  return chunks;
}

const seams = [/\n\s*\n/g, /\n/g, /[。！？!?.](?=\s|[^\s.])/g, /\s/g];

function cutAt(text: string, longest: number): number {
  const room = text.slice(0, longest);
  for (const seam of seams) {
    const last = [...room.matchAll(seam)].at(-1);
    if (last && last.index + last[0].length > longest / 2) return last.index + last[0].length;
  }
  return insideCharacter(text, longest) ? longest - 1 : longest;
}

/** True between the two halves of a surrogate pair. */
function insideCharacter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}
