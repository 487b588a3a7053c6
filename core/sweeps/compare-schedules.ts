import { accountStore } from "#core/accounts/account.store.ts";
import { holdSystemLease } from "#core/database/system.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { forEachOf, type Sweep, type SweepDeps } from "./sweep.ts";

const daySeconds = 86_400;

/** Once a day: what Scheduler really has against what the accounts want. */
export const nightlyComparison: Sweep = {
  name: "compare_schedules",
  async run(deps) {
    const { db, clock, newId } = deps;
    const now = clock.now();
    const holder = newId("lease");
    const day = {
      name: "schedules_compared",
      holder,
      now,
      expiresAt: plusSeconds(now, daySeconds),
    };
    if (!(await holdSystemLease(db, day))) return 0;
    const { missing, unwanted } = await compareSchedules(deps);
    return missing + unwanted;
  },
};

/**
 * Makes each schedule that an account wants and Scheduler has not, and removes each that no account
 * wants. What is being changed right now is left to who changes it. Gives how many were mended.
 */
export async function compareSchedules(
  deps: Pick<SweepDeps, "db" | "schedules" | "log">,
): Promise<{ missing: number; unwanted: number }> {
  // Read before the accounts: what is switched on meanwhile must not look like a leftover.
  const present = new Set(await deps.schedules.list());
  const wanted = new Set(await accountStore(deps.db).listScheduledIds());
  const missing = [...wanted].filter((accountId) => !present.has(accountId));
  const unwanted = [...present].filter((accountId) => !wanted.has(accountId));
  await forEachOf([...missing, ...unwanted], (accountId) => bringToWanted(deps, accountId));
  if (missing.length + unwanted.length > 0) {
    deps.log.warn("schedules.mended", { missing: missing.length, unwanted: unwanted.length });
  }
  return { missing: missing.length, unwanted: unwanted.length };
}

/** By what the account wants now, which may have changed since it was listed. */
async function bringToWanted(
  { db, schedules }: Pick<SweepDeps, "db" | "schedules">,
  accountId: string,
): Promise<void> {
  const account = await accountStore(db).find(accountId);
  if (account?.scheduleWanted === "on") await schedules.put(accountId);
  else await schedules.remove(accountId);
}
