import type { Conversation } from "#core/conversations/conversation.ts";
import { conversationStore, type ShutReason } from "#core/conversations/conversation.store.ts";
import {
  isSettled,
  mayBeParked,
  type Chunk,
  type ChunkState,
  type OutboundMessage,
} from "#core/messages/message.ts";
import { defaultContinueText } from "#core/policies/continue-words.ts";
import { LeaseLostError } from "#core/shared/errors.ts";
import { compose } from "./compose.ts";
import { outboundStore, type ChunkResult } from "./outbound.store.ts";
import type { SendDeps, SendResult, SendWork } from "./send-outbound.ts";

/** What the tries of a chunk came to so far. */
export type Tried = { index: number; attempts: number; code: string | null };

type Work = SendWork & { deps: SendDeps };

/** Why a chunk was parked that waits for a new login and not for the contact. */
export const loginExpired = "login_expired";

/** `ret: 0` means accepted, never delivered; without an id it is not even sure to be kept. */
export async function accepted(
  work: Work,
  tried: Tried,
  wechatMessageId: string | null,
): Promise<SendResult> {
  const acceptedAt = work.deps.clock.now();
  const state = wechatMessageId === null ? "unconfirmed" : "accepted";
  await record(work, tried, state, { chunk: { wechatMessageId, acceptedAt } });
  work.deps.measure.count("ChunksTaken");
  work.deps.measure.count("ChunksUnconfirmed", wechatMessageId === null ? 1 : 0);
  return { status: "accepted", acceptedAt };
}

/** A throttle or a silence: the bubble waits for its time. */
export async function later(work: Work, tried: Tried, at: Date): Promise<SendResult> {
  await record(work, tried, "queued", { nextAttemptAt: at });
  return { status: "later", at };
}

export async function end(
  work: Work,
  tried: Tried,
  state: "refused" | "dead",
): Promise<SendResult> {
  await record(work, tried, state);
  const why = state === "refused" ? "refused" : "given_up";
  return { status: "ended", why, code: tried.code ?? "attempts" };
}

/** The ledger says no. Where a person speaks now, the hub's own words end; what is short of credits is offered. */
export async function shut(
  work: Work,
  tried: Tried,
  why: ShutReason,
  conversation: Conversation,
): Promise<SendResult> {
  const at = { ...tried, code: why };
  if (why === "taken_over") {
    await record(work, at, "dead");
    return { status: "ended", why, code: why };
  }
  const isOffered = why === "credits" && mayBeParked(work.message) && conversation.credits > 0;
  return park(work, at, conversation, isOffered ? await offerRest(work, tried.index) : undefined);
}

/** An answer waits until the contact writes; the hub's own words are not worth waiting for. */
export async function park(
  work: Work,
  tried: Tried,
  { lastInboundAt }: Pick<Conversation, "lastInboundAt">,
  offerId?: string,
): Promise<SendResult> {
  if (!mayBeParked(work.message)) {
    await record(work, tried, "skipped");
    return { status: "skipped" };
  }
  const offer = offerId === undefined ? {} : { offerId };
  await record(work, tried, "parked", { parkedAfter: lastInboundAt, ...offer });
  return { status: "parked" };
}

/** The account's login is over, and WeChat need not be asked to know that. */
export async function parkForLogin(deps: SendDeps, sendWork: SendWork): Promise<SendResult> {
  const work = { deps, ...sendWork };
  const { message, turn } = work;
  const index = message.chunks.findIndex((chunk) => !isSettled(chunk));
  const attempts = message.chunks[index]?.attempts ?? 0;
  const conversation = await conversationStore(deps.db).whileTurn({
    conversationId: message.conversationId,
    turnId: turn.id,
  });
  return park(work, { index, attempts, code: loginExpired }, conversation);
}

/** Stores the offer to read on; it goes out by itself, for the credit that was kept for it. */
async function offerRest({ deps, message, continueText }: Work, index: number): Promise<string> {
  const id = deps.newId("message");
  const offer = compose(
    deps,
    {
      id,
      kind: "offer",
      text: continueText ?? defaultContinueText,
      accountId: message.accountId,
      conversationId: message.conversationId,
      userId: message.userId,
      runId: message.runId,
      onceKey: `${message._id}:offer:${index}`,
      author: message.author,
    },
    "later",
  );
  await outboundStore(deps.db).insert(offer);
  return id;
}

async function record(
  { deps, message }: Work,
  { index, attempts, code }: Tried,
  state: ChunkState,
  more: { chunk?: Partial<Chunk> } & Partial<ChunkResult> = {},
): Promise<void> {
  const { chunk, ...result } = more;
  const stored = await outboundStore(deps.db).recordChunk({
    message,
    index,
    set: { state, attempts, code, ...chunk },
    nextAttemptAt: deps.clock.now(),
    ...result,
  });
  if (!stored) throw endedMeanwhile(message);
}

/** Somebody ended the message while this invocation was at it: nothing more of it is to be sent. */
export function endedMeanwhile({ _id }: OutboundMessage): LeaseLostError {
  return new LeaseLostError("outbound.ended", "Somebody ended the outbound message meanwhile.", {
    messageId: _id,
  });
}
