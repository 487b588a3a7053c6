import { z } from "zod";
import { AuditLine } from "#core/audit/audit-line.ts";
import { Policy } from "#core/policies/policy.ts";
import { Review } from "#core/reviews/review.ts";
import type { Transitions } from "#core/shared/transitions.ts";
import { OfDay } from "./of-day.ts";

export const runStatuses = [
  "running",
  "retry_pending",
  "retrying",
  "sending",
  "sent",
  "awaiting_review",
  "parked",
  "rejected",
  "cancelled",
  "error",
] as const;

export const RunStatus = z.enum(runStatuses);
export type RunStatus = z.infer<typeof RunStatus>;

/** Which status follows which; stores and tests read this one table. */
export const runTransitions: Transitions<RunStatus> = {
  running: ["retry_pending", "sending", "awaiting_review", "cancelled", "error"],
  retry_pending: ["retrying", "cancelled", "error"],
  retrying: ["retry_pending", "sending", "awaiting_review", "cancelled", "error"],
  sending: ["sent", "parked", "cancelled", "error"],
  parked: ["sent", "cancelled", "error"],
  awaiting_review: ["sending", "rejected", "cancelled"],
  sent: [],
  rejected: [],
  cancelled: [],
  // Only a person leads out of it: asked again, or its message sent again.
  error: ["retry_pending", "sent"],
};

/** While a run is in one of these, its conversation's later messages wait behind it. */
export const unfinishedStatuses: readonly RunStatus[] = [
  "running",
  "retry_pending",
  "retrying",
  "sending",
];

export const CancelReason = z.enum([
  "answered_by_person",
  "taken_over",
  "superseded",
  "account_gone",
  "policy_off",
  "ended_by_person",
]);
export type CancelReason = z.infer<typeof CancelReason>;

/** Why a run waits: only `hermes_down` is told to the contact. */
export const WaitCause = z.enum(["hermes_down", "hermes_full", "in_progress", "failed_turn"]);
export type WaitCause = z.infer<typeof WaitCause>;

/**
 * What goes to Hermes, byte for byte, stored before the first call: a repeat with the same key and
 * bytes joins the running turn instead of starting another (reference/hermes.md 3.1).
 */
export const HermesRequest = z.object({
  /** A plain chat call, or a run that is submitted and polled. */
  via: z.enum(["chat", "runs"]).default("chat"),
  /** Hermes' id of the run, once it was started. */
  hermesRunId: z.string().nullable().default(null),
  key: z.string(),
  body: z.string(),
  sessionId: z.string(),
  /** An attempt may have left these bytes at Hermes: whatever the next one meets, they stay. */
  mayBeThere: z.literal(true).optional(),
});
export type HermesRequest = z.infer<typeof HermesRequest>;

export const Attempt = z.object({
  startedAt: z.date(),
  endedAt: z.date(),
  /** The failure table's class, or `answer`. */
  class: z.string(),
  /** The row of the failure table, or null for an answer. */
  row: z.string().nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

const when = z.date().nullable();

/** One question to Hermes and what became of it. The first names are the brief's. */
export const AgentRun = z.object({
  _id: z.string(),
  id: z.string(),
  accountId: z.string(),
  userId: z.string(),
  /** Our id of the first message of the question. */
  messageId: z.string(),
  /** WeChat's session id. */
  sessionId: z.string().nullable(),
  contextToken: z.string().nullable(),
  agent: z.string(),
  policyId: z.string(),
  policyMode: z.enum(["auto", "manual-review", "off"]),
  inputText: z.string(),
  status: RunStatus,
  outputText: z.string().nullable(),
  error: z.string().nullable(),
  requiresHumanReview: z.boolean(),
  outboundMessageId: z.string().nullable(),
  queuedReplyMessageId: z.string().nullable(),
  attemptCount: z.number().int(),
  nextAttemptAt: when,
  createdAt: z.date(),
  completedAt: when,
  rawResponse: z.unknown(),

  conversationId: z.string(),
  messageIds: z.array(z.string()).min(1),
  /** The oldest message's time; how stale an answer would be. */
  askedAt: z.date(),
  /** Present while unfinished; the partial unique index allows one per conversation. */
  unfinished: z.literal(true).optional(),
  policy: Policy,
  hermesSessionId: z.string(),
  /** The base URL of the account's own Hermes; null for the one of the settings. */
  ownHermes: z.string().nullable().default(null),
  hermesVia: z.enum(["chat", "runs"]).default("chat"),
  /** What Hermes is told before the question, and which facts that settles (`note.ts`). */
  note: z
    .object({ text: z.string(), tells: z.array(z.string()) })
    .nullable()
    .default(null),
  ofDay: OfDay.nullable().default(null),
  /** Why a person must see it. */
  reviewReason: z.enum(["policy", "stale", "contact_cap", "account_cap"]).nullable().default(null),
  /** Null while no bytes went to Hermes: more messages may join until then. */
  request: HermesRequest.nullable(),
  /** Rises when a new key is needed, since Hermes keeps failed turns under theirs. */
  keyGeneration: z.number().int(),
  /** The invocation at work and until when it can be alive. */
  turnId: z.string().nullable(),
  aliveUntil: when,
  waitCause: WaitCause.nullable(),
  /** Present while it waits for a place: when the contact is told so. */
  noticeDueAt: z.date().optional(),
  /** Calls that reached Hermes and failed by the message's own doing; outages do not count. */
  failureCount: z.number().int(),
  attempts: z.array(Attempt),
  cancelReason: CancelReason.nullable(),
  responseId: z.string().nullable(),
  usage: z.unknown(),
  /** Files that the answer named and pictures inside it; some dropped where they were too large. */
  media: z
    .object({ refs: z.array(z.string()), dataUrls: z.array(z.string()), dropped: z.number() })
    .nullable()
    .default(null),
  hermesStartedAt: when,
  hermesEndedAt: when,
  /** When the answer's first bubble was on its way, and when WeChat had taken its last. */
  firstSentAt: when.default(null),
  acceptedAt: when,
  /** Absent once its messages were handed on to another run. */
  holdsMessages: z.literal(true).optional(),
  /** Present while a draft is open, and until the messages of a replaced one are handed on. */
  draft: z.literal(true).optional(),
  review: Review.optional(),
  /** The run whose messages this one took over, and what a reviewer asked for. */
  replacesRunId: z.string().optional(),
  hint: z.string().optional(),
  /** Present while a job is owed; the retry Lambda pushes it when this is past. */
  pushAfter: z.date().optional(),
  auditOutbox: z.array(AuditLine).optional(),
  version: z.number().int(),
});
export type AgentRun = z.infer<typeof AgentRun>;

/** The most attempts a run keeps; older ones go. */
export const mostAttemptsKept = 20;
