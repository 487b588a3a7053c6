import { auditLine, settleAudit } from "#core/audit/record.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import type { Deps } from "#core/shared/deps.ts";
import { freeLease, type Account } from "./account.ts";
import { accountStore } from "./account.store.ts";

/**
 * WeChat said that this login is over (-14): nothing is polled or sent until somebody scans again.
 * The same statement leaves the notice that the retry Lambda sends to the operators.
 * Guarded by the generation, so that a late -14 of an old login does not end a new one; a poller's
 * also by its lease, since WeChat may say -14 to the older of two polls (reference/ilink.md 1.3).
 */
export async function expireLogin(
  deps: Deps,
  login: {
    accountId: string;
    generation: number;
    leaseId?: string;
    lastGoodPollAt?: Date | null;
  },
): Promise<Account | null> {
  const now = deps.clock.now();
  const store = accountStore(deps.db);
  for (const status of ["approved", "suspended", "pending_approval"] as const) {
    const expired = await store.changeStatus({
      id: login.accountId,
      now,
      from: [status],
      to: "login_expired",
      guard: {
        generation: login.generation,
        ...(login.leaseId === undefined ? {} : { "lease.id": login.leaseId }),
      },
      set: {
        statusBeforeExpiry: status,
        loginExpiredAt: now,
        ...(login.lastGoodPollAt ? { lastGoodPollAt: login.lastGoodPollAt } : {}),
        expiryNotice: { state: "waiting", open: true, attempts: 0, dueAt: now, sentAt: null },
        scheduleWanted: "off",
        scheduleDiffers: true,
        lease: freeLease,
      },
      audit: auditLine(deps, hubActor, "account.login_expired", login.accountId),
    });
    if (!expired) continue;
    deps.log.warn("account.login_expired", { accountId: login.accountId });
    await settleAudit(deps, expired);
    return expired;
  }
  return null;
}
