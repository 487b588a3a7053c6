import { z } from "zod";
import { AuditLine } from "#core/audit/audit-line.ts";

/** What a user may do; each role may do what those before it may. */
export const roles = ["viewer", "reviewer", "operator", "owner"] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

/** The languages that the console speaks. */
export const Locale = z.enum(["zh", "en"]);
export type Locale = z.infer<typeof Locale>;

/** Whether somebody of this role may do what asks for `least`. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

/** A password as scrypt keeps it, with the cost it was made at. */
export const PasswordHash = z.object({
  salt: z.string(),
  hash: z.string(),
  cost: z.number().int(),
});
export type PasswordHash = z.infer<typeof PasswordHash>;

/** A signed-in browser; only the hash of its cookie is kept. */
export const Session = z.object({
  hash: z.string(),
  createdAt: z.date(),
  seenAt: z.date(),
});

/** A program's right; only the hash of what was shown once is kept. */
export const ApiToken = z.object({
  _id: z.string(),
  name: z.string(),
  hash: z.string(),
  role: Role,
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
  revokedAt: z.date().nullable().default(null),
  /** Whoever repeats a request under the same key means this token. */
  createdUnder: z.string().optional(),
});
export type ApiToken = z.infer<typeof ApiToken>;

/** A link that lets somebody set a password, once. */
export const PasswordLink = z.object({
  kind: z.enum(["invite", "reset"]),
  hash: z.string(),
  expiresAt: z.date(),
});
export type PasswordLink = z.infer<typeof PasswordLink>;

/** Somebody who may use the console, with all that lets them in: to disable is one statement. */
export const User = z.object({
  _id: z.string(),
  /** As they write it; what an invited person will be called is theirs to choose. */
  name: z.string(),
  /** Lower-cased, and unique; absent until an invitation is accepted. */
  nameKey: z.string().optional(),
  /** Lower-cased words of name and labels, by which owners find them. */
  searchKeys: z.array(z.string()).optional(),
  /** Whoever repeats a request under the same key means this user. */
  createdUnder: z.string().optional(),
  role: Role,
  /** The account labels they are limited to; null: all. */
  labels: z.array(z.string()).nullable(),
  /** The console's language; null: the browser's. */
  locale: Locale.nullable().default(null),
  password: PasswordHash.nullable(),
  link: PasswordLink.nullable(),
  sessions: z.array(Session),
  tokens: z.array(ApiToken),
  disabledAt: z.date().nullable(),
  auditOutbox: z.array(AuditLine),
  createdAt: z.date(),
  updatedAt: z.date(),
  version: z.number().int(),
});
export type User = z.infer<typeof User>;

export const NewPassword = z
  .string()
  .min(10, { error: "use 10 characters or more" })
  .max(200, { error: "use 200 characters or fewer" });

export const UserName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{C}]+$/u, { error: "use letters that can be seen" });

export function nameKeyOf(name: string): string {
  return name.trim().normalize("NFKC").toLowerCase();
}
