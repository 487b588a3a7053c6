import type { OutboundKind, OutboundMessage } from "#core/messages/message.ts";
import type { Deps } from "#core/shared/deps.ts";
import { plainForWechat } from "./plain-for-wechat.ts";
import { splitText } from "./split.ts";

export type Composed = {
  id: string;
  kind: OutboundKind;
  text: string;
  accountId: string;
  conversationId: string;
  userId: string;
  /** The run it belongs to, or null when there is none. */
  runId: string | null;
  /** Makes a repeat of the same statement find what is there. */
  onceKey: string;
  /** The person who wrote or approved it. */
  author?: string | null;
};

/**
 * The outbound message with the client ids of all its chunks, made before anything is sent. One that
 * is sent at once is stored with its first chunk already under way, which saves a statement.
 */
export function compose(
  deps: Deps,
  wanted: Composed,
  when: "now" | "later" = "now",
): OutboundMessage {
  const now = deps.clock.now();
  const isBegun = (index: number) => when === "now" && index === 0;
  return {
    _id: wanted.id,
    accountId: wanted.accountId,
    conversationId: wanted.conversationId,
    userId: wanted.userId,
    direction: "outbound",
    kind: wanted.kind,
    dedupeKeys: [`out:${wanted.onceKey}`],
    text: wanted.text,
    runId: wanted.runId,
    chunks: bubblesOf(wanted).map((text, index) => ({
      clientId: deps.newId("chunk"),
      text,
      state: isBegun(index) ? "sending" : "queued",
      attempts: isBegun(index) ? 1 : 0,
      code: null,
      wechatMessageId: null,
      acceptedAt: null,
    })),
    open: "going",
    nextAttemptAt: now,
    pushAfter: now,
    parkedAfter: null,
    offerId: null,
    author: wanted.author ?? null,
    createdAt: now,
    version: 1,
  };
}

/**
 * The bubbles in which a text is sent. Only Hermes writes Markdown; the hub's own words and a person's
 * are sent as they are.
 */
export function bubblesOf({ kind, text }: Pick<Composed, "kind" | "text">): string[] {
  const bubbles = splitText(kind === "answer" ? plainForWechat(text) : text);
  return bubbles.length > 0 ? bubbles : [text];
}
