import { z } from "zod";

const common = {
  _id: z.string(),
  accountId: z.string(),
  conversationId: z.string(),
  /** The contact's WeChat id, its case kept. */
  userId: z.string(),
  /** Unique with the account: a key that is there already means the message was seen. */
  dedupeKeys: z.array(z.string()).min(1),
  text: z.string().nullable(),
  createdAt: z.date(),
  version: z.number().int(),
};

/** Why a stored message is in no run. */
export const UnansweredReason = z.enum([
  "not_user",
  "group",
  "no_text",
  "voice",
  "image",
  "file",
  "video",
  "unknown_item",
  "no_sender",
  "old_login",
  "account_not_approved",
  "policy_off",
  "hermes_disabled",
  "auto_replied",
]);
export type UnansweredReason = z.infer<typeof UnansweredReason>;

export const InboundMessage = z.object({
  ...common,
  direction: z.literal("inbound"),
  generation: z.number().int(),
  /** WeChat's time, never later than our first receipt. */
  sentAt: z.date(),
  receivedAt: z.date(),
  sessionId: z.string().nullable(),
  contextToken: z.string().nullable(),
  /** What WeChat sent, with ids above 2^53 as strings. */
  raw: z.record(z.string(), z.unknown()),
  /** Items that are no text, kept so that they can be fetched later. */
  media: z.array(z.record(z.string(), z.unknown())),
  /** Present while the message is answerable and in no run yet. */
  waiting: z.literal(true).optional(),
  /** When its burst is taken for complete. */
  pushAfter: z.date().nullable(),
  runId: z.string().nullable(),
  unansweredReason: UnansweredReason.nullable(),
});
export type InboundMessage = z.infer<typeof InboundMessage>;

export const ChunkState = z.enum([
  "queued",
  "sending",
  "accepted",
  "unconfirmed",
  "refused",
  "parked",
  "skipped",
  "dead",
]);
export type ChunkState = z.infer<typeof ChunkState>;

/** One WeChat bubble. Its `clientId` is made before the first try and kept on every try. */
export const Chunk = z.object({
  clientId: z.string(),
  text: z.string(),
  state: ChunkState,
  attempts: z.number().int(),
  /** WeChat's raw refusal code, or the kind of silence. */
  code: z.string().nullable(),
  wechatMessageId: z.string().nullable(),
  acceptedAt: z.date().nullable(),
});
export type Chunk = z.infer<typeof Chunk>;

export const OutboundKind = z.enum(["answer", "notice", "last_word", "auto_reply"]);
export type OutboundKind = z.infer<typeof OutboundKind>;

export const OutboundMessage = z.object({
  ...common,
  direction: z.literal("outbound"),
  kind: OutboundKind,
  text: z.string(),
  runId: z.string().nullable(),
  chunks: z.array(Chunk).min(1),
  /** Present while something of it is still to be sent: going out now, or parked. */
  open: z.enum(["going", "parked"]).optional(),
  nextAttemptAt: z.date(),
  /** When the retry Lambda may push a job for it. */
  pushAfter: z.date(),
});
export type OutboundMessage = z.infer<typeof OutboundMessage>;

/** What has become of a chunk that needs no more work. */
export const settledChunkStates: readonly ChunkState[] = [
  "accepted",
  "unconfirmed",
  "refused",
  "skipped",
  "dead",
];

export function isReleased(state: ChunkState): boolean {
  return state === "accepted" || state === "unconfirmed";
}
