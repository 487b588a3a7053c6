import { z } from "zod";
import { AuditLine } from "#core/audit/audit-line.ts";
import type { Transitions } from "#core/shared/transitions.ts";

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
  "continue_word",
  "taken_over",
  "before_restore",
  "answered_by_person",
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

/**
 * `accepted`: WeChat said yes and gave an id, which is not yet delivered; `unconfirmed`: it said yes
 * without one; `refused`: it said no for good; `parked`: waits for the contact or a new login;
 * `skipped`: not worth waiting for; `dead`: given up.
 */
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

/** Which state follows which; a try that is repeated leads from `sending` to `sending`. */
export const chunkTransitions: Transitions<ChunkState> = {
  queued: ["sending", "parked", "skipped", "dead"],
  sending: ["sending", "queued", "accepted", "unconfirmed", "refused", "parked", "skipped", "dead"],
  parked: ["parked", "sending", "dead"],
  accepted: [],
  unconfirmed: [],
  refused: [],
  skipped: [],
  dead: [],
};

/** One WeChat bubble. Its `clientId` is made before the first try and kept on every try. */
export const Chunk = z.object({
  clientId: z.string(),
  text: z.string(),
  state: ChunkState,
  /** Tries so far, or since it was last parked. */
  attempts: z.number().int(),
  /** WeChat's raw refusal code, or the kind of silence. */
  code: z.string().nullable(),
  wechatMessageId: z.string().nullable(),
  acceptedAt: z.date().nullable(),
});
export type Chunk = z.infer<typeof Chunk>;

export const OutboundKind = z.enum([
  "answer",
  "notice",
  "offer",
  "last_word",
  "auto_reply",
  "operator",
]);
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
  /** The contact's last message when it was parked; a later one lets it go on. */
  parkedAfter: z.date().nullable().default(null),
  /** The outbound message by which the contact was offered the rest of this one. */
  offerId: z.string().nullable().default(null),
  /** The person who wrote or approved it; such a message goes out also where somebody took over. */
  author: z.string().nullable().default(null),
  /** Present when it did not arrive, or perhaps not, and nobody has dealt with that yet. */
  failure: z.enum(["dead", "unconfirmed"]).optional(),
  auditOutbox: z.array(AuditLine).optional(),
});
export type OutboundMessage = z.infer<typeof OutboundMessage>;

/** Answers and a person's words wait for the contact; the hub's own words are not worth it. */
export function mayBeParked({ kind }: Pick<OutboundMessage, "kind">): boolean {
  return kind === "answer" || kind === "operator";
}

/** Whether a chunk needs no more work. */
export function isSettled({ state }: Pick<Chunk, "state">): boolean {
  return chunkTransitions[state].length === 0;
}
