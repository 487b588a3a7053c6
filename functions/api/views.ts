import { z } from "@hono/zod-openapi";
import { Account } from "#core/accounts/account.ts";
import { AgentRun } from "#core/agent-runs/agent-run.ts";
import { Login } from "#core/logins/login.ts";
import { InboundMessage, OutboundMessage } from "#core/messages/message.ts";

/** What programs read of an account: no credential, no cursor, nothing of the hub's inner workings. */
export const AccountView = Account.omit({
  credential: true,
  hermesCredential: true,
  hermesMoved: true,
  cursor: true,
  lease: true,
  auditOutbox: true,
  scheduleDiffers: true,
  nameKey: true,
  searchKeys: true,
  createdUnder: true,
}).openapi("Account");

/** The QR code is made from `qrContent`; the poll key and what WeChat gave stay inside. */
export const LoginView = Login.omit({
  qrcode: true,
  confirmed: true,
  lease: true,
  verifyCode: true,
  statusBaseUrl: true,
}).openapi("Login");

export const MessageView = InboundMessage.omit({ raw: true, contextToken: true, dedupeKeys: true })
  .or(OutboundMessage.omit({ dedupeKeys: true, auditOutbox: true }))
  .openapi("Message");

export const RunView = AgentRun.omit({
  request: true,
  contextToken: true,
  auditOutbox: true,
}).openapi("AgentRun");

export const ErrorView = z
  .object({
    error: z.object({
      /** `noun.reason`; stays as it is, for programs. */
      code: z.string(),
      /** What happened and what it means. */
      message: z.string(),
      whatToDo: z.string(),
      requestId: z.string(),
    }),
  })
  .openapi("Error");

/** A page of a list; `before` of the next page is `nextBefore`. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextBefore: z.string().nullable() });
}

export const PageQuery = z.object({
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A page of a list in the console's form: `cursor` of the next page is `nextCursor`. */
export function listOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable(), asOf: z.date() });
}

export const CursorQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** The page with the id that the next one goes on from. */
export function toPage<T extends { _id: string }>(items: T[], limit: number) {
  return { items, nextBefore: items.length === limit ? (items.at(-1)?._id ?? null) : null };
}
