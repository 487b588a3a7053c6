import { z } from "zod";
import { AuditLine } from "#core/audit/audit-line.ts";

/** The right of one agent Lambda to work on this conversation. */
export const Turn = z.object({ id: z.string(), expiresAt: z.date() });

/** The beginning of what was said last, for lists; null where it was no text. */
export const Preview = z.object({
  text: z.string().nullable(),
  by: z.enum(["contact", "hermes", "person", "hub"]),
  at: z.date(),
});
export type Preview = z.infer<typeof Preview>;

/** One account and one contact: the latest way to answer, what may still be sent, and who works on it. */
export const Conversation = z.object({
  _id: z.string(),
  accountId: z.string(),
  userId: z.string(),
  alias: z.string().nullable(),
  note: z.string().nullable(),
  /** The newest token that WeChat sent with this contact's message, of the account's login then. */
  contextToken: z.string().nullable(),
  generation: z.number().int(),
  /** WeChat's own session id. */
  sessionId: z.string().nullable(),
  lastInboundAt: z.date(),
  preview: Preview.optional(),
  /** How many messages WeChat still takes from us before the contact writes again. */
  credits: z.number().int(),
  creditClientIds: z.array(z.string()),
  /** Raised for a fresh Hermes session; part of its id. */
  hermesSession: z.number().int(),
  turn: Turn.nullable(),
  takenOverBy: z.string().nullable(),
  /** Set while the contact was told that Hermes is away and something still waits. */
  noticeAt: z.date().nullable(),
  /** Present while a job is owed; the retry Lambda pushes it when this is past. */
  pushAfter: z.date().optional(),
  /** Lower-cased words by which people find it. */
  searchKeys: z.array(z.string()).optional(),
  auditOutbox: z.array(AuditLine).optional(),
  createdAt: z.date(),
  version: z.number().int(),
});

export type Conversation = z.infer<typeof Conversation>;

/** WeChat takes about ten bot messages per message of the contact (reference/ilink.md 1.6). */
export const creditsPerInbound = 10;

/** WeChat lets a bot write until 24 h after the contact's last message (reference/ilink.md 1.6). */
export const windowMs = 24 * 60 * 60 * 1000;

/** Hermes' session for this conversation; without one strangers could share a derived session. */
export function hermesSessionId(conversation: Pick<Conversation, "_id" | "hermesSession">): string {
  return `${conversation._id}-${conversation.hermesSession}`;
}

const longestPreview = 80;

/** A text as a list shows it: one line, cut where a character ends. */
export function previewText(text: string): string {
  const letters = Array.from(
    text
      .slice(0, 4 * longestPreview)
      .replace(/\s+/gu, " ")
      .trim(),
  );
  const isLonger = letters.length > longestPreview || text.length > 4 * longestPreview;
  return isLonger ? `${letters.slice(0, longestPreview).join("")}…` : letters.join("");
}
