import type { Account } from "#core/accounts/account.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { settledChunkStates, type Chunk, type OutboundMessage } from "#core/messages/message.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import type { WechatClient } from "#core/wechat/wechat.client.ts";
import { outboundStore, type ChunkResult } from "./outbound.store.ts";

export type SendDeps = Deps<"sending" | "wechat" | "credentials">;

/** What came of a message; `later` says when the next try is due. */
export type SendResult =
  | { status: "accepted"; acceptedAt: Date }
  | { status: "parked" }
  | { status: "skipped" }
  | { status: "later"; at: Date }
  | { status: "refused"; code: string };

type Sending = {
  deps: SendDeps;
  turnId: string;
  account: Account;
  message: OutboundMessage;
  wechat: WechatClient;
};

/**
 * Sends what of the message was not sent yet, chunk by chunk, each with its stored client id, so
 * that a repeat is the same bubble for WeChat. Only the holder of the conversation's turn calls it.
 * Throws LeaseLostError when the turn is lost.
 */
export async function sendOutbound(
  deps: SendDeps,
  work: { turnId: string; account: Account; message: OutboundMessage; isFresh: boolean },
): Promise<SendResult> {
  const { turnId, account, message } = work;
  const sending: Sending = { deps, turnId, account, message, wechat: wechatOf(deps, account) };
  let begun = work.isFresh;
  let last: SendResult = { status: "skipped" };
  for (const [index, chunk] of message.chunks.entries()) {
    if (settledChunkStates.includes(chunk.state)) {
      if (chunk.acceptedAt) last = { status: "accepted", acceptedAt: chunk.acceptedAt };
      continue;
    }
    if (last.status === "accepted") await deps.clock.sleep(deps.settings.sending.CHUNK_PAUSE_MS);
    last = await sendChunk(sending, index, chunk, begun);
    if (last.status !== "accepted") return last;
    begun = true;
  }
  return last;
}

async function sendChunk(
  sending: Sending,
  index: number,
  chunk: Chunk,
  begun: boolean,
): Promise<SendResult> {
  const { deps, message } = sending;
  const credit = await conversationStore(deps.db).takeCredit({
    conversationId: message.conversationId,
    turnId: sending.turnId,
    clientId: chunk.clientId,
    isNotice: message.kind === "notice",
    now: deps.clock.now(),
    ageNow: deps.clock.ageNow(),
  });
  if (credit.status === "shut") return shut(sending, index, credit.why);
  if (!begun) {
    await outboundStore(deps.db).beginChunk(message._id, index, chunk.clientId);
  }
  const attempts = begun ? Math.max(1, chunk.attempts) : chunk.attempts + 1;
  try {
    const answer = await sending.wechat.sendMessage({
      toUserId: message.userId,
      clientId: chunk.clientId,
      text: chunk.text,
      ...tokenFor(sending.account, credit.conversation),
    });
    return await accepted(sending, index, answer.messageId ?? null);
  } catch (error) {
    return afterFailure(sending, index, attempts, error);
  }
}

/** A token belongs to the login under which the contact wrote. */
function tokenFor(account: Account, conversation: Conversation): { contextToken?: string } {
  const fits = conversation.generation === account.generation;
  return fits && conversation.contextToken !== null
    ? { contextToken: conversation.contextToken }
    : {};
}

/** `ret: 0` means accepted, never delivered; without an id it is not even sure to be kept. */
async function accepted(
  { deps, message }: Sending,
  index: number,
  wechatMessageId: string | null,
): Promise<SendResult> {
  const acceptedAt = deps.clock.now();
  const isLast = index === message.chunks.length - 1;
  await outboundStore(deps.db).recordChunk({
    outboundId: message._id,
    index,
    set: {
      state: wechatMessageId === null ? "unconfirmed" : "accepted",
      wechatMessageId,
      acceptedAt,
      code: null,
    },
    beginNext: !isLast,
    open: isLast ? null : "going",
    nextAttemptAt: acceptedAt,
  });
  return { status: "accepted", acceptedAt };
}

/** No credit or window: an answer waits for the contact's next message, a notice is not worth that. */
async function shut(sending: Sending, index: number, why: string): Promise<SendResult> {
  const parks = sending.message.kind === "answer";
  await record(sending, index, {
    set: { state: parks ? "parked" : "skipped", code: why },
    open: parks ? "parked" : null,
    nextAttemptAt: sending.deps.clock.now(),
  });
  return { status: parks ? "parked" : "skipped" };
}

async function afterFailure(
  sending: Sending,
  index: number,
  attempts: number,
  error: unknown,
): Promise<SendResult> {
  const { deps, account, message } = sending;
  if (error instanceof WechatRefusedError) {
    if (error.code === -14) {
      await expireLogin(deps, { accountId: account._id, generation: account.generation });
      return shut(sending, index, "login_expired");
    }
    const code = String(error.code);
    deps.log.warn("send.refused", { messageId: message._id, accountId: account._id, code });
    // The ledger said yes, so -2 is a throttle, which each further try prolongs (ilink.md 1.7).
    if (error.code === -2 || error.code === -13) return later(sending, index, attempts, code);
    return refused(sending, index, code);
  }
  if (error instanceof WechatUnreachableError) {
    deps.log.warn("send.unanswered", { messageId: message._id, kind: error.kind });
    return later(sending, index, attempts, error.kind);
  }
  throw error;
}

async function later(
  sending: Sending,
  index: number,
  attempts: number,
  code: string,
): Promise<SendResult> {
  const { SEND_RETRY_SECONDS, SEND_MAX_ATTEMPTS } = sending.deps.settings.sending;
  if (attempts >= SEND_MAX_ATTEMPTS) return refused(sending, index, code);
  const at = plusSeconds(sending.deps.clock.now(), SEND_RETRY_SECONDS);
  await record(sending, index, {
    set: { state: "queued", code },
    open: "going",
    nextAttemptAt: at,
  });
  return { status: "later", at };
}

async function refused(sending: Sending, index: number, code: string): Promise<SendResult> {
  await record(sending, index, {
    set: { state: "refused", code },
    open: null,
    nextAttemptAt: sending.deps.clock.now(),
  });
  return { status: "refused", code };
}

async function record(
  { deps, message }: Sending,
  index: number,
  result: Pick<ChunkResult, "set" | "open" | "nextAttemptAt">,
): Promise<void> {
  await outboundStore(deps.db).recordChunk({
    outboundId: message._id,
    index,
    beginNext: false,
    ...result,
  });
}
