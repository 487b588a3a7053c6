import type { Conversation } from "#core/conversations/conversation.ts";
import type { Deps } from "#core/shared/deps.ts";
import type { AgentRun } from "./agent-run.ts";
import { openReview } from "./settle-answer.ts";

/** The run of a question beyond a cap: it waits for a person's own words, and Hermes never sees it. */
export function heldRun(
  deps: Deps,
  run: AgentRun,
  conversation: Conversation,
  reviewReason: "contact_cap" | "account_cap",
): AgentRun {
  const { unfinished: _, ofDay, ...held } = run;
  return {
    ...held,
    status: "awaiting_review",
    draft: true,
    requiresHumanReview: true,
    reviewReason,
    review: openReview(conversation),
    // It is not counted among those that Hermes was asked.
    ofDay: ofDay && { day: ofDay.day, ofContact: ofDay.ofContact - 1 },
    attemptCount: 0,
    request: null,
    note: null,
    turnId: null,
    aliveUntil: null,
    completedAt: deps.clock.now(),
  };
}
