/** WeChat cuts what a person writes into messages of this many characters (reference/ilink.md 1.3). */
const cutAtChars = 2048;

/**
 * Several messages as one text, in their order: each on a line of its own, but what WeChat cut is
 * put together again without one.
 */
export function joinTexts(texts: readonly string[]): string {
  return texts.reduce(
    (joined, text, index) => joined + (index === 0 ? "" : seamAfter(texts[index - 1] ?? "")) + text,
    "",
  );
}

/** What stands between a text and the next one. */
export function seamAfter(text: string): "" | "\n" {
  return isCutOff(text) ? "" : "\n";
}

/** Whether WeChat cut here, so that more is to come; it is not known by which characters it counts. */
export function isCutOff(text: string): boolean {
  return text.length === cutAtChars || Array.from(text).length === cutAtChars;
}
