import type { AccountSchedules } from "#core/schedules/account-schedules.ts";
import type { Deps } from "#core/shared/deps.ts";
import type { Account } from "./account.ts";
import { accountStore } from "./account.store.ts";

/**
 * Brings Scheduler to what the account wants. Only the api and the retry Lambda call it. When wanted
 * changed meanwhile the mark is refused, the account still differs, and the retry Lambda comes again.
 */
export async function applySchedule(
  deps: Deps & { schedules: AccountSchedules },
  account: Account,
): Promise<void> {
  if (!account.scheduleDiffers) return;
  if (account.scheduleWanted === "on") await deps.schedules.put(account._id);
  else await deps.schedules.remove(account._id);
  await accountStore(deps.db).markScheduleApplied(account._id, account.scheduleWanted);
}
