import type { Account } from "#core/accounts/account.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { reviewStore } from "#core/reviews/review.store.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Came } from "./carry-out.ts";
import type { DraftStep } from "./decide-draft.ts";
import { sendAnswer } from "./send-answer.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

type Doing = Exclude<DraftStep, { do: "nothing" } | { do: "come_back" }>;

/** Carries out what a draft needs; each step can be repeated and leaves alone what people changed. */
export async function workDraft(
  deps: AgentDeps,
  turn: Turn,
  account: Account | null,
  step: Doing,
): Promise<Came> {
  const reviews = reviewStore(deps.db);
  const runId = step.draft._id;
  switch (step.do) {
    case "send_approved": {
      const sending = await reviews.beginSending({
        runId,
        turnId: turn.id,
        aliveUntil: turn.endsAt,
        outboundMessageId: deps.newId("message"),
        now: deps.clock.now(),
      });
      return sending && account ? sendAnswer(deps, turn, account, sending) : "again";
    }
    case "unapprove":
      await unapprove(deps, runId);
      return "again";
    case "supersede":
      await reviews.supersede(runId, deps.clock.now());
      return "again";
    case "note_change":
      await reviews.noteContextChanged(runId, deps.clock.now());
      return "again";
    case "cancel_draft":
      await reviews.cancel(runId, step.why);
      return "again";
    case "finish_hand_over":
      await finishHandOver(deps, step.draft, step.run);
      return "again";
  }
}

/** Points the messages at the run that holds them now, then forgets the replaced one. */
export async function finishHandOver(
  deps: AgentDeps,
  draft: AgentRun,
  run: AgentRun | null,
): Promise<void> {
  if (run) await messageStore(deps.db).handOn(draft.messageIds, { from: draft._id, to: run._id });
  await reviewStore(deps.db).finishHandOver(draft._id);
}

/** Nothing goes out while the account may not send, and hours later it might not fit any more. */
async function unapprove(deps: AgentDeps, runId: string): Promise<void> {
  const after = await reviewStore(deps.db).change({
    runId,
    guard: { "review.approvedAt": { $ne: null } },
    review: { approvedBy: null, approvedAt: null, sendAt: null },
    unset: ["pushAfter"],
    audit: auditLine(deps, hubActor, "review.withdrawn", runId, {
      why: "the account is not approved any more",
    }),
  });
  if (after) await settleAudit(deps, after, "agent_runs");
}
