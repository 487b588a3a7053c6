import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { pushOwed } from "#core/conversations/owed-jobs.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { refuseReview } from "./refusals.ts";
import { reviewStore, isFreeFor, type ReviewChange } from "./review.store.ts";

export type ReviewDeps = Deps<"reviews"> & WithQueue;

/**
 * What reviewers do with a draft. Each is one guarded statement; asking for what already holds
 * changes nothing and gives the run; what is not allowed throws RequestError (`refusals.ts`).
 */
export async function claim(deps: ReviewDeps, actor: Actor, runId: string): Promise<AgentRun> {
  const now = deps.clock.now();
  const claimExpiresAt = plusSeconds(now, deps.settings.reviews.REVIEW_CLAIM_SECONDS);
  const renewed = await reviewStore(deps.db).change({
    runId,
    guard: {
      "review.approvedAt": null,
      "review.claimedBy": actor.id,
      "review.claimExpiresAt": { $gt: now },
    },
    review: { claimExpiresAt },
  });
  if (renewed) return renewed;
  return step(deps, actor, {
    runId,
    guard: isFreeFor(actor.id, now),
    review: { claimedBy: actor.id, claimedAt: now, claimExpiresAt, snoozedUntil: null },
    action: "review.claimed",
  });
}

/** Gives the draft back to the queue; what the contact wrote meanwhile is taken up then. */
export async function release(deps: ReviewDeps, actor: Actor, runId: string): Promise<AgentRun> {
  return step(deps, actor, {
    runId,
    guard: { "review.approvedAt": null, "review.claimedBy": actor.id },
    review: { claimedBy: null, claimExpiresAt: null },
    action: "review.released",
    isDone: ({ status, review }) =>
      status === "awaiting_review" && !review?.approvedBy && review?.claimedBy !== actor.id,
    pushes: true,
  });
}

/** Leaves it out of the queue for a while, for everybody. */
export async function snooze(
  deps: ReviewDeps,
  actor: Actor,
  runId: string,
  until: Date,
): Promise<AgentRun> {
  const now = deps.clock.now();
  if (until <= now) {
    throw new RequestError(
      "invalid",
      "review.snooze_past",
      "That time is over, nothing was changed. Give a time that is still to come.",
    );
  }
  return step(deps, actor, {
    runId,
    guard: { ...isFreeFor(actor.id, now), "review.snoozedUntil": { $ne: until } },
    review: { snoozedUntil: until, claimedBy: null, claimExpiresAt: null },
    action: "review.snoozed",
    details: { until: until.toISOString() },
    isDone: ({ review }) => review?.snoozedUntil?.getTime() === until.getTime(),
    pushes: true,
  });
}

export async function reject(
  deps: ReviewDeps,
  actor: Actor,
  runId: string,
  reason: string,
): Promise<AgentRun> {
  const now = deps.clock.now();
  return step(deps, actor, {
    runId,
    guard: isFreeFor(actor.id, now),
    review: { rejectedBy: actor.id, rejectedReason: reason },
    to: "rejected",
    unset: ["draft"],
    action: "review.rejected",
    isDone: ({ status, review }) => status === "rejected" && review?.rejectedBy === actor.id,
    pushes: true,
  });
}

/** Ends this draft; the agent Lambda has a new run answer the same messages with the hint. */
export async function regenerate(
  deps: ReviewDeps,
  actor: Actor,
  runId: string,
  hint: string,
): Promise<AgentRun> {
  const now = deps.clock.now();
  return step(deps, actor, {
    runId,
    guard: isFreeFor(actor.id, now),
    review: { hint, claimedBy: actor.id },
    to: "cancelled",
    // Still marked as draft: its messages are to be handed on.
    set: { cancelReason: "superseded" },
    unset: ["holdsMessages"],
    action: "review.regenerated",
    isDone: ({ cancelReason, review }) => cancelReason === "superseded" && review?.hint === hint,
    pushes: true,
  });
}

type Step = ReviewChange & {
  action: string;
  details?: Record<string, string | boolean>;
  /** Whether a run that is not as the guard says is where it was to be brought. */
  isDone?: (run: AgentRun) => boolean;
  /** The agent Lambda is to look at the conversation again. */
  pushes?: boolean;
};

async function step(deps: ReviewDeps, actor: Actor, wanted: Step): Promise<AgentRun> {
  const { action, details, isDone, pushes = false, ...change } = wanted;
  const now = deps.clock.now();
  const after = await reviewStore(deps.db).change({
    ...change,
    ...(pushes ? { set: { ...change.set, pushAfter: now } } : {}),
    audit: auditLine(deps, actor, action, change.runId, details),
  });
  if (!after) {
    const run = await agentRunStore(deps.db).get(change.runId);
    if (isDone?.(run)) return run;
    return refuseReview(deps.db, run, actor.id, now);
  }
  if (pushes) await pushLook(deps, after);
  await settleAudit(deps, after, "agent_runs");
  return after;
}

/** Has the agent Lambda look at the draft's conversation; what a draft causes stays owed until it is done. */
export async function pushLook(deps: ReviewDeps, run: AgentRun): Promise<void> {
  const { _id: id, conversationId, pushAfter } = run;
  if (pushAfter === undefined) return;
  const isKept = run.draft === true && (run.status === "cancelled" || isApproved(run));
  await pushOwed(deps, { collection: "agent_runs", id, conversationId, pushAfter, isKept });
}

function isApproved({ review }: AgentRun): boolean {
  return (review?.approvedAt ?? null) !== null;
}
