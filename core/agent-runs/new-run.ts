import type { Account } from "#core/accounts/account.ts";
import { hermesSessionId, type Conversation } from "#core/conversations/conversation.ts";
import { buildAskBody, buildRunBody } from "#core/hermes/ask-body.ts";
import { joinTexts } from "#core/messages/join-texts.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { asksForPerson, needsReview, type Policy } from "#core/policies/policy.ts";
import type { Deps } from "#core/shared/deps.ts";
import { InvariantError } from "#core/shared/errors.ts";
import type { AgentRun, HermesRequest } from "./agent-run.ts";
import { hermesTargetOf } from "./hermes-target.ts";
import type { OfDay } from "./of-day.ts";
import { noteFor, withNote, type Past } from "./note.ts";

export type RunSource = {
  account: Account;
  policy: Policy;
  conversation: Conversation;
  messages: readonly InboundMessage[];
  turnId: string;
  aliveUntil: Date;
  /** The draft whose messages come first among these. */
  replaces?: AgentRun | null;
  /** What Hermes may have to be told of the conversation's past. */
  past?: Past;
  ofDay?: OfDay;
  /** How this Hermes is asked. */
  via: HermesRequest["via"];
};

/** The run of these messages as it begins: `running`, its bytes for Hermes fixed. */
export function newRun(deps: Deps<"hermes">, source: RunSource): AgentRun {
  const { account, policy, conversation, messages, replaces } = source;
  const past = source.past ?? { runs: [], personal: [] };
  const hint = replaces?.review?.hint;
  const first = messages[0];
  if (!first) throw new InvariantError("run.no_messages", "A run needs a message.");
  const id = deps.newId("run");
  const target = hermesTargetOf(deps, account);
  const askedAt = new Date(Math.min(...messages.map(({ sentAt }) => sentAt.getTime())));
  const sessionId =
    policy.memory === "none" ? `${conversation._id}-${id}` : hermesSessionId(conversation);
  const inputText = questionOf(messages);
  const note = noteFor(past, {
    hermesSessionId: sessionId,
    ownHermes: target.own,
    // The hint tells of it already.
    but: replaces && hint !== undefined ? [replaces._id] : [],
  });
  const reviewReason = reasonFor(policy, askedAt, deps.clock.ageNow()) ?? replaces?.reviewReason;
  return {
    _id: id,
    id,
    accountId: account._id,
    userId: conversation.userId,
    messageId: first._id,
    sessionId: conversation.sessionId,
    contextToken: conversation.contextToken,
    agent: target.agent,
    policyId: policy._id,
    policyMode: policy.mode,
    inputText,
    status: "running",
    outputText: null,
    error: null,
    requiresHumanReview: replaces?.requiresHumanReview === true || reviewReason !== undefined,
    reviewReason: reviewReason ?? null,
    outboundMessageId: null,
    queuedReplyMessageId: null,
    attemptCount: 1,
    nextAttemptAt: null,
    createdAt: deps.clock.now(),
    completedAt: null,
    rawResponse: null,
    conversationId: conversation._id,
    messageIds: messages.map(({ _id }) => _id),
    askedAt,
    unfinished: true,
    holdsMessages: true,
    policy,
    hermesSessionId: sessionId,
    ownHermes: target.own,
    hermesVia: source.via,
    request: newRequest({
      runId: id,
      model: target.model,
      keyGeneration: 1,
      sessionId,
      words: wordsFor({ inputText, note, hint }),
      via: source.via,
    }),
    note,
    ofDay: source.ofDay ?? null,
    keyGeneration: 1,
    turnId: source.turnId,
    aliveUntil: source.aliveUntil,
    waitCause: null,
    failureCount: 0,
    attempts: [],
    cancelReason: null,
    responseId: null,
    usage: null,
    media: null,
    firstSentAt: null,
    hermesStartedAt: null,
    hermesEndedAt: null,
    acceptedAt: null,
    ...(replaces ? { replacesRunId: replaces._id } : {}),
    ...(hint === undefined ? {} : { hint }),
    version: 1,
  };
}

/** Several messages of one burst are one question, in their order. */
export function questionOf(messages: readonly Pick<InboundMessage, "text">[]): string {
  return joinTexts(messages.map(({ text }) => text ?? ""));
}

export function newRequest(of: {
  runId: string;
  model: string;
  keyGeneration: number;
  sessionId: string;
  /** From `wordsFor`. */
  words: string;
  via: HermesRequest["via"];
}): HermesRequest {
  const { via, sessionId, model, words } = of;
  return {
    via,
    hermesRunId: null,
    key: `${of.runId}-${of.keyGeneration}`,
    sessionId,
    body:
      via === "runs"
        ? buildRunBody({ model, input: words, sessionId })
        : buildAskBody({ model, messages: [{ role: "user", content: words }] }),
  };
}

/** What Hermes reads of a run: what it must know first, the contact's words, a reviewer's wish. */
export function wordsFor({
  inputText,
  note,
  hint,
}: Pick<AgentRun, "inputText" | "note"> & { hint?: string | undefined }): string {
  const words = withNote(note, inputText);
  return hint === undefined ? words : withHint(words, hint);
}

/** Why a person must see what Hermes will write, if so. */
function reasonFor(
  policy: Policy,
  askedAt: Date,
  ageNow: Date,
): (AgentRun["reviewReason"] & string) | undefined {
  if (asksForPerson(policy, ageNow)) return "policy";
  return needsReview(policy, askedAt, ageNow) ? "stale" : undefined;
}

/** Marked, so that the agent does not take it for the contact's words. */
function withHint(inputText: string, hint: string): string {
  return `${inputText}\n\n[Note from the team, not from the contact: your last answer was not sent. Answer anew. ${hint}]`;
}
