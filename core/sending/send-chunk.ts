import { watchOddAnswers } from "#core/accounts/odd-answers.ts";
import { countWechatAnswer } from "#core/accounts/count-wechat-answer.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { previewText, type Conversation, type Preview } from "#core/conversations/conversation.ts";
import { conversationStore, type Credit } from "#core/conversations/conversation.store.ts";
import { mayBeParked, type Chunk, type OutboundKind } from "#core/messages/message.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { WechatClient } from "#core/wechat/wechat.client.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import { afterFailure, type AfterFailure } from "./after-failure.ts";
import * as outcome from "./chunk-outcome.ts";
import { contextTokenFor } from "./context-token.ts";
import { outboundStore } from "./outbound.store.ts";
import { hasTimeToSend } from "./pace.ts";
import type { SendDeps, SendResult, SendWork } from "./send-outbound.ts";

export type Sending = SendWork & { deps: SendDeps; wechat: WechatClient };

/** A chunk that is not settled; `isBegun` says that this try is stored already. */
export type Turned = { index: number; chunk: Chunk; isBegun: boolean };

type Told = { messageId: string | null } | { failure: WechatRefusedError | WechatUnreachableError };

/** Sends one bubble if the ledger lets it, and stores what came of it. */
export async function sendChunk(sending: Sending, turned: Turned): Promise<SendResult> {
  const { chunk, index } = turned;
  const { SEND_MAX_ATTEMPTS } = sending.deps.settings.sending;
  const before = attemptsBefore(turned);
  const at = { index, attempts: before, code: chunk.code };
  // A bubble whose every try kills its Lambda must come to an end as well.
  if (before >= SEND_MAX_ATTEMPTS) return outcome.end(sending, at, "dead");
  const credit = await takeCredit(sending, turned);
  if (credit.status === "shut") return outcome.shut(sending, at, credit.why, credit.conversation);
  return tryUntilTold(sending, turned, credit.conversation);
}

/** A parked bubble begins anew. */
function attemptsBefore({ chunk, isBegun }: Turned): number {
  if (chunk.state === "parked") return 0;
  return isBegun ? Math.max(0, chunk.attempts - 1) : chunk.attempts;
}

const whoseWords: Record<OutboundKind, Preview["by"]> = {
  answer: "hermes",
  operator: "person",
  notice: "hub",
  offer: "hub",
  last_word: "hub",
  auto_reply: "hub",
};

/** What must stay for others: the offer of the rest, and any answer where a notice wants to go. */
function takeCredit({ deps, turn, message }: Sending, { index, chunk }: Turned): Promise<Credit> {
  const isLast = index === message.chunks.length - 1;
  const yields = message.kind === "notice" || (mayBeParked(message) && !isLast);
  const now = deps.clock.now();
  return conversationStore(deps.db).takeCredit({
    conversationId: message.conversationId,
    turnId: turn.id,
    clientId: chunk.clientId,
    keep: yields ? 1 : 0,
    isNotice: message.kind === "notice",
    isPersons: message.author !== null,
    preview: { text: previewText(chunk.text), by: whoseWords[message.kind], at: now },
    now,
    ageNow: deps.clock.ageNow(),
  });
}

async function tryUntilTold(
  sending: Sending,
  turned: Turned,
  conversation: Conversation,
): Promise<SendResult> {
  const { deps, account, turn, message } = sending;
  const { index, chunk } = turned;
  const isLedgerOurs = conversation.generation === account.generation;
  let code = chunk.state === "parked" ? null : chunk.code;
  let contextToken = contextTokenFor(account, conversation);
  for (let attempts = attemptsBefore(turned) + 1; ; attempts++) {
    if (attempts > attemptsBefore(turned) + 1 || !turned.isBegun) {
      const begun = await outboundStore(deps.db).beginChunk(message._id, index, attempts);
      if (!begun) throw outcome.endedMeanwhile(message);
    }
    const told = await tellWechat(sending, chunk, contextToken);
    turn.pace.note();
    if (!("failure" in told)) {
      return outcome.accepted(sending, { index, attempts, code: null }, told.messageId);
    }
    const { failure: error } = told;
    const after = afterFailure(
      { error, attempts, codeBefore: code, withToken: contextToken !== null, isLedgerOurs },
      deps.settings.sending,
    );
    code = String(error.code);
    const at = { index, attempts, code };
    if (after.do !== "repeat") return settle(sending, at, after, conversation);
    if (!after.withToken) contextToken = null;
    await turn.pace.wait();
    if (!hasTimeToSend(turn, deps.clock)) return outcome.later(sending, at, deps.clock.now());
  }
}

async function settle(
  sending: Sending,
  at: outcome.Tried,
  after: Exclude<AfterFailure, { do: "repeat" }>,
  conversation: Conversation,
): Promise<SendResult> {
  const { deps, account } = sending;
  switch (after.do) {
    case "put_off":
      return outcome.later(sending, at, plusSeconds(deps.clock.now(), after.seconds));
    case "park":
      return outcome.park(sending, at, conversation);
    case "expire_login":
      await expireLogin(deps, { accountId: account._id, generation: account.generation });
      return outcome.park(sending, { ...at, code: outcome.loginExpired }, conversation);
    case "end":
      return outcome.end(sending, at, after.state);
  }
}

async function tellWechat(
  { deps, wechat, account, message }: Sending,
  { clientId, text }: Chunk,
  contextToken: string | null,
): Promise<Told> {
  try {
    const { messageId } = await wechat.sendMessage({
      toUserId: message.userId,
      clientId,
      text,
      ...(contextToken === null ? {} : { contextToken }),
    });
    countWechatAnswer(deps.measure);
    return { messageId: messageId ?? null };
  } catch (error) {
    const isWechats =
      error instanceof WechatRefusedError || error instanceof WechatUnreachableError;
    if (!isWechats) throw error;
    countWechatAnswer(deps.measure, error);
    if (error instanceof WechatRefusedError) watchOddAnswers(deps).refusal(account._id, error);
    deps.log.warn("send.not_accepted", {
      messageId: message._id,
      accountId: account._id,
      clientId,
      code: error.code,
    });
    return { failure: error };
  }
}
