import type { InboundMessage, OutboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { reviewStore } from "#core/reviews/review.store.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Briefing } from "./briefing.ts";
import { isHandingOn } from "./decide-draft.ts";
import type { AgentDeps } from "./work-conversation.ts";
import { finishHandOver } from "./work-draft.ts";

/**
 * What the contact had written before a person wrote is answered by that person: its run and draft
 * end, and what was in no run yet reaches no Hermes. What came after stays as it is.
 */
export async function makeWay(
  deps: AgentDeps,
  { openRun, draft, waiting }: Briefing,
  message: OutboundMessage,
): Promise<void> {
  const isBefore = ({ createdAt }: AgentRun | InboundMessage) => createdAt <= message.createdAt;
  if (openRun && openRun.status !== "sending" && isBefore(openRun)) await endRun(deps, openRun);
  if (draft && isBefore(draft)) {
    if (isHandingOn(draft)) await finishHandOver(deps, draft, null);
    else await reviewStore(deps.db).cancel(draft._id, "answered_by_person");
  }
  const answered = waiting
    .filter(isBefore)
    .map(({ _id }) => _id)
    .filter((id) => !openRun?.messageIds.includes(id));
  if (answered.length === 0) return;
  await messageStore(deps.db).leaveUnanswered(answered, "answered_by_person");
}

async function endRun(deps: AgentDeps, run: AgentRun): Promise<void> {
  await agentRunStore(deps.db).tryStep({
    runId: run._id,
    turnId: null,
    from: [run.status],
    to: "cancelled",
    set: {
      cancelReason: "answered_by_person",
      nextAttemptAt: null,
      completedAt: deps.clock.now(),
    },
  });
}
