import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { rescanLinkStore } from "#core/alerts/rescan-link.store.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { cleanUpStore } from "./clean-up.store.ts";
import { forEachOf, sweepLimit, type Sweep, type SweepDeps } from "./sweep.ts";

const batch = 1_000;

/**
 * Goes on with clean-ups, a batch each round. The first deletion waits until no invocation that knew
 * the old login can be alive, so that nothing is written behind it.
 */
export const cleanUps: Sweep = {
  name: "clean_ups",
  async run(deps) {
    const retiring = await accountStore(deps.db).listRetiring(sweepLimit, deps.log);
    const oldEnough = plusSeconds(deps.clock.now(), -deps.settings.retry.CLEAN_UP_DELAY_SECONDS);
    const due = retiring.filter(
      ({ retiringSince }) => retiringSince === null || retiringSince <= oldEnough,
    );
    await forEachOf(due, (account) => cleanUp(deps, account));
    return due.length;
  },
};

async function cleanUp(deps: SweepDeps, account: Account): Promise<void> {
  const store = cleanUpStore(deps.db);
  const accountId = account._id;
  await store.cancelRuns(accountId);
  await deps.schedules.remove(accountId);
  if ((await store.emptyRuns(accountId, batch)) === batch) return;
  if ((await store.deleteMessages(accountId, batch)) === batch) return;
  if ((await store.deleteConversations(accountId, batch)) === batch) return;
  await store.deleteLogins(accountId);
  await rescanLinkStore(deps.db).deleteOf(accountId);
  const retired = await accountStore(deps.db).changeStatus({
    id: accountId,
    now: deps.clock.now(),
    from: ["retiring"],
    to: "retired",
    set: { scheduleApplied: "off", scheduleDiffers: false },
    unset: ["botId", "ilinkUserId", "baseUrl"],
    audit: auditLine(deps, hubActor, "account.retired", accountId),
  });
  if (!retired) return;
  await settleAudit(deps, retired);
  deps.log.info("account.retired", { accountId });
}
