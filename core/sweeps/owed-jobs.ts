import { jobOf, owedJobStore } from "#core/conversations/owed-jobs.ts";
import { pushRedriven } from "#core/queue/redrive.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { forEachOf, sweepLimit, type Sweep } from "./sweep.ts";

const putOffSeconds = 240;

/** Pushes the jobs of people's changes whose push failed, or whose job was lost on its way. */
export const owedJobs: Sweep = {
  name: "owed_jobs",
  async run(deps) {
    const now = deps.clock.now();
    const store = owedJobStore(deps.db);
    const before = plusSeconds(now, -deps.settings.retry.RETRY_GRACE_SECONDS);
    const due = await store.listDue(before, sweepLimit);
    await forEachOf(due, async (owed) => {
      const pushAfter = plusSeconds(now, putOffSeconds);
      if (!(await store.claim(owed, pushAfter))) return;
      await deps.queue.push([jobOf(deps, owed)]);
      if (!owed.isKept) await store.settle({ ...owed, pushAfter });
    });
    return due.length + (await pushRedriven(deps, before));
  },
};
