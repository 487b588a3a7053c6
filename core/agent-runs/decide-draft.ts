import { isClaimed } from "#core/reviews/review.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Briefing } from "./briefing.ts";

export type DraftStep =
  | { do: "nothing"; settled: boolean }
  /** It may still be withdrawn: the job comes again when its time is over. */
  | { do: "come_back"; ms: number }
  /** Its time to be withdrawn is over. */
  | { do: "send_approved"; draft: AgentRun }
  /** The account may not send any more: people are to look at it again. */
  | { do: "unapprove"; draft: AgentRun }
  | { do: "supersede"; draft: AgentRun }
  /** The contact wrote while somebody has it open. */
  | { do: "note_change"; draft: AgentRun }
  | { do: "cancel_draft"; draft: AgentRun; why: "taken_over" | "account_gone" }
  /** A replaced draft's messages are in this run already, or go into none any more. */
  | { do: "finish_hand_over"; draft: AgentRun; run: AgentRun | null };

/** Whether this draft was replaced and its messages wait for a run of their own. */
export function isHandingOn(draft: AgentRun | null): draft is AgentRun & { status: "cancelled" } {
  return draft?.status === "cancelled";
}

/**
 * What an open draft needs: an approved one goes out when its time has come, one that nobody has open
 * is replaced when the contact writes again, any other one keeps what is written waiting. Null when
 * the conversation goes on as if there were none.
 */
export function decideDraft(briefing: Briefing, now: Date): DraftStep | null {
  const { draft, openRun, conversation } = briefing;
  if (draft === null) return null;
  if (isHandingOn(draft)) return decideHandOver(briefing, draft);
  if (openRun) return null;
  const { sendAt } = draft.review ?? {};
  if (sendAt) return approvedStep(draft, sendAt, now);
  if (conversation.takenOverBy !== null) return { do: "cancel_draft", draft, why: "taken_over" };
  return openStep(briefing, draft, now);
}

/** As `decideDraft`, where the account may not answer now. */
export function decideDraftWithout(
  { draft }: Briefing,
  now: Date,
  why: "login_expired" | "account_not_approved" | "account_gone",
): DraftStep | null {
  if (draft === null) return null;
  if (why === "account_gone" && !isHandingOn(draft)) {
    return draft.review?.sendAt ? { do: "unapprove", draft } : { do: "cancel_draft", draft, why };
  }
  // A login comes back, and what is approved waits for it like any answer.
  if (why === "login_expired") {
    const sendAt = draft.review?.sendAt ?? null;
    return sendAt && !isHandingOn(draft) ? approvedStep(draft, sendAt, now) : null;
  }
  if (isHandingOn(draft)) return { do: "finish_hand_over", draft, run: null };
  return draft.review?.sendAt ? { do: "unapprove", draft } : null;
}

function decideHandOver({ openRun, conversation }: Briefing, draft: AgentRun): DraftStep | null {
  if (openRun?.replacesRunId === draft._id) return { do: "finish_hand_over", draft, run: openRun };
  if (conversation.takenOverBy !== null) return { do: "finish_hand_over", draft, run: null };
  return null;
}

function approvedStep(draft: AgentRun, sendAt: Date, now: Date): DraftStep {
  const ms = sendAt.getTime() - now.getTime();
  return ms > 0 ? { do: "come_back", ms } : { do: "send_approved", draft };
}

function openStep({ waiting }: Briefing, draft: AgentRun, now: Date): DraftStep | null {
  if (waiting.length === 0) return { do: "nothing", settled: true };
  if (!isClaimed(draft.review, now)) return { do: "supersede", draft };
  if (draft.review?.contextChangedAt) return { do: "nothing", settled: false };
  return { do: "note_change", draft };
}
