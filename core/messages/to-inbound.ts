import type { Policy } from "#core/policies/policy.ts";
import type { Settings } from "#core/settings/settings.ts";
import { conversationIdOf, type NewId } from "#core/shared/ids.ts";
import { keepJson } from "#core/shared/keep-json.ts";
import { extractText } from "#core/wechat/text.ts";
import type { WechatMessage, WireItem } from "#core/wechat/wechat.wire.ts";
import { dedupeKeys } from "./dedupe-keys.ts";
import type { InboundMessage, UnansweredReason } from "./message.ts";

export type InboundContext = {
  accountId: string;
  generation: number;
  /** False when the account was suspended or stopped while this poll was open. */
  mayAnswer: boolean;
  /** What the contact wrote before may have been answered already, and forgotten with a restore. */
  answerFrom?: Date | null;
  policy: Policy;
  settings: Settings["answering"];
  now: Date;
  ageNow: Date;
  newId: NewId;
  pushAfter: (conversationId: string, text: string) => Date;
};

/** Far beyond what a phone sends; together far below what a record holds (16 MB). */
const longestTextChars = 100_000;
const longestRawChars = 262_144;
const longestMediaChars = 65_536;
const mostMedia = 20;

/** Turns what WeChat sent into the record we keep, with the reason if it will not be answered. */
export function toInbound(wire: WechatMessage, context: InboundContext): InboundMessage {
  const userId = wire.from_user_id ?? "";
  const conversationId = conversationIdOf(context.accountId, userId);
  const found = extractText(wire, { voiceText: context.policy.answerVoice });
  const text = found.kind === "text" ? found.text.slice(0, longestTextChars) : null;
  const createTimeMs = wire.create_time_ms ?? null;
  const wroteAt = sentAt(createTimeMs, context.ageNow);
  const unansweredReason = userId === "" ? "no_sender" : reasonNot(found, wroteAt, context);
  return {
    _id: context.newId("message"),
    accountId: context.accountId,
    conversationId,
    userId,
    direction: "inbound",
    dedupeKeys: dedupeKeys({
      generation: context.generation,
      messageId: wire.message_id ?? null,
      clientId: wire.client_id ?? null,
      seq: wire.seq ?? null,
      itemIds: items(wire).flatMap(({ msg_id }) => (msg_id ? [msg_id] : [])),
      fromUserId: userId,
      createTimeMs,
      body: JSON.stringify(items(wire).map(bodyOf)),
      raw: wire.raw,
    }),
    text,
    createdAt: context.now,
    version: 1,
    generation: context.generation,
    sentAt: wroteAt,
    receivedAt: context.now,
    sessionId: wire.session_id ?? null,
    contextToken: wire.context_token ?? null,
    raw: keepJson(wire.raw, longestRawChars),
    media: items(wire)
      .filter(({ type }) => type !== 1)
      .slice(0, mostMedia)
      .map((item) => keepJson(item, longestMediaChars)),
    ...(unansweredReason === null
      ? { waiting: true, pushAfter: context.pushAfter(conversationId, text ?? "") }
      : { pushAfter: null }),
    runId: null,
    unansweredReason,
  };
}

/** What was said, without what differs between two copies: quote, ids and times. */
function bodyOf({ type, text_item, image_item, voice_item, file_item, video_item }: WireItem) {
  return [type, text_item, image_item, voice_item, file_item, video_item];
}

function items(wire: WechatMessage) {
  return wire.item_list ?? [];
}

function reasonNot(
  found: ReturnType<typeof extractText>,
  wroteAt: Date,
  { mayAnswer, answerFrom = null, policy, settings }: InboundContext,
): UnansweredReason | null {
  if (found.kind !== "text") return found.reason;
  if (!mayAnswer) return "account_not_approved";
  if (answerFrom !== null && wroteAt < answerFrom) return "before_restore";
  if (policy.mode === "off") return "policy_off";
  if (!settings.HERMES_AGENT_ENABLED && !settings.WECHAT_AUTO_REPLY_ENABLED) {
    return "hermes_disabled";
  }
  return null;
}

/** WeChat's own time, unless it lies ahead of us. */
function sentAt(createTimeMs: number | null, ageNow: Date): Date {
  if (createTimeMs === null || createTimeMs <= 0) return ageNow;
  return new Date(Math.min(createTimeMs, ageNow.getTime()));
}
