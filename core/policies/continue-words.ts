/** By which words the rest of a long answer is offered, unless the policy has its own. */
export const defaultContinueText = 'Reply 继续 or "continue" to read on';

/** What a contact may answer to that, unless the policy has its own. */
export const defaultContinueWords: readonly string[] = [
  "继续",
  "继续看",
  "继续说",
  "接着说",
  "下一页",
  "更多",
  "繼續",
  "continue",
  "go on",
  "more",
  "next",
];

/**
 * Whether a text is only one of the words, whatever its case, width, quotation marks and
 * punctuation: 「继续」 or "Continue!" are, "continue with the second one" is not.
 */
export function isContinueWord(
  text: string,
  words: readonly string[] = defaultContinueWords,
): boolean {
  const said = bare(text);
  return said !== "" && words.some((word) => bare(word) === said);
}

function bare(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/^[\p{P}\p{S}\s]+|[\p{P}\p{S}\s]+$/gu, "")
    .replaceAll(/\s+/g, " ");
}
