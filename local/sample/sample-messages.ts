import {
  type Chunk,
  type ChunkState,
  InboundMessage,
  type OutboundKind,
  type OutboundMessage,
} from "#core/messages/message.ts";
import { compose } from "#core/sending/compose.ts";
import { plusMs } from "#core/shared/clock.ts";
import { newMessageId } from "#local/wechat-sim/ids.ts";
import type { ExchangePlan } from "./exchange.ts";
import type { Language } from "./names.ts";
import { depsAt, type SampleSource } from "./source.ts";

const greeting: Readonly<Record<Language, string>> = { zh: "你好", en: "Hi there" };

/** The contact's words: the question alone, or one burst with a greeting before it. */
export function makeQuestions(
  source: SampleSource,
  { conversation, words, language, askedAt, number }: ExchangePlan,
): InboundMessage[] {
  const texts = number % 5 === 1 ? [greeting[language], words.question] : [words.question];
  return texts.map((text, index) => {
    const sentAt = plusMs(askedAt, -2_500 * (texts.length - 1 - index));
    const { accountId, userId, generation, sessionId, contextToken } = conversation;
    return InboundMessage.parse({
      _id: depsAt(source.deps, sentAt).newId("message"),
      accountId,
      conversationId: conversation._id,
      userId,
      direction: "inbound",
      dedupeKeys: [`id:${generation}:${newMessageId(source.random)}`],
      text,
      createdAt: sentAt,
      version: 1,
      generation,
      sentAt,
      receivedAt: plusMs(sentAt, 350),
      sessionId,
      contextToken,
      raw: {},
      media: [],
      pushAfter: plusMs(askedAt, 2_000),
      runId: null,
      unansweredReason: null,
    });
  });
}

/** What went to the contact, or did not, all its bubbles alike. */
export function makeOutbound(
  source: SampleSource,
  of: {
    plan: ExchangePlan;
    runId: string | null;
    text: string;
    at: Date;
    state: Extract<ChunkState, "accepted" | "parked" | "refused" | "unconfirmed">;
    code?: string;
    kind?: OutboundKind;
    author?: string;
  },
): OutboundMessage {
  const { plan, runId, text, at, state, code = null, kind = "answer", author = null } = of;
  const { _id: conversationId, accountId, userId, lastInboundAt } = plan.conversation;
  const then = depsAt(source.deps, at);
  const id = then.newId("message");
  const to = { accountId, conversationId, userId, runId, author, onceKey: id };
  const { open: _, ...composed } = compose(then, { id, kind, text, ...to });
  const isTaken = state === "accepted" || state === "unconfirmed";
  const chunks = composed.chunks.map((chunk): Chunk => {
    const wechatMessageId = state === "accepted" ? String(newMessageId(source.random)) : null;
    return { ...chunk, attempts: 1, state, code, wechatMessageId, acceptedAt: isTaken ? at : null };
  });
  return { ...composed, chunks, ...marksOf(state, lastInboundAt) };
}

function marksOf(state: ChunkState, lastInboundAt: Date): Partial<OutboundMessage> {
  if (state === "parked") return { open: "parked", parkedAfter: lastInboundAt };
  if (state === "refused") return { failure: "dead" };
  return state === "unconfirmed" ? { failure: "unconfirmed" } : {};
}
