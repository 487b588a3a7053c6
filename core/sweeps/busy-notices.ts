import { waitingRunStore } from "#core/agent-runs/waiting-run.store.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { sweepLimit, type Sweep } from "./sweep.ts";

const putOffSeconds = 240;

/** Has contacts told that wait long for one of Hermes' places. */
export const busyNotices: Sweep = {
  name: "busy_notices",
  async run(deps) {
    const now = deps.clock.now();
    const runs = waitingRunStore(deps.db);
    const jobs: NewJob[] = [];
    for (const run of await runs.listUntold(now, sweepLimit, deps.log)) {
      if (!(await runs.claimUntold(run, plusSeconds(now, putOffSeconds)))) continue;
      const { _id: ref, conversationId } = run;
      jobs.push({ jobId: deps.newId("job"), conversationId, do: "resume", ref });
    }
    await deps.queue.push(jobs);
    return jobs.length;
  },
};
