import type { Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { windowEndOf } from "#core/conversations/may-write.ts";
import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import { asksForPerson, needsReview, type Policy } from "#core/policies/policy.ts";
import { Review } from "#core/reviews/review.ts";
import type { AgentRun, Attempt } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { Standing } from "./briefing.ts";
import type { Came } from "./carry-out.ts";
import { measureStep } from "./measure-runs.ts";
import { capRaw, keptOf } from "./kept-answer.ts";
import { sendAnswer } from "./send-answer.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

/** Hermes' answer goes to nobody: account or conversation are no longer ours to speak for. */
export async function endUnspoken(
  deps: AgentDeps,
  turn: Turn,
  run: AgentRun,
  attempt: Attempt,
  standing: Standing | null,
  outcome: HermesOutcome,
): Promise<Came> {
  const status = standing?.account?.status;
  const runs = agentRunStore(deps.db);
  const step = { runId: run._id, turnId: turn.id, from: [run.status], attempt };
  const known = outcome.kind === "answer" ? { rawResponse: capRaw(outcome.raw) } : {};
  if (status === "login_expired") {
    // The login comes back; the same bytes under the same key give the answer then.
    await runs.tryStep({
      ...step,
      to: "retry_pending",
      set: { waitCause: "in_progress", nextAttemptAt: deps.clock.now(), turnId: null },
    });
    return "waits";
  }
  if (status === "suspended" || status === "pending_approval") {
    await runs.tryStep({
      ...step,
      to: "error",
      set: {
        ...known,
        error: "account.unavailable: the account is not approved any more",
        completedAt: deps.clock.now(),
      },
    });
    return "again";
  }
  const cancelReason = status === "approved" ? "taken_over" : "account_gone";
  await runs.tryStep({ ...step, to: "cancelled", set: { ...known, cancelReason } });
  return "again";
}

/** Brings a run with its answer on: to WeChat, to a reviewer, or nowhere when the policy is off now. */
export async function settleAnswer(
  deps: AgentDeps,
  turn: Turn,
  account: Account,
  policyNow: Policy | null,
  came: {
    run: AgentRun;
    attempt: Attempt;
    outcome: Extract<HermesOutcome, { kind: "answer" }>;
    conversation: Conversation;
  },
): Promise<Came> {
  const { run, attempt, outcome, conversation } = came;
  const now = deps.clock.ageNow();
  const requiresHumanReview =
    run.requiresHumanReview || (policyNow !== null && needsReview(policyNow, run.askedAt, now));
  const isOff = policyNow?.mode === "off";
  const answered = {
    ...keptOf(outcome),
    requiresHumanReview,
    reviewReason: run.reviewReason ?? reasonNow(policyNow, requiresHumanReview, now),
    hermesStartedAt: attempt.startedAt,
    hermesEndedAt: attempt.endedAt,
    completedAt: attempt.endedAt,
    waitCause: null,
    error: null,
  };
  const step = { runId: run._id, turnId: turn.id, from: [run.status], attempt };
  const runs = agentRunStore(deps.db);
  if (isOff || requiresHumanReview) {
    const ended = await runs.step(
      isOff
        ? { ...step, to: "cancelled", set: { ...answered, cancelReason: "policy_off" } }
        : {
            ...step,
            to: "awaiting_review",
            set: { ...answered, review: openReview(conversation) },
          },
    );
    measureStep(deps.measure, ended);
    return "done";
  }
  const outboundMessageId = deps.newId("message");
  const sending = await runs.step({
    ...step,
    to: "sending",
    set: { ...answered, outboundMessageId },
  });
  return sendAnswer(deps, turn, account, sending);
}

/** The policy became stricter, its hours ended, or the answer grew too old, while Hermes worked. */
function reasonNow(policyNow: Policy | null, requiresHumanReview: boolean, now: Date) {
  if (!requiresHumanReview) return null;
  return policyNow !== null && asksForPerson(policyNow, now) ? "policy" : "stale";
}

export function openReview(conversation: Conversation): Review {
  return Review.parse({ windowEndsAt: windowEndOf(conversation) });
}
