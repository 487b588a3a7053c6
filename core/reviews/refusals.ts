import type { Db } from "mongodb";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { nameOf } from "#core/audit/people.ts";
import { RequestError } from "#core/shared/errors.ts";
import { isClaimed } from "./review.ts";

/**
 * Why a person may not do that with a draft now, by whom and since when. Throws RequestError
 * `review.taken`, `review.approved`, `review.changed` or `review.over`, each a conflict.
 */
export async function refuseReview(
  db: Db,
  run: AgentRun,
  userId: string,
  now: Date,
): Promise<never> {
  const { review } = run;
  const whose = review?.approvedBy ?? review?.rejectedBy ?? review?.claimedBy ?? null;
  const name = await nameOf(db, whose);
  if (run.status !== "awaiting_review") {
    throw conflict(run, "review.over", howItEnded(run, name), whose);
  }
  if (review?.approvedBy) {
    throw conflict(
      run,
      "review.approved",
      `${name} approved this draft, it goes out at ${iso(review.sendAt)}. Withdraw it first to change it.`,
      review.approvedBy,
    );
  }
  if (review && isClaimed(review, now) && review.claimedBy !== userId) {
    throw conflict(
      run,
      "review.taken",
      `${name} has this draft open until ${iso(review.claimExpiresAt)}. Take the next one, or come back then.`,
      review.claimedBy,
    );
  }
  throw conflict(
    run,
    "review.changed",
    "The draft changed since you looked at it, nothing was done. Look at it again.",
  );
}

function howItEnded(run: AgentRun, name: string): string {
  const { status, review, cancelReason } = run;
  if (review?.approvedBy) {
    return `${name} approved this draft at ${iso(review.approvedAt)} and it is ${status === "sent" ? "sent" : "going out"}; nothing was sent twice. Take the next one.`;
  }
  if (review?.rejectedBy) {
    return `${name} rejected this draft. Write to the contact yourself if it needs an answer.`;
  }
  if (cancelReason === "superseded") {
    return "A newer draft replaces this one. Open the newest draft of the conversation.";
  }
  if (cancelReason === "taken_over") {
    return "Somebody took the conversation over and answers in person. Take the next draft.";
  }
  return `This is no open draft, its run is ${status.replace("_", " ")}. Take the next one.`;
}

function conflict(run: AgentRun, code: string, message: string, by: string | null = null) {
  return new RequestError("conflict", code, message, { runId: run._id, status: run.status, by });
}

function iso(at: Date | null): string {
  return at?.toISOString() ?? "an unknown time";
}
