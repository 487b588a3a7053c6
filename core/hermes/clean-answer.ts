export type CleanAnswer = {
  text: string;
  /** True when the limit cut something off: say so to the reader. */
  isCut: boolean;
  /** What `MEDIA:` named: paths on Hermes' own machine, or URLs. Not for the contact. */
  mediaRefs: string[];
  /** Pictures that Hermes put into the text, as data: URLs. */
  dataUrls: string[];
};

const longestChars = 20_000;

/**
 * The answer as a person should read it: without Hermes' marks for files, trimmed, and cut at
 * `maxChars` UTF-16 units (reference/hermes.md 3.2 D).
 */
export function cleanAnswer(
  text: string,
  { maxChars = longestChars }: { maxChars?: number } = {},
): CleanAnswer {
  const dataUrls: string[] = [];
  const mediaRefs: string[] = [];
  const words = text
    .replaceAll(dataUrl, (_all, inPicture: string | undefined, bare: string | undefined) => {
      dataUrls.push(inPicture ?? bare ?? "");
      return "";
    })
    .replaceAll(mediaMark, (_all, ...[ticked, quoted, apart]: (string | undefined)[]) => {
      mediaRefs.push(ticked ?? quoted ?? apart ?? "");
      return "";
    })
    .replaceAll("[[audio_as_voice]]", "")
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
  return { ...cut(words, maxChars), mediaRefs, dataUrls };
}

/** A markdown picture with a data: URL, or such a URL by itself. */
const dataUrl =
  /!\[[^\]\n]{0,200}\]\((data:[^\s)]+)\)|(data:[\w.+-]+\/[\w.+-]+(?:;[\w=.-]+)*,[\w+/=%.-]+)/g;

/** `MEDIA:` and what it names: in ticks (around both or the path), in quotes, or up to a space. */
const mediaMark = /`?MEDIA:[ \t]*(?:`([^`\n]+)`|"([^"\n]+)"|([^\s`"]+))`?/g;

function cut(text: string, maxChars: number): { text: string; isCut: boolean } {
  if (text.length <= maxChars) return { text, isCut: false };
  const end = isHighSurrogate(text.charCodeAt(maxChars - 1)) ? maxChars - 1 : maxChars;
  return { text: text.slice(0, end).trimEnd(), isCut: true };
}

/** The first half of an emoji; cutting behind it would leave a broken character. */
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}
