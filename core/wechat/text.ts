import { itemType, messageType, type WechatMessage, type WireItem } from "./wechat.wire.ts";

export type UnanswerableReason =
  /** Not sent by a person: our own message, or a kind nobody has told us of. */
  "not_user" | "group" | "no_text" | "voice" | "image" | "file" | "video" | "unknown_item";

export type ExtractedText =
  | { kind: "text"; text: string }
  | { kind: "unanswerable"; reason: UnanswerableReason };

/**
 * The words of a message, or why there are none. Several texts are joined by newline; what else
 * hangs on the message beside a text is passed over.
 *
 * @param voiceText take Tencent's own speech-to-text for voice messages (poor beyond Chinese,
 *   reference/ilink.md 1.3)
 */
export function extractText(
  message: WechatMessage,
  { voiceText }: { voiceText: boolean },
): ExtractedText {
  if (message.message_type !== messageType.user) return unanswerable("not_user");
  if (message.group_id) return unanswerable("group");
  const items = message.item_list ?? [];
  const texts = items.map((item) => textOf(item, voiceText)).filter((text) => text.trim() !== "");
  if (texts.length > 0) return { kind: "text", text: texts.join("\n") };
  const first = items.map(kindOf).find((kind) => kind !== "text");
  return unanswerable(first ?? "no_text");
}

function unanswerable(reason: UnanswerableReason): ExtractedText {
  return { kind: "unanswerable", reason };
}

function textOf(item: WireItem, voiceText: boolean): string {
  const kind = kindOf(item);
  if (kind === "text") return item.text_item?.text ?? "";
  if (kind === "voice" && voiceText) return item.voice_item?.text ?? "";
  return "";
}

type ItemKind = keyof typeof itemType | "unknown_item";

const kinds = ["text", "image", "voice", "file", "video"] as const;

/** By its type; where that is missing, by the part that is there. */
function kindOf(item: WireItem): ItemKind {
  const kind = kinds.find((kind) =>
    item.type === undefined ? item[`${kind}_item`] !== undefined : itemType[kind] === item.type,
  );
  return kind ?? "unknown_item";
}
