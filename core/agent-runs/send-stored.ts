import type { Account } from "#core/accounts/account.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { awayNotice, busyNotice } from "#core/policies/policy.ts";
import { compose, type Composed } from "#core/sending/compose.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { sendOutbound, type SendResult } from "#core/sending/send-outbound.ts";
import type { AgentRun } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { Briefing } from "./briefing.ts";
import type { Came } from "./carry-out.ts";
import type { SendingStep } from "./decide-sending.ts";
import { makeWay } from "./make-way.ts";
import { firstSent, settleRun } from "./send-answer.ts";
import { waitingRunStore } from "./waiting-run.store.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

type At = { deps: AgentDeps; turn: Turn; account: Account; briefing: Briefing };

/** Goes on with a message that is stored: interrupted, put off, or parked until now. */
export async function sendStored(
  { deps, turn, account, briefing }: At,
  { message, run: openRun, consumes }: Extract<SendingStep, { do: "send" }>,
): Promise<Came> {
  if (consumes.length > 0) {
    await messageStore(deps.db).leaveUnanswered(consumes, "continue_word");
  }
  if (message.kind === "operator") await makeWay(deps, briefing, message);
  const run = openRun && (await resumed(deps, turn, openRun));
  const firstSentAt = firstSent(message, deps.clock.now());
  const result = await sendOutbound(deps, {
    turn,
    account,
    message,
    isFresh: false,
    continueText: briefing.policy?.continueText,
  });
  if (message.kind !== "answer" || message.runId === null) return afterAside(result);
  const from = run?.status ?? "parked";
  const turnId = run ? turn.id : null;
  return settleRun(deps, { runId: message.runId, turnId, from, firstSentAt }, result);
}

/** The run with this turn as its holder, its status as it was. */
export async function resumed(deps: AgentDeps, turn: Turn, run: AgentRun): Promise<AgentRun> {
  const taken = await agentRunStore(deps.db).takeOver({
    runId: run._id,
    status: run.status,
    turnId: turn.id,
    aliveUntil: turn.endsAt,
    countFailure: false,
  });
  return taken ?? run;
}

/** A notice, an offer or a last word is said or not; what it belongs to goes on either way. */
function afterAside(result: SendResult): Came {
  return result.status === "later" ? "waits" : "again";
}

/** Tells the contact once that Hermes is away, or that it must wait for a place. */
export async function sendNotice(at: At, run: AgentRun): Promise<Came> {
  const id = run.queuedReplyMessageId ?? at.deps.newId("message");
  const isPromised =
    run.queuedReplyMessageId !== null ||
    (await waitingRunStore(at.deps.db).promiseNotice(run._id, id));
  if (!isPromised) return "again";
  const { noticeText, busyNoticeText } = run.policy;
  return sendAside(at, {
    id,
    kind: "notice",
    text:
      run.waitCause === "hermes_full" ? (busyNoticeText ?? busyNotice) : (noticeText ?? awayNotice),
    accountId: run.accountId,
    conversationId: run.conversationId,
    userId: run.userId,
    runId: run._id,
    onceKey: `${run._id}:notice`,
  });
}

/** The development reply of the brief: a fixed text, no run (reference/brief.txt). */
export async function autoReply(at: At): Promise<Came> {
  const { conversation, waiting } = at.briefing;
  const last = waiting.at(-1);
  if (!last) return "settled";
  const came = await sendAside(
    at,
    {
      id: at.deps.newId("message"),
      kind: "auto_reply",
      text: at.deps.settings.answering.WECHAT_AUTO_REPLY_TEXT,
      accountId: conversation.accountId,
      conversationId: conversation._id,
      userId: conversation.userId,
      runId: null,
      onceKey: `${last._id}:auto_reply`,
    },
    () =>
      messageStore(at.deps.db).leaveUnanswered(
        waiting.map(({ _id }) => _id),
        "auto_replied",
      ),
  );
  return came;
}

/** Stores a message and sends it; one that is stored already is left to `sendStored`. */
async function sendAside(
  { deps, turn, account }: At,
  wanted: Composed,
  onceStored: () => Promise<void> = async () => {},
): Promise<Came> {
  const message = compose(deps, wanted);
  const stored = await outboundStore(deps.db).insert(message);
  await onceStored();
  if (stored === "exists") return "again";
  return afterAside(await sendOutbound(deps, { turn, account, message, isFresh: true }));
}

/** Ends what is not sent any more, and the parked runs whose answers it was. */
export async function dropOutgoing(
  deps: AgentDeps,
  outgoing: readonly OutboundMessage[],
  end: Pick<AgentRun, "cancelReason"> & { error: string | null; code: string },
): Promise<void> {
  for (const message of outgoing) {
    await outboundStore(deps.db).drop(message._id, "dead", end.code);
    if (message.kind !== "answer" || message.runId === null) continue;
    await agentRunStore(deps.db).tryStep({
      runId: message.runId,
      turnId: null,
      from: ["parked"],
      to: end.error === null ? "cancelled" : "error",
      set: { cancelReason: end.cancelReason, error: end.error },
    });
  }
}
