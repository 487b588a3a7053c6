import { accountStore } from "#core/accounts/account.store.ts";
import { applySchedule } from "#core/accounts/apply-schedule.ts";
import { forEachOf, sweepLimit, type Sweep } from "./sweep.ts";

/** Brings Scheduler to what accounts want, where the api Lambda did not come that far. */
export const wantedSchedules: Sweep = {
  name: "wanted_schedules",
  async run(deps) {
    const differing = await accountStore(deps.db).listScheduleDiffers(sweepLimit, deps.log);
    await forEachOf(differing, (account) => applySchedule(deps, account));
    return differing.length;
  },
};
