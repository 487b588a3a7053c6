import type { Account } from "#core/accounts/account.ts";
import { joinStatements, messageStore } from "#core/messages/message.store.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import type { Policy } from "#core/policies/policy.ts";
import { InvariantError, TryLaterError } from "#core/shared/errors.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { AgentRun } from "./agent-run.ts";
import { askHermes } from "./ask-hermes.ts";
import { isHandingOn } from "./decide-draft.ts";
import { findVia } from "./hermes-capabilities.ts";
import { fillFreePlace } from "./hand-place-on.ts";
import { hermesOf, hermesTargetOf } from "./hermes-target.ts";
import type { Briefing } from "./briefing.ts";
import type { NextStep } from "./decide-next.ts";
import { newRun } from "./new-run.ts";
import { nextOfDay, type OfDay } from "./of-day.ts";
import { heldRun } from "./held-run.ts";
import { giveUp, restAwaiting } from "./settle-failure.ts";
import { sendAnswer } from "./send-answer.ts";
import { autoReply, dropOutgoing, resumed, sendNotice, sendStored } from "./send-stored.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";
import { finishHandOver, workDraft } from "./work-draft.ts";

/**
 * `settled`: nothing waits; `given_back`: neither, and the turn is given back already; `done`: this
 * run is over; `waits`: something does, but not for us; `again`: look once more.
 */
export type Came = "settled" | "given_back" | "done" | "waits" | "again";

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
      return sendStored({ deps, turn, account: accountOf(briefing), briefing }, step);
    case "drop":
      await outboundStore(deps.db).drop(step.message._id, "skipped", "moot");
      return "again";
    case "finish_sending":
      return sendAnswer(deps, turn, accountOf(briefing), await resumed(deps, turn, step.run));
    case "notify":
      return sendNotice({ deps, turn, account: accountOf(briefing), briefing }, step.run);
    case "give_up":
      return giveUp(deps, step.run);
    case "mend_join":
      await messageStore(deps.db).joinRun(step.messageIds, step.run._id);
      return "again";
    case "ask_again":
      return askHermes(deps, turn, briefing, {
        run: step.run,
        joining: step.joining,
        isNew: false,
      });
    case "yield":
      return yieldToPerson(deps, briefing, step.run);
    case "come_back":
      throw new TryLaterError(
        "review.not_yet",
        "An approved draft may still be withdrawn; the job comes again.",
        Math.ceil(step.ms / 1000),
        { conversationId: turn.conversationId },
      );
    case "send_approved":
    case "unapprove":
    case "supersede":
    case "note_change":
    case "cancel_draft":
    case "finish_hand_over":
      return workDraft(deps, turn, briefing.account, step);
    case "leave":
      if (isHandingOn(briefing.draft)) await finishHandOver(deps, briefing.draft, null);
      await messageStore(deps.db).leaveUnanswered(idsOf(briefing.waiting), step.reason);
      return "settled";
    case "auto_reply":
      if (isHandingOn(briefing.draft)) await finishHandOver(deps, briefing.draft, null);
      return autoReply({ deps, turn, account: accountOf(briefing), briefing });
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
  const replaced = isHandingOn(briefing.draft) ? briefing.draft : null;
  if (!policy) throw new InvariantError("policy.missing", "The account's policy is gone.");
  const ofDay = nextOfDay(
    {
      ofContact: briefing.pastRuns[0]?.ofDay ?? null,
      ofAccount: briefing.lastOfDay?.ofDay ?? null,
    },
    deps.clock.ageNow(),
  );
  const run = newRun(deps, {
    ofDay,
    account: accountOf(briefing),
    policy,
    conversation,
    messages: replaced ? [...(await messagesOf(deps, replaced)), ...waiting] : waiting,
    replaces: replaced,
    past: { runs: briefing.pastRuns, personal: briefing.personal },
    turnId: turn.id,
    aliveUntil: turn.endsAt,
    via: waitCause ? "chat" : await findVia(deps, briefing),
  });
  const cap = capReached(ofDay, policy);
  if (cap) return holdBack(deps, briefing, heldRun(deps, run, conversation, cap), replaced);
  const stored = waitCause ? restAwaiting(deps, briefing, run, waitCause) : run;
  const runs = agentRunStore(deps.db);
  // An earlier run's hand-over comes between the two.
  const joins = replaced ? [] : joinStatements(run.messageIds, run._id);
  const inserted = await runs.insertWith(stored, joins);
  // Another conversation of the account began at the same moment: the next number is ours.
  if (inserted === "number_taken") return "again";
  if (inserted === "taken") return mendTaken(deps, briefing);
  if (replaced) {
    await finishHandOver(deps, replaced, run);
    await messageStore(deps.db).joinRun(run.messageIds, run._id);
  }
  if (waitCause === "hermes_full") {
    await fillFreePlace(deps, hermesTargetOf(deps, briefing.account), briefing.hermes);
  }
  if (waitCause) return stored.queuedReplyMessageId ? "again" : "waits";
  // All that waited is in this run, and what comes meanwhile brings a job of its own.
  const last: Turn = { ...turn, isLast: true };
  const came = await askHermes(deps, last, briefing, { run, joining: [], isNew: true });
  return came === "done" ? "settled" : came;
}

