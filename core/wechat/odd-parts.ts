import { shapeOf } from "./shape.ts";
import { itemType, WireItem, type WechatMessage } from "./wechat.wire.ts";

/** Something in an answer that nobody has told us of, or that is not there. */
export type OddPart = {
  /** Such as `item of type 42` or `no message_id`; the same for all that are alike. */
  what: string;
  /** The form of the message, without text (`shapeOf`). */
  shape: string;
};

/** Fields that messages have as far as is known, and that something of ours goes by. */
const expected = [
  "message_id",
  "from_user_id",
  "message_type",
  "create_time_ms",
  "context_token",
  "item_list",
] as const;

export function unreadableMessage(entry: unknown): OddPart {
  return { what: "message that is no object", shape: shapeOf(entry) };
}

/** What is odd about one message: fields that are missing and items of types we do not know. */
export function oddPartsOf(message: WechatMessage): OddPart[] {
  const shape = shapeOf(message.raw);
  const missing = expected.filter((field) => isMissing(message[field]));
  const entries = Array.isArray(message.raw.item_list) ? message.raw.item_list : [];
  return [
    ...missing.map((field) => ({ what: `no ${field}`, shape })),
    ...entries.flatMap((entry) => oddItem(entry) ?? []).map((what) => ({ what, shape })),
  ];
}

/** An id of 0 is none (reference/ilink.md 1.3). */
function isMissing(value: unknown): boolean {
  return value === undefined || value === "" || value === "0";
}

const knownTypes: readonly number[] = Object.values(itemType);

function oddItem(entry: unknown): string | undefined {
  const item = WireItem.safeParse(entry);
  if (!item.success) return "item that is no object";
  const { type } = item.data;
  if (type === undefined) return "item without a type";
  return knownTypes.includes(type) ? undefined : `item of type ${type}`;
}
