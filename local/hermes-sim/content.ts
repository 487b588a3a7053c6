import { fullError, isRecord, type ApiResponse } from "./wire.ts";

const MAX_PART_CHARACTERS = 65_536;
const MAX_PARTS = 1000;
const TEXT_TYPES = new Set(["text", "input_text", "output_text"]);
const IMAGE_TYPES = new Set(["image_url", "input_image"]);
const FILE_TYPES = new Set(["file", "input_file"]);

/** A message's content after Hermes looked at it. */
export interface MessageContent {
  text: string;
  /** URLs of its pictures, http(s) or data. */
  images: string[];
}

/** A content part that Hermes refuses with 400. */
export class ContentError extends Error {
  override readonly name = "ContentError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  toResponse(param: string): ApiResponse {
    return fullError(400, this.message, { code: this.code, param });
  }
}

/** Reads text and pictures out of a message; throws ContentError for what Hermes refuses. */
export function readContent(content: unknown): MessageContent {
  if (!Array.isArray(content)) return { text: flattenText(content), images: [] };
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of content.slice(0, MAX_PARTS)) {
    if (typeof part === "string") texts.push(cut(part));
    if (!isRecord(part)) continue;
    const type = typeOf(part);
    if (TEXT_TYPES.has(type)) texts.push(cut(textOf(part["text"])));
    else if (IMAGE_TYPES.has(type)) images.push(imageUrlOf(part));
    else throw refusedPart(type, part["type"]);
  }
  return { text: texts.filter((text) => text !== "").join("\n"), images };
}

/** Text only, as for system messages: other parts fall away in silence. */
export function flattenText(content: unknown): string {
  if (!Array.isArray(content)) return cut(textOf(content));
  const texts = content.slice(0, MAX_PARTS).map((part) => {
    if (typeof part === "string") return cut(part);
    return isRecord(part) && TEXT_TYPES.has(typeOf(part)) ? cut(textOf(part["text"])) : "";
  });
  return cut(texts.filter((text) => text !== "").join("\n"));
}

/** False for a turn without any words or picture, which Hermes refuses. */
export function isVisible(content: MessageContent): boolean {
  return content.text.trim() !== "" || content.images.length > 0;
}

function typeOf(part: Record<string, unknown>): string {
  const { type } = part;
  return typeof type === "string" ? type.trim().toLowerCase() : "";
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cut(text: string): string {
  return text.slice(0, MAX_PART_CHARACTERS);
}

function imageUrlOf(part: Record<string, unknown>): string {
  const reference = part["image_url"];
  const given = isRecord(reference) ? reference["url"] : reference;
  const url = typeof given === "string" ? given.trim() : "";
  if (url === "")
    throw new ContentError("invalid_image_url", "Image parts must include a non-empty image URL.");
  const lowered = url.toLowerCase();
  if (lowered.startsWith("data:")) {
    if (lowered.startsWith("data:image/") && url.includes(",")) return url;
    throw new ContentError(
      "unsupported_content_type",
      "Only image data URLs are supported. Non-image data payloads are not supported.",
    );
  }
  if (lowered.startsWith("http://") || lowered.startsWith("https://")) return url;
  throw new ContentError(
    "invalid_image_url",
    "Image inputs must use http(s) URLs or data:image/... URLs.",
  );
}

function refusedPart(type: string, raw: unknown): ContentError {
  if (FILE_TYPES.has(type))
    return new ContentError(
      "unsupported_content_type",
      "Inline image inputs are supported, but uploaded files and document inputs are not supported on this endpoint.",
    );
  const shown = typeof raw === "string" ? `'${raw}'` : "None";
  return new ContentError(
    "unsupported_content_type",
    `Unsupported content part type ${shown}. Only text and image_url/input_image parts are supported.`,
  );
}
