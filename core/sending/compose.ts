import type { OutboundKind, OutboundMessage } from "#core/messages/message.ts";
import type { Deps } from "#core/shared/deps.ts";
import { splitText } from "./split.ts";

export type Composed = {
  id: string;
  kind: OutboundKind;
  text: string;
  accountId: string;
  conversationId: string;
  userId: string;
  /** The run it belongs to, or the message that it answers when there is no run. */
  runId: string | null;
  /** Makes a repeat of the same statement find what is there. */
  onceKey: string;
};

/**
 * The outbound message with the client ids of all its chunks, made before anything is sent. It is
 * stored with its first chunk already under way, which saves a statement.
 */
export function compose(deps: Deps, wanted: Composed): OutboundMessage {
  const now = deps.clock.now();
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
    chunks: splitText(wanted.text).map((text, index) => ({
      clientId: deps.newId("chunk"),
      text,
      state: index === 0 ? "sending" : "queued",
      attempts: index === 0 ? 1 : 0,
      code: null,
      wechatMessageId: null,
      acceptedAt: null,
    })),
    open: "going",
    nextAttemptAt: now,
    pushAfter: now,
    createdAt: now,
    version: 1,
  };
}
