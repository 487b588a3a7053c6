import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";

/**
 * The right to scan one account, for the first time or after one expiry of its login, held by
 * whoever knows the token. Only the token's hash is stored.
 */
export const RescanLink = z.object({
  _id: z.string(),
  tokenHash: z.string(),
  accountId: z.string(),
  /** The generation that was never scanned or whose login expired; a newer login makes the link worthless. */
  generation: z.number().int(),
  /** How many logins it started. */
  logins: z.number().int(),
  /** The login it started or joined last. */
  loginId: z.string().nullable(),
  /** When a scan through it was confirmed. */
  spentAt: z.date().nullable(),
  createdAt: z.date(),
  expiresAt: z.date(),
  deleteAt: z.date(),
  version: z.number().int(),
});
export type RescanLink = z.infer<typeof RescanLink>;

/** Keeps a link that got into wrong hands from asking WeChat for QR codes without end. */
export const mostLoginsPerLink = 10;

const tokenBytes = 24;

/** 192 random bits in 32 letters that need no escaping in an address. */
export function newToken(): string {
  return randomBytes(tokenBytes).toString("base64url");
}

/** Plain SHA-256 is enough: nobody guesses 192 random bits. */
export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Where the link leads: `<PUBLIC_URL>/rescan/<token>`. */
export function rescanUrl(publicUrl: string, token: string): string {
  return `${publicUrl.replace(/\/+$/, "")}/rescan/${token}`;
}

/** Whether a link is good for anything: nobody scanned the bot yet, or its login expired. */
export function wantsScan({ status }: Pick<Account, "status">): boolean {
  return status === "pending_login" || status === "login_expired";
}