function capReached(ofDay: Required<OfDay>, policy: Policy): "contact_cap" | "account_cap" | null {
  if (ofDay.ofContact > policy.maxRunsPerContactPerDay) return "contact_cap";
  return ofDay.ofAccount > policy.maxRunsPerAccountPerDay ? "account_cap" : null;
}

/** Hermes is not asked: a person answers what came beyond a cap. What is written next joins it. */
async function holdBack(
  deps: AgentDeps,
  briefing: Briefing,
  run: AgentRun,
  replaced: AgentRun | null,
): Promise<Came> {
  deps.log.warn("run.capped", { accountId: run.accountId, runId: run._id, cap: run.reviewReason });
  if ((await agentRunStore(deps.db).insert(run)) === "taken") return mendTaken(deps, briefing);
  if (replaced) await finishHandOver(deps, replaced, run);
  await messageStore(deps.db).joinRun(run.messageIds, run._id);
  return "settled";
}

/** A crash came between a run and the marks on its messages: set them, then look again. */
async function mendTaken(deps: AgentDeps, briefing: Briefing): Promise<Came> {
  const { conversation, waiting, draft } = briefing;
  const ids = [...(isHandingOn(draft) ? draft.messageIds : []), ...idsOf(waiting)];
  const runs = await agentRunStore(deps.db).listOfMessages(conversation.accountId, ids);
  for (const run of runs) {
    if (draft && run.replacesRunId === draft._id) await finishHandOver(deps, draft, run);
    await messageStore(deps.db).joinRun(run.messageIds, run._id);
  }
  return "again";
}

function messagesOf(deps: AgentDeps, { messageIds }: AgentRun) {
  return messageStore(deps.db).getMany(messageIds);
}

/** Ends a question that a person answers now; where Hermes keeps it as a run, it stops there too. */
async function yieldToPerson(deps: AgentDeps, { account }: Briefing, run: AgentRun): Promise<Came> {
  await agentRunStore(deps.db).tryStep({
    runId: run._id,
    turnId: null,
    from: [run.status],
    to: "cancelled",
    set: { cancelReason: "taken_over", nextAttemptAt: null, completedAt: deps.clock.now() },
  });
  const hermesRunId = run.request?.hermesRunId ?? null;
  if (hermesRunId !== null) await hermesOf(deps, account).stopRun({ runId: hermesRunId });
  return "again";
}

/** The account may not answer: what is open ends here, with its reason. */
async function abandon(
  deps: AgentDeps,
  { openRun, waiting, outgoing }: Briefing,
  why: "account_not_approved" | "account_gone",
): Promise<Came> {
  const isGone = why === "account_gone";
  const error = isGone ? null : "account.unavailable: the account is not approved any more";
  const cancelReason = isGone ? "account_gone" : null;
  await dropOutgoing(deps, outgoing, { cancelReason, error, code: why });
  if (openRun) {
    await agentRunStore(deps.db).tryStep({
      runId: openRun._id,
      turnId: null,
      from: [openRun.status],
      to: isGone ? "cancelled" : "error",
      set: { cancelReason, error, nextAttemptAt: null, completedAt: deps.clock.now() },
    });
  }
  await messageStore(deps.db).leaveUnanswered(idsOf(waiting), "account_not_approved");
  return "settled";
}
