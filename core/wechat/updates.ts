import {
  GetUpdatesAnswer,
  itemType,
  JsonObject,
  WireMessage,
  type WechatMessage,
} from "./wechat.wire.ts";

export type Updates = {
  messages: WechatMessage[];
  /** Absent when WeChat gave none: keep the one you have. */
  cursor?: string;
  /** How long WeChat says it holds the next poll, when it says so. */
  longPollTimeoutMs?: number;
  empty: boolean;
  /** The poll ended without an answer, which is no failure (reference/ilink.md 1.3, 1.7). */
  cut?: "timeout" | "524" | "aborted";
  /** Parts we have no reading for: entries that are no message, items of a type nobody told us of. */
  unknown: { messages: number; items: number };
};

export function cutUpdates(cut: NonNullable<Updates["cut"]>): Updates {
  return { messages: [], empty: true, cut, unknown: { messages: 0, items: 0 } };
}

export function readUpdates(json: Record<string, unknown>): Updates {
  const answer = GetUpdatesAnswer.parse(json);
  const entries = answer.msgs ?? [];
  const messages = entries.flatMap((entry) => readMessage(entry) ?? []);
  const items = messages.flatMap(({ item_list }) => item_list ?? []);
  const holdMs = answer.longpolling_timeout_ms ?? 0;
  return {
    messages,
    ...(answer.get_updates_buf ? { cursor: answer.get_updates_buf } : {}),
    ...(holdMs > 0 ? { longPollTimeoutMs: holdMs } : {}),
    empty: messages.length === 0,
    unknown: {
      messages: entries.length - messages.length,
      items: items.filter(({ type }) => type === undefined || !knownItemTypes.has(type)).length,
    },
  };
}

const knownItemTypes = new Set<number>(Object.values(itemType));

function readMessage(entry: unknown): WechatMessage | undefined {
  const raw = JsonObject.safeParse(entry);
  return raw.success ? { ...WireMessage.parse(raw.data), raw: raw.data } : undefined;
}
