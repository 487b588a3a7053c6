import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { sweepLimit, type Sweep } from "./sweep.ts";

const putOffSeconds = 240;

/** Has runs gone on with whose Lambda cannot be alive any more. */
export const abandonedRuns: Sweep = {
  name: "abandoned_runs",
  async run(deps) {
    const now = deps.clock.now();
    const runs = agentRunStore(deps.db);
    const before = plusSeconds(now, -deps.settings.retry.RETRY_GRACE_SECONDS);
    const jobs: NewJob[] = [];
    for (const run of await runs.listAbandoned(before, sweepLimit, deps.log)) {
      if (!(await runs.claimAbandoned(run, plusSeconds(now, putOffSeconds)))) continue;
      jobs.push({
        jobId: deps.newId("job"),
        conversationId: run.conversationId,
        do: "resume",
        ref: run._id,
      });
    }
    await deps.queue.push(jobs);
    return jobs.length;
  },
};
