import { z } from "zod";
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
  confirmed: ["completed"],
  completed: [],
  failed: [],
};

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
   * a known bot, who became a new account. `kept`: the stored login is still good.
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
  verifyCode: z.string().nullable(),
  verifyCodeWrong: z.boolean(),
  confirmed: Confirmed.optional(),
  outcome: LoginOutcome.nullable(),
  failure: z.string().nullable(),
  lease: z.object({ holder: z.string().nullable(), expiresAt: z.date() }),
  createdAt: z.date(),
  /** After this the login has failed, whatever WeChat says. */
  expiresAt: z.date(),
  deleteAt: z.date(),
  version: z.number().int(),
});
export type Login = z.infer<typeof Login>;

/** WeChat's official client shows at most three QR codes per login (reference/ilink.md 1.2). */
export const mostQrCodes = 3;
