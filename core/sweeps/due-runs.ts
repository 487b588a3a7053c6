import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import { hermesHealthStore, isFull } from "#core/agent-runs/hermes-health.store.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { sweepLimit, type Sweep } from "./sweep.ts";

/** Until a pushed job has been worked off; then the run is looked at again. */
const putOffSeconds = 240;

/** Has due runs tried again, the longest waiting first, one account after the other, as many as Hermes has places. */
export const dueRuns: Sweep = {
  name: "due_runs",
  async run(deps) {
    const now = deps.clock.now();
    const health = await hermesHealthStore(deps.db).find(deps.settings.hermes.HERMES_API_BASE_URL);
    if (health && health.state !== "up") return 0;
    const runs = agentRunStore(deps.db);
    const atWork = await runs.countAtWork();
    // While turns are at work at a full Hermes, each hands its own place on.
    const but = isFull(health, now) && atWork > 0 ? "hermes_full" : null;
    const due = await runs.listDue(now, sweepLimit, but);
    if (due.length === 0) return 0;
    const places = deps.settings.hermes.HERMES_PLACES - atWork;
    const jobs: NewJob[] = [];
    for (const run of inTurn(due)) {
      if (jobs.length >= places) break;
      if (!(await runs.claimDue(run, plusSeconds(now, putOffSeconds)))) continue;
      jobs.push({
        jobId: deps.newId("job"),
        conversationId: run.conversationId,
        do: "retry",
        ref: run._id,
      });
    }
    await deps.queue.push(jobs);
    return jobs.length;
  },
};

/** Goes round the accounts, so that one with many waiting runs does not starve the others. */
export function inTurn<T extends Pick<AgentRun, "accountId">>(runs: readonly T[]): T[] {
  const byAccount = Map.groupBy(runs, ({ accountId }) => accountId);
  const queues = [...byAccount.values()];
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) =>
    queues.flatMap((queue) => queue[round] ?? []),
  ).flat();
}
