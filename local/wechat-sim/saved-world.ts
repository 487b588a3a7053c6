import { z } from "zod";
import type { WireObject } from "./wire.ts";
import type { Attempt, Bubble, LogEntry, PhoneMessage, QrStatus, User } from "./world.ts";

/** Raised when what is kept changes its shape. */
export const savedFormat = 1;

/** JSON as it was parsed holds nothing that cannot go over the wire; `data-file.ts`. */
const Message = z.custom<WireObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  { error: "expected a message" },
);

const SavedUser = z.strictObject({
  userId: z.string(),
  name: z.string(),
}) satisfies z.ZodType<User>;

const QrStatusName = z.enum([
  "wait",
  "scaned",
  "need_verifycode",
  "verify_code_blocked",
  "expired",
  "scaned_but_redirect",
  "binded_redirect",
  "confirmed",
]) satisfies z.ZodType<QrStatus>;

const SavedLogin = z.strictObject({
  qr: z.string(),
  qrUrl: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  localTokens: z.array(z.string()),
  status: QrStatusName,
  answeredStatus: QrStatusName.optional(),
  userId: z.string().optional(),
  botId: z.string().optional(),
  verifyCode: z.string().optional(),
  wrongCodes: z.int(),
  redirect: z.enum(["none", "wanted", "told"]),
});

const SavedContact = z.strictObject({
  userId: z.string(),
  sessionId: z.string(),
  lastInboundAt: z.number().nullable(),
  sentSinceInbound: z.int(),
  contextTokens: z.array(
    z.strictObject({ token: z.string(), issuedAt: z.number(), used: z.boolean() }),
  ),
  newestContextToken: z.string().optional(),
  attemptTimes: z.array(z.number()),
  ticket: z.strictObject({ ticket: z.string(), expiresAt: z.number() }).optional(),
});

const SavedBubble = z.strictObject({
  bubbleId: z.string(),
  botId: z.string(),
  userId: z.string(),
  messageId: z.string(),
  text: z.string(),
  itemType: z.number(),
  clientId: z.string().nullable(),
  contextToken: z.string().nullable(),
  shownAt: z.number(),
  duplicateOfClientId: z.string().optional(),
}) satisfies z.ZodType<Bubble>;

const SavedLogEntry = z.strictObject({
  position: z.int(),
  at: z.number(),
  message: Message,
}) satisfies z.ZodType<LogEntry>;

const SavedBot = z.strictObject({
  botId: z.string(),
  token: z.string(),
  ownerUserId: z.string(),
  generation: z.int(),
  createdAt: z.number(),
  status: z.enum(["live", "superseded", "expired"]),
  online: z.boolean(),
  log: z.array(SavedLogEntry),
  deliveredUpTo: z.int(),
  contacts: z.array(SavedContact),
  seenClientIds: z.array(z.strictObject({ clientId: z.string(), messageId: z.string() })),
  lateBubbles: z.array(SavedBubble),
  lateUntil: z.number(),
});

const SavedAttempt = z.strictObject({
  attemptId: z.string(),
  at: z.number(),
  botId: z.string(),
  userId: z.string(),
  clientId: z.string().nullable(),
  contextToken: z.string().nullable(),
  text: z.string(),
  itemType: z.number().nullable(),
  headers: z.record(z.string(), z.string()),
  verdict: z.enum(["accepted", "dropped", "refused"]),
  rule: z.string().nullable(),
  code: z.number(),
  errmsg: z.string(),
  messageId: z.string().nullable(),
}) satisfies z.ZodType<Attempt>;

const SavedPhoneMessage = z.strictObject({
  messageId: z.string(),
  botId: z.string(),
  userId: z.string(),
  text: z.string(),
  at: z.number(),
  queued: z.boolean(),
}) satisfies z.ZodType<PhoneMessage>;

/**
 * What outlives a restart of the simulator. Not in it: open polls and their figures, the list of
 * calls, armed faults, copies of messages that were still to come, and who is typing.
 */
export const SavedWorld = z.strictObject({
  format: z.literal(savedFormat),
  seed: z.number(),
  starts: z.int().positive(),
  clockOffsetMs: z.number(),
  configChanges: z.record(z.string(), z.json()),
  nextNumber: z.int(),
  users: z.array(SavedUser),
  logins: z.array(SavedLogin),
  bots: z.array(SavedBot),
  bubbles: z.array(SavedBubble),
  attempts: z.array(SavedAttempt),
  phoneMessages: z.array(SavedPhoneMessage),
});
export type SavedWorld = z.infer<typeof SavedWorld>;
export type SavedBot = z.infer<typeof SavedBot>;
export type SavedContact = z.infer<typeof SavedContact>;
