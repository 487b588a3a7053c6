import type { AgentRun, Attempt } from "#core/agent-runs/agent-run.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";
import { auditLine } from "#core/audit/record.ts";
import { windowMs } from "#core/conversations/conversation.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { Review } from "#core/reviews/review.ts";
import { plusMs } from "#core/shared/clock.ts";
import { editedBy, type ExchangePlan, type Times } from "./exchange.ts";
import { depsAt, type SampleSource } from "./source.ts";

/** How the run stands at the end. */
export function endOf(
  plan: ExchangePlan,
  { answered: ended, sent }: Times,
  out: readonly OutboundMessage[],
): Partial<AgentRun> {
  const { ending, person, conversation, language } = plan;
  const outboundMessageId = out.at(-1)?._id ?? null;
  const windowEndsAt = plusMs(conversation.lastInboundAt, windowMs);
  const isReached = {
    status: "sent",
    outboundMessageId,
    firstSentAt: sent,
    acceptedAt: sent,
  } as const;
  const reviewed = { requiresHumanReview: true, reviewReason: "policy" } as const;
  const approved = { windowEndsAt, approvedBy: person, approvedAt: plusMs(sent, -5_000) };
  switch (ending) {
    case "draft":
      return {
        ...reviewed,
        status: "awaiting_review",
        draft: true,
        review: Review.parse({ windowEndsAt }),
      };
    case "approved":
      return { ...reviewed, ...isReached, review: Review.parse(approved) };
    case "edited": {
      const editedText = editedBy(plan);
      return { ...reviewed, ...isReached, review: Review.parse({ ...approved, editedText }) };
    }
    case "rejected": {
      const rejectedReason = language === "zh" ? "价格已经调整" : "The price has changed since";
      const review = Review.parse({ windowEndsAt, rejectedBy: person, rejectedReason });
      return { ...reviewed, status: "rejected", review };
    }
    case "credits":
    case "window":
      return { status: "parked", outboundMessageId, firstSentAt: sent };
    case "refused": {
      const error = "send.refused: WeChat refused the answer with -3";
      return { status: "error", outboundMessageId, firstSentAt: sent, error };
    }
    case "no_answer":
      return { ...failedTurn(ended), status: "error", error: "hermes.failed_turn: turn_failed" };
    case "taken_over":
      return { status: "cancelled", cancelReason: "taken_over", completedAt: ended };
    case "late":
      return { ...isReached, queuedReplyMessageId: out[0]?._id ?? null };
    case "sent":
    case "unconfirmed":
      return isReached;
  }
}

function failedTurn(ended: Date): Partial<AgentRun> {
  const attempts = [3, 2, 1].map((left): Attempt => {
    const startedAt = plusMs(ended, -left * 9_000);
    const endedAt = plusMs(startedAt, 4_200);
    return { startedAt, endedAt, class: "failed_turn", row: "turn_failed" };
  });
  const { length } = attempts;
  return { attempts, attemptCount: length, failureCount: length, completedAt: ended };
}

/** What people did about it, for the audit log. */
export function linesOf(
  { deps }: SampleSource,
  { ending, person, conversation }: ExchangePlan,
  run: AgentRun,
  { sent, begun }: Times,
  out: readonly OutboundMessage[],
): AuditLine[] {
  const line = (at: Date, action: string, of: string, details: AuditLine["details"] = {}) =>
    auditLine(depsAt(deps, at), { kind: "operator", id: person }, action, of, details);
  const decidedAt = plusMs(sent, -5_000);
  if (ending === "approved" || ending === "edited") {
    return [line(decidedAt, "review.approved", run._id, { edited: ending === "edited" })];
  }
  if (ending === "rejected") return [line(decidedAt, "review.rejected", run._id)];
  if (ending !== "taken_over") return [];
  const conversationId = conversation._id;
  return [
    line(plusMs(begun, 400), "conversation.taken_over", conversationId),
    ...out.map(({ _id }) => line(sent, "message.written", _id, { conversationId })),
  ];
}
