import { z } from "zod";
import { AuditLine } from "#core/audit/audit-line.ts";
import type { Transitions } from "#core/shared/transitions.ts";

export const accountStatuses = [
  "pending_login",
  "pending_approval",
  "approved",
  "suspended",
  "login_expired",
  "retiring",
  "retired",
] as const;

export const AccountStatus = z.enum(accountStatuses);
export type AccountStatus = z.infer<typeof AccountStatus>;

/** Which status follows which. A re-login leads from `login_expired` back to where it was. */
export const accountTransitions: Transitions<AccountStatus> = {
  pending_login: ["pending_approval", "retiring", "retired"],
  pending_approval: ["approved", "login_expired", "retiring"],
  approved: ["suspended", "login_expired", "retiring"],
  suspended: ["approved", "login_expired", "retiring"],
  login_expired: ["pending_approval", "approved", "suspended", "retiring"],
  retiring: ["retired"],
  retired: [],
};

const ScheduleState = z.enum(["on", "off"]);

/** The right of one poller to poll this account; free when `expiresAt` has passed. */
export const Lease = z.object({
  id: z.string().nullable(),
  pollerId: z.string().nullable(),
  expiresAt: z.date(),
});

/**
 * The telling of operators that the login expired, one per expiry. `claimed`: a sweep is at it; when
 * that one died, another may take over at `dueAt`, so that it may come twice but never not at all.
 */
export const ExpiryNotice = z.object({
  state: z.enum(["waiting", "claimed", "sent"]),
  /** Until it is sent. */
  open: z.boolean(),
  /** Rises with each claim; what an older claim writes is refused by it. */
  attempts: z.number().int(),
  dueAt: z.date(),
  sentAt: z.date().nullable(),
});
export type ExpiryNotice = z.infer<typeof ExpiryNotice>;

/** A Hermes that answers for this account alone; its key lies beside it, encrypted. */
export const OwnHermes = z.object({
  /** Ends in /v1, with a profile in /p/<profile>/v1; names its record in `hermes`. */
  baseUrl: z.string(),
  profile: z.string().nullable(),
  /** Null: the one of the settings. */
  model: z.string().nullable(),
});
export type OwnHermes = z.infer<typeof OwnHermes>;

/** One bot: created and named by an operator, then scanned by the WeChat user who lends the account. */
export const Account = z.object({
  _id: z.string(),
  name: z.string(),
  labels: z.array(z.string()),
  owner: z.string().nullable(),
  status: AccountStatus,
  /** Where a scan leads back to after the login expired. */
  statusBeforeExpiry: AccountStatus.nullable(),
  policyId: z.string(),
  /**
   * Whether a bubble carries the contact's newest context token. Without one some accounts' messages
   * are dropped, with one some show them twice (reference/ilink.md 1.4).
   */
  echoContextToken: z.boolean().default(true),
  /** Null: the Hermes of the settings. */
  hermes: OwnHermes.nullable().default(null),
  /** Key and extra headers of its own Hermes, encrypted (`hermes-target.ts`); never shown. */
  hermesCredential: z.string().optional(),
  /** Its waiting runs have not all been moved to the Hermes that it has now. */
  hermesMoved: z.literal(true).optional(),
  /** Whether operators want it polled; it is polled while it is also approved. */
  polling: z.boolean(),
  scheduleWanted: ScheduleState,
  scheduleApplied: ScheduleState,
  scheduleDiffers: z.boolean(),
  /** Rises with each login; what an older login's worker writes is refused by it. */
  generation: z.number().int(),
  live: z.boolean(),
  botId: z.string().optional(),
  ilinkUserId: z.string().optional(),
  /** The bot token, encrypted (`credentials.ts`). */
  credential: z.string().optional(),
  baseUrl: z.string().optional(),
  cursor: z.string(),
  lease: Lease,
  /** Back-off after failed polls. */
  pollAfter: z.date(),
  pollFailures: z.number().int(),
  lastGoodPollAt: z.date().nullable(),
  lastInboundAt: z.date().nullable(),
  loginExpiredAt: z.date().nullable(),
  /** After a restore: what contacts wrote before is kept and left unanswered (`npm run db:fence`). */
  answerFrom: z.date().nullable().default(null),
  /** When WeChat confirmed the login that it has. */
  loggedInAt: z.date().nullable().default(null),
  expiryNotice: ExpiryNotice.nullable().default(null),
  retiringSince: z.date().nullable(),
  /** Why a person would not have it. */
  rejectedFor: z.string().nullable().default(null),
  /** Lower-cased name, by which lists are sorted. */
  nameKey: z.string().default(""),
  /** Lower-cased names, words and labels by which people find it. */
  searchKeys: z.array(z.string()).default([]),
  /** Present where the creator sent a key, so that a repeat of the request makes no second one. */
  createdUnder: z.string().optional(),
  auditOutbox: z.array(AuditLine),
  createdAt: z.date(),
  updatedAt: z.date(),
  version: z.number().int(),
});

export type Account = z.infer<typeof Account>;

export const freeLease: Account["lease"] = { id: null, pollerId: null, expiresAt: new Date(0) };

/** Only an approved account polls and reaches Hermes. */
export function mayAnswer(account: Pick<Account, "status">): boolean {
  return account.status === "approved";
}

/** Whether a QR code may be made for it. */
export function mayScan({ status }: Pick<Account, "status">): boolean {
  return status !== "retiring" && status !== "retired";
}
