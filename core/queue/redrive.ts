import type { Deps, WithQueue } from "#core/shared/deps.ts";
import type { NewJob } from "./agent-queue.ts";
import { deadJobStore, jobWithin, type DeadJob } from "./dead-job.ts";

const mostAtOnce = 100;

/**
 * Pushes the jobs of redriven ones, each under the id that its redrive stored, so that a repeat is
 * absorbed. Throws QueueError; what was not pushed stays owed.
 */
export async function pushJobsOf(deps: Deps & WithQueue, redriven: readonly DeadJob[]) {
  await deps.queue.push(redriven.flatMap(againJob));
  await deadJobStore(deps.db).settleRedriven(redriven.map(({ _id }) => _id));
}

/** What whoever redrove could not push; gives how many. */
export async function pushRedriven(deps: Deps & WithQueue, before: Date): Promise<number> {
  const owed = await deadJobStore(deps.db).listOwed(before, mostAtOnce);
  if (owed.length > 0) await pushJobsOf(deps, owed);
  return owed.length;
}

function againJob(dead: DeadJob): NewJob[] {
  const job = jobWithin(dead);
  if (job === null || dead.redriveJobId === undefined) return [];
  const { conversationId, do: what, ref } = job;
  return [{ jobId: dead.redriveJobId, conversationId, do: what, ref }];
}
