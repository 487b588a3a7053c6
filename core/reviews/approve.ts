import { accountStore } from "#core/accounts/account.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { nameOf } from "#core/audit/people.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { refuseShut } from "#core/conversations/may-write.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { RequestError } from "#core/shared/errors.ts";
import { pushLook, type ReviewDeps } from "./change-review.ts";
import { refuseReview } from "./refusals.ts";
import { isFreeFor, reviewStore } from "./review.store.ts";

export type Approval = {
  /** What is to go out instead of Hermes' words; absent: those. */
  text?: string | undefined;
  /** The draft's version that the reviewer saw; absent: whichever it is. */
  version?: number | undefined;
};

/**
 * Stores the approval: the draft goes out some seconds later, also when the tab is closed and the
 * Lambda dies, and once however many approve. Throws RequestError when the window is shut
 * (`may-write.ts`), the draft is somebody else's or over (`refusals.ts`), or there is no text.
 */
export async function approve(
  deps: ReviewDeps,
  actor: Actor,
  runId: string,
  { text, version }: Approval,
): Promise<AgentRun> {
  const now = deps.clock.now();
  const before = await agentRunStore(deps.db).get(runId);
  const editedText = text === undefined || text === before.outputText ? undefined : text;
  if (isSameApproval(before, actor, editedText)) return before;
  if (before.status !== "awaiting_review") return refuseReview(deps.db, before, actor.id, now);
  if ((editedText ?? before.outputText ?? "").trim() === "") {
    throw new RequestError(
      "invalid",
      "review.no_text",
      "There is no text to send, nothing was done. Write an answer and approve that.",
    );
  }
  await refuseUnlessOpen(deps, before);
  const sendAt = plusSeconds(now, deps.settings.reviews.REVIEW_SEND_DELAY_SECONDS);
  const after = await reviewStore(deps.db).change({
    runId,
    guard: { ...isFreeFor(actor.id, now), ...(version === undefined ? {} : { version }) },
    review: {
      approvedBy: actor.id,
      approvedAt: now,
      sendAt,
      ...(editedText === undefined ? {} : { editedText }),
    },
    set: { pushAfter: sendAt },
    ...(editedText === undefined ? { unset: ["review.editedText"] } : {}),
    audit: auditLine(deps, actor, "review.approved", runId, { edited: editedText !== undefined }),
  });
  if (!after) {
    const run = await agentRunStore(deps.db).get(runId);
    return isSameApproval(run, actor, editedText) ? run : refuseReview(deps.db, run, actor.id, now);
  }
  await pushLook(deps, after);
  await settleAudit(deps, after, "agent_runs");
  return after;
}

/**
 * Takes an approval back while nothing has gone out: the draft is as it was, kept for whoever
 * withdrew it. Throws RequestError when it is too late.
 */
export async function withdraw(deps: ReviewDeps, actor: Actor, runId: string): Promise<AgentRun> {
  const now = deps.clock.now();
  const after = await reviewStore(deps.db).change({
    runId,
    guard: { "review.approvedAt": { $ne: null } },
    review: {
      approvedBy: null,
      approvedAt: null,
      sendAt: null,
      claimedBy: actor.id,
      claimedAt: now,
      claimExpiresAt: plusSeconds(now, deps.settings.reviews.REVIEW_CLAIM_SECONDS),
    },
    unset: ["pushAfter"],
    audit: auditLine(deps, actor, "review.withdrawn", runId),
  });
  if (after) {
    await settleAudit(deps, after, "agent_runs");
    return after;
  }
  const run = await agentRunStore(deps.db).get(runId);
  return run.status === "awaiting_review" ? run : refuseReview(deps.db, run, actor.id, now);
}

function isSameApproval(run: AgentRun, actor: Actor, editedText: string | undefined): boolean {
  const { review } = run;
  const isLive = ["awaiting_review", "sending", "sent", "parked"].includes(run.status);
  return isLive && review?.approvedBy === actor.id && review.editedText === editedText;
}

async function refuseUnlessOpen(deps: ReviewDeps, run: AgentRun): Promise<void> {
  const [account, conversation] = await Promise.all([
    accountStore(deps.db).get(run.accountId),
    conversationStore(deps.db).get(run.conversationId),
  ]);
  refuseShut({ account, conversation, ageNow: deps.clock.ageNow() });
  if (conversation.takenOverBy !== null) {
    throw new RequestError(
      "conflict",
      "conversation.taken_over",
      `${await nameOf(deps.db, conversation.takenOverBy)} took the conversation over and answers in person; the draft was not approved. Write to the contact instead, or hand the conversation back.`,
      { by: conversation.takenOverBy },
    );
  }
}
