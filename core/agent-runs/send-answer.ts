import type { Account } from "#core/accounts/account.ts";
import { releaseStatement } from "#core/conversations/conversation.store.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { compose } from "#core/sending/compose.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { sendOutbound, type SendResult } from "#core/sending/send-outbound.ts";
import type { AgentRun, RunStatus } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { measureStep } from "./measure-runs.ts";
import type { Came } from "./carry-out.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

/**
 * Sends the answer that a run in `sending` has fixed. The outbound message carries the id the run
 * names, so that a repeat finds the stored one and its chunks.
 */
export async function sendAnswer(
  deps: AgentDeps,
  turn: Turn,
  account: Account,
  run: AgentRun,
): Promise<Came> {
  const { outboundMessageId, review } = run;
  const text = review?.editedText ?? run.outputText;
  if (outboundMessageId === null || text === null) {
    throw new InvariantError("run.no_answer", "A run that is sending has no answer.", {
      runId: run._id,
    });
  }
  const composed = compose(deps, {
    id: outboundMessageId,
    kind: "answer",
    text,
    accountId: run.accountId,
    conversationId: run.conversationId,
    userId: run.userId,
    runId: run._id,
    onceKey: `${run._id}:answer`,
    author: review?.approvedBy ?? null,
  });
  const outbound = outboundStore(deps.db);
  const isFresh = (await outbound.insert(composed)) === "inserted";
  const message = isFresh ? composed : await outbound.find(outboundMessageId);
  if (!message) throw new InvariantError("run.no_outbound", "The stored answer is gone.");
  const { continueText } = run.policy;
  const firstSentAt = firstSent(message, deps.clock.now());
  const result = await sendOutbound(deps, { turn, account, message, isFresh, continueText });
  if (result.status === "accepted" && turn.isLast) {
    return sentAndOver(deps, turn, run, { firstSentAt, acceptedAt: result.acceptedAt });
  }
  return settleRun(deps, { runId: run._id, turnId: turn.id, from: "sending", firstSentAt }, result);
}

/** The run's last status and the end of the turn, in one round trip. */
async function sentAndOver(
  deps: AgentDeps,
  { id: turnId, conversationId }: Turn,
  run: AgentRun,
  at: { firstSentAt: Date; acceptedAt: Date },
): Promise<Came> {
  const step = { runId: run._id, turnId, from: ["sending"], to: "sent" } as const;
  const isSent = await agentRunStore(deps.db).stepWith({ ...step, set: { ...at, error: null } }, [
    releaseStatement({ conversationId, turnId }),
  ]);
  measureStep(deps.measure, isSent ? { ...run, ...at, status: "sent" } : null);
  return "given_back";
}

/** Brings the run to where its answer now is. */
export async function settleRun(
  deps: AgentDeps,
  run: { runId: string; turnId: string | null; from: RunStatus; firstSentAt: Date },
  result: SendResult,
): Promise<Came> {
  const runs = agentRunStore(deps.db);
  const { firstSentAt } = run;
  const step = { runId: run.runId, turnId: run.turnId, from: [run.from] };
  switch (result.status) {
    case "accepted":
      measureStep(
        deps.measure,
        await runs.tryStep({
          ...step,
          // A failed answer that a person had sent again.
          from: run.from === "parked" ? ["parked", "error"] : step.from,
          to: "sent",
          set: { firstSentAt, acceptedAt: result.acceptedAt, error: null },
        }),
      );
      return "done";
    case "parked":
    case "skipped":
      if (run.from !== "parked") {
        measureStep(deps.measure, await runs.tryStep({ ...step, to: "parked" }));
      }
      // The offer of the rest may wait to be sent, and in the meantime others may have.
      return "again";
    case "ended":
      measureStep(deps.measure, await runs.tryStep({ ...step, ...endOf(result) }));
      return "again";
    case "out_of_time":
      return "again";
    case "later":
      // The stored message says when its next try is due; the retry Lambda pushes the job then.
      return "waits";
  }
}

/** When the answer's first bubble was taken, or is on its way now. */
export function firstSent({ chunks }: OutboundMessage, now: Date): Date {
  return chunks[0]?.acceptedAt ?? now;
}

function endOf({ why, code }: Extract<SendResult, { status: "ended" }>) {
  if (why === "taken_over") return { to: "cancelled", set: { cancelReason: why } } as const;
  const error =
    why === "refused"
      ? `send.refused: WeChat refused the answer with ${code}`
      : `send.given_up: WeChat did not take the answer in all tries, last with ${code}`;
  return { to: "error", set: { error } } as const;
}
