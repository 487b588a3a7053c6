import { z } from "zod";
import { AuditLine } from "#core/audit/audit-line.ts";
import type { Transitions } from "#core/shared/transitions.ts";

export const LoginStatus = z.enum([
  "waiting",
  "scanned",
  "verify_code_needed",
  "confirmed",
  "completed",
  "failed",
]);
export type LoginStatus = z.infer<typeof LoginStatus>;

/** `confirmed`: WeChat's answer is stored; `completed`: it is on its account. */
export const loginTransitions: Transitions<LoginStatus> = {
  waiting: ["scanned", "verify_code_needed", "confirmed", "completed", "failed"],
  scanned: ["waiting", "verify_code_needed", "confirmed", "completed", "failed"],
  verify_code_needed: ["waiting", "scanned", "confirmed", "completed", "failed"],
  confirmed: ["completed", "failed"],
  completed: [],
  failed: [],
};

export const LoginFailure = z.enum([
  "timed_out",
  "qr_codes_used_up",
  "host_not_allowed",
  "incomplete",
  "other_person",
  "account_gone",
]);
export type LoginFailure = z.infer<typeof LoginFailure>;

/** What WeChat gave once; kept encrypted until it is on its account. */
export const Confirmed = z.object({
  botId: z.string(),
  ilinkUserId: z.string(),
  baseUrl: z.string().nullable(),
  credential: z.string(),
});
export type Confirmed = z.infer<typeof Confirmed>;

export const LoginOutcome = z.object({
  /**
   * `new`: the account's first scan. `renewed`: the same person scanned again. `moved`: this person
   * already lends another account, which was renewed instead. `other_person`: somebody else scanned
   * a known bot, who became a new account. `kept`: the stored login is still good,
   * or a later one than this.
   */
  kind: z.enum(["new", "renewed", "moved", "other_person", "kept"]),
  accountId: z.string(),
});
export type LoginOutcome = z.infer<typeof LoginOutcome>;

/** One QR login of an account, watched by one poll Lambda under a lease. */
export const Login = z.object({
  _id: z.string(),
  accountId: z.string(),
  status: LoginStatus,
  /** True until completed or failed. */
  open: z.boolean(),
  /** WeChat's key of the QR code under which its state is asked for. */
  qrcode: z.string(),
  /** The address that the QR code shows. */
  qrContent: z.string(),
  qrCount: z.number().int(),
  qrIssuedAt: z.date(),
  /** Where to ask for the state, after WeChat pointed elsewhere. */
  statusBaseUrl: z.string().nullable(),
  /** The only WeChat user whose scan counts; null: whoever scans. */
  expectedIlinkUserId: z.string().nullable().default(null),
  verifyCode: z.string().nullable(),
  verifyCodeWrong: z.boolean(),
  confirmed: Confirmed.optional(),
  /** When WeChat confirmed; of two logins of a person the later one is good. */
  confirmedAt: z.date().nullable().default(null),
  outcome: LoginOutcome.nullable(),
  failure: z.string().nullable(),
  failureCode: LoginFailure.nullable().default(null),
  lease: z.object({ holder: z.string().nullable(), expiresAt: z.date() }),
  createdAt: z.date(),
  /** After this the login has failed, whatever WeChat says. */
  expiresAt: z.date(),
  deleteAt: z.date(),
  auditOutbox: z.array(AuditLine).optional(),
  version: z.number().int(),
});
export type Login = z.infer<typeof Login>;

/** WeChat's official client shows at most three QR codes per login (reference/ilink.md 1.2). */
export const mostQrCodes = 3;

/** What a failed login says to whoever started it. */
export const failureTexts: Record<LoginFailure, string> = {
  timed_out: "Nobody confirmed the login in time. Start a new one.",
  qr_codes_used_up: `${mostQrCodes} QR codes ran out unscanned. Start a new login.`,
  host_not_allowed:
    "WeChat pointed to a host that is not on the allow-list. If it is WeChat's, add it to WECHAT_ALLOWED_HOSTS.",
  incomplete: "WeChat confirmed without naming bot or token. Start a new login.",
  other_person:
    "Another WeChat user scanned than the one this bot belongs to, so the bot was not connected. Start a new login and have its owner scan.",
  account_gone: "The bot is being cleaned up, so it was not connected.",
};
