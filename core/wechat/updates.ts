import { oddPartsOf, unreadableMessage, type OddPart } from "./odd-parts.ts";
import { GetUpdatesAnswer, JsonObject, WireMessage, type WechatMessage } from "./wechat.wire.ts";

export type Updates = {
  messages: WechatMessage[];
  /** Absent when WeChat gave none: keep the one you have. */
  cursor?: string;
  /** How long WeChat says it holds the next poll, when it says so. */
  longPollTimeoutMs?: number;
  empty: boolean;
  /** The poll ended without an answer, which is no failure (reference/ilink.md 1.3, 1.7). */
  cut?: "timeout" | "524" | "aborted";
  /** What we have no reading for, or what is missing; each counts for itself. */
  odd: OddPart[];
};

export function cutUpdates(cut: NonNullable<Updates["cut"]>): Updates {
  return { messages: [], empty: true, cut, odd: [] };
}

export function readUpdates(json: Record<string, unknown>): Updates {
  const answer = GetUpdatesAnswer.parse(json);
  const entries = answer.msgs ?? [];
  const read = entries.map((entry) => ({ entry, message: readMessage(entry) }));
  const messages = read.flatMap(({ message }) => message ?? []);
  const holdMs = answer.longpolling_timeout_ms ?? 0;
  return {
    messages,
    ...(answer.get_updates_buf ? { cursor: answer.get_updates_buf } : {}),
    ...(holdMs > 0 ? { longPollTimeoutMs: holdMs } : {}),
    empty: messages.length === 0,
    odd: read.flatMap(({ entry, message }) =>
      message === undefined ? unreadableMessage(entry) : oddPartsOf(message),
    ),
  };
}

function readMessage(entry: unknown): WechatMessage | undefined {
  const raw = JsonObject.safeParse(entry);
  return raw.success ? { ...WireMessage.parse(raw.data), raw: raw.data } : undefined;
}
