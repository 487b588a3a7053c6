import type { UpdateFilter } from "mongodb";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { pushOwed } from "#core/conversations/owed-jobs.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { allowedFrom } from "#core/shared/transitions.ts";
import { AgentRun, runTransitions, type RunStatus } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { changed } from "#core/database/changed.ts";

type RunDeps = Deps & WithQueue;

/**
 * Ends a question before it is answered; nothing of it is sent. Whoever waits for Hermes sees it within
 * seconds. Throws RequestError `run.status` when there is nothing to end any more.
 */
export async function cancelRun(deps: RunDeps, actor: Actor, runId: string): Promise<AgentRun> {
  const now = deps.clock.now();
  const after = await change(deps, runId, ["running", "retrying", "retry_pending"], "cancelled", {
    $set: {
      cancelReason: "ended_by_person",
      completedAt: now,
      nextAttemptAt: null,
      turnId: null,
      aliveUntil: null,
      pushAfter: now,
    },
    $unset: { unfinished: true },
    ...changed,
    $push: { auditOutbox: auditLine(deps, actor, "run.cancelled", runId) },
  });
  if (after) return pushed(deps, after, now);
  const run = await agentRunStore(deps.db).get(runId);
  if (run.cancelReason === "ended_by_person") return run;
  throw refusal(run, "nothing was cancelled", nextStep[run.status]);
}

/**
 * Has a waiting run tried now, and a failed one asked once more under a new key. Throws RequestError
 * `run.status` for any other, and `run.another` while the conversation has one under way.
 */
export async function retryRun(deps: RunDeps, actor: Actor, runId: string): Promise<AgentRun> {
  const now = deps.clock.now();
  const run = await agentRunStore(deps.db).get(runId);
  const audit = auditLine(deps, actor, "run.retried", runId);
  const due = { nextAttemptAt: now, pushAfter: now };
  if (run.status === "retry_pending") {
    if (run.nextAttemptAt !== null && run.nextAttemptAt <= now) return run;
    const after = await change(deps, runId, ["retry_pending"], null, {
      $set: due,
      ...changed,
      $push: { auditOutbox: audit },
    });
    return after ? pushed(deps, after, now) : agentRunStore(deps.db).get(runId);
  }
  mustHaveFailed(run);
  const after = await askedAgain(deps, run, { ...due, audit });
  return after ? pushed(deps, after, now) : agentRunStore(deps.db).get(runId);
}

/**
 * Has a failed question asked once more, under a new key, with what a person says about it to Hermes.
 * The same again changes nothing more. Throws RequestError as `retryRun` does.
 */
export async function retryWithHint(
  deps: RunDeps,
  actor: Actor,
  runId: string,
  hint: string,
): Promise<AgentRun> {
  const now = deps.clock.now();
  const run = await agentRunStore(deps.db).get(runId);
  if (run.hint === hint && run.status !== "error") return run;
  mustHaveFailed(run);
  const audit = auditLine(deps, actor, "run.retried", runId, { hinted: true });
  const due = { nextAttemptAt: now, pushAfter: now };
  const after = await askedAgain(deps, run, { ...due, hint, audit });
  // Somebody else was quicker: with the same hint or another.
  return after ? pushed(deps, after, now) : retryWithHint(deps, actor, runId, hint);
}

/** And have no answer that could be sent again. */
function mustHaveFailed(run: AgentRun): void {
  if (run.status === "error" && run.outboundMessageId === null) return;
  const sent = run.status === "error" ? "Have its message sent again instead." : null;
  throw refusal(run, "it was not tried again", sent ?? nextStep[run.status]);
}

async function askedAgain(
  deps: RunDeps,
  run: AgentRun,
  {
    audit,
    ...set
  }: Pick<AgentRun, "nextAttemptAt" | "hint"> & {
    pushAfter: Date;
    audit: ReturnType<typeof auditLine>;
  },
): Promise<AgentRun | null> {
  try {
    return await change(deps, run._id, ["error"], "retry_pending", {
      $set: {
        ...set,
        unfinished: true,
        waitCause: "failed_turn",
        error: null,
        completedAt: null,
        failureCount: 0,
        // Hermes keeps a failed turn under its key.
        request: null,
        keyGeneration: run.keyGeneration + 1,
        queuedReplyMessageId: null,
      },
      ...changed,
      $push: { auditOutbox: audit },
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    throw new RequestError(
      "conflict",
      "run.another",
      "The contact's next question is under way, so this one was not asked again. Try it when that one is over.",
      { runId: run._id },
      { cause: error },
    );
  }
}

async function change(
  deps: Deps,
  runId: string,
  from: readonly RunStatus[],
  to: RunStatus | null,
  update: UpdateFilter<AgentRun>,
): Promise<AgentRun | null> {
  const status = { $in: to === null ? [...from] : allowedFrom(runTransitions, from, to) };
  const after = await deps.db
    .collection<AgentRun>("agent_runs")
    .findOneAndUpdate(
      { _id: runId, status },
      { ...update, $set: { ...update.$set, ...(to === null ? {} : { status: to }) } },
      { returnDocument: "after" },
    );
  return after && AgentRun.parse(after);
}

async function pushed(deps: RunDeps, run: AgentRun, pushAfter: Date): Promise<AgentRun> {
  const { _id: id, conversationId } = run;
  await pushOwed(deps, { collection: "agent_runs", id, conversationId, pushAfter, isKept: false });
  await settleAudit(deps, run, "agent_runs");
  return run;
}

function refusal(run: AgentRun, consequence: string, advice: string): RequestError {
  return new RequestError(
    "conflict",
    "run.status",
    `The run is ${run.status.replace("_", " ")}, so ${consequence}. ${advice}`,
    { runId: run._id, status: run.status },
  );
}

const nextStep: Record<RunStatus, string> = {
  running: "Hermes is being asked right now; wait for the answer.",
  retrying: "Hermes is being asked right now; wait for the answer.",
  retry_pending: "It waits for Hermes.",
  sending: "Its answer is going out; wait a moment.",
  sent: "The contact has the answer.",
  awaiting_review: "Its draft waits for a reviewer; approve or reject it there.",
  parked: "Its answer waits for the contact; drop the message if it is not to go out.",
  rejected: "A reviewer rejected its draft; write to the contact yourself if need be.",
  cancelled: "It is over; write to the contact yourself if need be.",
  error: "It failed; have it asked again, or write to the contact yourself.",
};
