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
    .replaceAll(mediaMark, (_all, ...[ticked, quoted, path, word]: (string | undefined)[]) => {
      mediaRefs.push(ticked ?? quoted ?? path ?? word ?? "");
      return "";
    })
    .replaceAll("[[audio_as_voice]]", "")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
  return { ...cut(words, maxChars), mediaRefs, dataUrls };
}

/** A markdown picture with a data: URL, or such a URL by itself. */
const dataUrl =
  /!\[[^\]\n]{0,200}\]\((data:[^\s)]+)\)|(data:[\w.+-]+\/[\w.+-]+(?:;[\w=.-]+)*,[\w+/=%.-]+)/g;

const extension =
  "(?:png|jpe?g|gif|webp|bmp|svg|mp4|mov|webm|mp3|wav|ogg|opus|m4a|flac|pdf|docx?|xlsx?|pptx?|txt|md|csv|json|zip)";
/** A path may hold spaces when it ends in a known extension. */
const path = String.raw`(?:~?\/[^\n\u0060"]{0,300}?\.${extension}(?!\w)|(?:~?\/|https?:\/\/)[^\s\u0060"]+)`;

/**
 * `MEDIA:` and what it names, in ticks or quotes or plain. With a space behind the colon only a
 * path or URL counts: "SOCIAL MEDIA: none" is prose.
 */
const mediaMark = new RegExp(
  String.raw`\u0060?(?<!\w)MEDIA:(?:[ \t]*(?:\u0060([^\u0060\n]+)\u0060|"([^"\n]+)"|(${path}))|([^\s\u0060"]+))\u0060?`,
  "g",
);

function cut(text: string, maxChars: number): { text: string; isCut: boolean } {
  if (text.length <= maxChars) return { text, isCut: false };
  const end = isHighSurrogate(text.charCodeAt(maxChars - 1)) ? maxChars - 1 : maxChars;
  return { text: text.slice(0, end).trimEnd(), isCut: true };
}

/** The first half of an emoji; cutting behind it would leave a broken character. */
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}
