import { AuditLine, type Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { deadJobStore, jobWithin, type DeadJob } from "#core/queue/dead-job.ts";
import { pushJobsOf } from "#core/queue/redrive.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";

type DeadJobDeps = Deps & WithQueue;

/**
 * Has dead jobs tried again, each once however many people press at the same time: the first one
 * stores the new job's id, and only that one is pushed. Gives those that this call redrove.
 */
export async function redriveAll(
  deps: DeadJobDeps,
  actor: Actor,
  dead: readonly DeadJob[],
): Promise<DeadJob[]> {
  const claimed: DeadJob[] = [];
  for (const { _id: id } of dead.filter((each) => jobWithin(each) !== null)) {
    const mine = await deadJobStore(deps.db).claimRedrive({
      id,
      redriveJobId: deps.newId("job"),
      now: deps.clock.now(),
      line: auditLine(deps, actor, "dead_job.redriven", id),
    });
    if (mine) claimed.push(mine);
  }
  try {
    await pushJobsOf(deps, claimed);
  } catch (error) {
    // They stay owed, and the retry Lambda pushes them under the same ids.
    deps.log.warn("dead_job.owed", { count: claimed.length }, error);
  }
  for (const each of claimed) await settleLines(deps, each);
  return claimed;
}

/** Throws RequestError `dead_job.unknown`, `dead_job.unreadable` and `dead_job.deleted`. */
export async function redrive(deps: DeadJobDeps, actor: Actor, id: string): Promise<DeadJob> {
  const dead = await deadJobStore(deps.db).get(id);
  if (dead.status === "deleted") {
    throw new RequestError(
      "conflict",
      "dead_job.deleted",
      "Somebody deleted this job, so it was not tried again. Look at the conversation instead.",
      { deadJobId: id },
    );
  }
  if (jobWithin(dead) === null) {
    throw new RequestError(
      "conflict",
      "dead_job.unreadable",
      "The hub cannot read this job, so it cannot be tried again. Delete it.",
      { deadJobId: id },
    );
  }
  const [redriven] = await redriveAll(deps, actor, [dead]);
  return redriven ?? deadJobStore(deps.db).get(id);
}

/** Takes a dead job off the list; the record stays. Throws RequestError `dead_job.unknown`, `dead_job.redriven`. */
export async function deleteDeadJob(deps: Deps, actor: Actor, id: string): Promise<DeadJob> {
  const line = auditLine(deps, actor, "dead_job.deleted", id);
  const deleted = await deadJobStore(deps.db).markDeleted(id, line);
  if (deleted) {
    await settleLines(deps, deleted);
    return deleted;
  }
  const dead = await deadJobStore(deps.db).get(id);
  if (dead.status === "deleted") return dead;
  throw new RequestError(
    "conflict",
    "dead_job.redriven",
    "Somebody had this job tried again, so it was not deleted. Look whether it worked.",
    { deadJobId: id },
  );
}

async function settleLines(deps: Deps, { _id, auditOutbox = [] }: DeadJob): Promise<void> {
  const lines = auditOutbox.map((line) => AuditLine.parse(line));
  await settleAudit(deps, { _id, auditOutbox: lines }, "dead_jobs");
}
