import { messageStore } from "#core/messages/message.store.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { compose } from "#core/sending/compose.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { sendOutbound, type SendResult } from "#core/sending/send-outbound.ts";
import type { Account } from "#core/accounts/account.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { InvariantError } from "#core/shared/errors.ts";
import type { AgentRun } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { askHermes } from "./ask-hermes.ts";
import { findVia } from "./hermes-capabilities.ts";
import type { Briefing } from "./briefing.ts";
import type { NextStep } from "./decide-next.ts";
import { newRun } from "./new-run.ts";
import { restAwaiting } from "./settle-failure.ts";
import { sendAnswer, settleRun } from "./send-answer.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

/**
 * `settled`: nothing waits; `done`: this run is over; `waits`: something does, but not for us;
 * `again`: look once more.
 */
export type Came = "settled" | "done" | "waits" | "again";

type Doing = Exclude<NextStep, { do: "nothing" }>;

/** Carries one step out. Each can be repeated: what a former try stored is found, not made twice. */
export async function carryOut(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  step: Doing,
): Promise<Came> {
  switch (step.do) {
    case "abandon":
      return abandon(deps, briefing, step.why);
    case "send":
      return sendStored(deps, turn, briefing, step.message, step.run);
    case "finish_sending":
      return sendAnswer(deps, turn, accountOf(briefing), await resumed(deps, turn, step.run));
    case "notify":
      return sendNotice(deps, turn, briefing, step.run);
    case "mend_join":
      await messageStore(deps.db).joinRun(step.messageIds, step.run._id);
      return "again";
    case "ask_again":
      return askHermes(deps, turn, briefing, {
        run: step.run,
        joining: step.joining,
        isNew: false,
      });
    case "leave":
      await messageStore(deps.db).leaveUnanswered(idsOf(briefing.waiting), step.reason);
      return "settled";
    case "auto_reply":
      return autoReply(deps, turn, briefing);
    case "wait":
      await deps.clock.sleep(step.ms);
      return "again";
    case "start":
      return start(deps, turn, briefing, step.waitCause);
  }
}

function accountOf({ account }: Briefing): Account {
  if (account) return account;
  throw new InvariantError("conversation.no_account", "The conversation has no account.");
}

function idsOf(messages: readonly { _id: string }[]): string[] {
  return messages.map(({ _id }) => _id);
}

async function start(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  waitCause: "hermes_down" | "hermes_full" | null,
): Promise<Came> {
  const { policy, conversation, waiting } = briefing;
  if (!policy) throw new InvariantError("policy.missing", "The account's policy is gone.");
  const run = newRun(deps, {
    account: accountOf(briefing),
    policy,
    conversation,
    messages: waiting,
    turnId: turn.id,
    aliveUntil: turn.endsAt,
    via: waitCause ? "chat" : await findVia(deps, briefing.hermes),
  });
  const stored = waitCause ? restAwaiting(deps, briefing, run, waitCause) : run;
  const runs = agentRunStore(deps.db);
  if ((await runs.insert(stored)) === "taken") return mendTaken(deps, briefing);
  await messageStore(deps.db).joinRun(run.messageIds, run._id);
  if (waitCause) return stored.queuedReplyMessageId ? "again" : "waits";
  const came = await askHermes(deps, turn, briefing, { run, joining: [], isNew: true });
  // All that waited is in this run, and what comes meanwhile brings a job of its own.
  return came === "done" ? "settled" : came;
}

/** A crash came between a run and the marks on its messages: set them, then look again. */
async function mendTaken(deps: AgentDeps, { conversation, waiting }: Briefing): Promise<Came> {
  const runs = await agentRunStore(deps.db).listOfMessages(conversation.accountId, idsOf(waiting));
  for (const run of runs) await messageStore(deps.db).joinRun(run.messageIds, run._id);
  return "again";
}

async function resumed(deps: AgentDeps, turn: Turn, run: AgentRun): Promise<AgentRun> {
  const taken = await agentRunStore(deps.db).takeOver({
    runId: run._id,
    status: run.status,
    turnId: turn.id,
    aliveUntil: turn.endsAt,
    countAttempt: false,
  });
  return taken ?? run;
}

/** Goes on with a message that is stored: interrupted, put off, or parked until now. */
async function sendStored(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  message: OutboundMessage,
  openRun: AgentRun | null,
): Promise<Came> {
  const run = openRun && (await resumed(deps, turn, openRun));
  const account = accountOf(briefing);
  const result = await sendOutbound(deps, { turnId: turn.id, account, message, isFresh: false });
  if (message.kind !== "answer" || message.runId === null) return afterAside(result);
  const from = run?.status ?? "parked";
  return settleRun(deps, { runId: message.runId, turnId: run ? turn.id : null, from }, result);
}

/** A notice or last word is said or not; what it belongs to goes on either way. */
function afterAside(result: SendResult): Came {
  return result.status === "later" ? "waits" : "again";
}

async function sendNotice(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  run: AgentRun,
): Promise<Came> {
  const message = compose(deps, {
    id: run.queuedReplyMessageId ?? deps.newId("message"),
    kind: "notice",
    text: run.policy.noticeText ?? awayNotice,
    accountId: run.accountId,
    conversationId: run.conversationId,
    userId: run.userId,
    runId: run._id,
    onceKey: `${run._id}:notice`,
  });
  if ((await outboundStore(deps.db).insert(message)) === "exists") return "again";
  const account = accountOf(briefing);
  return afterAside(await sendOutbound(deps, { turnId: turn.id, account, message, isFresh: true }));
}

/** The development reply of the brief: a fixed text, no run (reference/brief.txt). */
async function autoReply(deps: AgentDeps, turn: Turn, briefing: Briefing): Promise<Came> {
  const { conversation, waiting } = briefing;
  const last = waiting.at(-1);
  if (!last) return "settled";
  const message = compose(deps, {
    id: deps.newId("message"),
    kind: "auto_reply",
    text: deps.settings.answering.WECHAT_AUTO_REPLY_TEXT,
    accountId: conversation.accountId,
    conversationId: conversation._id,
    userId: conversation.userId,
    runId: null,
    onceKey: `${last._id}:auto_reply`,
  });
  const stored = await outboundStore(deps.db).insert(message);
  await messageStore(deps.db).leaveUnanswered(idsOf(waiting), "auto_replied");
  if (stored === "exists") return "again";
  const account = accountOf(briefing);
  return afterAside(await sendOutbound(deps, { turnId: turn.id, account, message, isFresh: true }));
}

/** The account may not answer: what is open ends here, with its reason. */
async function abandon(
  deps: AgentDeps,
  { openRun, waiting, outgoing }: Briefing,
  why: "account_not_approved" | "account_gone",
): Promise<Came> {
  for (const message of outgoing) await outboundStore(deps.db).drop(message._id);
  if (openRun) {
    await agentRunStore(deps.db).tryStep({
      runId: openRun._id,
      turnId: null,
      from: [openRun.status],
      ...(why === "account_gone"
        ? { to: "cancelled", set: { cancelReason: "account_gone", nextAttemptAt: null } }
        : {
            to: "error",
            set: {
              error: "account.unavailable: the account is not approved any more",
              nextAttemptAt: null,
              completedAt: deps.clock.now(),
            },
          }),
    });
  }
  await messageStore(deps.db).leaveUnanswered(idsOf(waiting), "account_not_approved");
  return "settled";
}
