import { conversationStore } from "#core/conversations/conversation.store.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { sweepLimit, type Sweep } from "./sweep.ts";

const putOffSeconds = 300;

/**
 * Pushes the jobs of messages whose poller died before it could: it repeats the conversation step,
 * which a replay does not harm, and then asks for an answer.
 */
export const forgottenMessages: Sweep = {
  name: "forgotten_messages",
  async run(deps) {
    const now = deps.clock.now();
    const messages = messageStore(deps.db);
    const before = plusSeconds(now, -deps.settings.retry.RETRY_GRACE_SECONDS);
    const { ids, readable } = await messages.listForgotten(before, sweepLimit, deps.log);
    if (ids.length === 0) return 0;
    await conversationStore(deps.db).noteInbound(readable.map(inboundStep));
    // Also those that nobody can read: else they would stand before all others for ever.
    await messages.putOff(ids, plusSeconds(now, putOffSeconds));
    const newest = new Map(readable.map((message) => [message.conversationId, message]));
    await deps.queue.push(
      [...newest.values()].map(({ _id, conversationId }) => ({
        jobId: deps.newId("job"),
        conversationId,
        do: "answer" as const,
        ref: _id,
      })),
    );
    return readable.length;
  },
};

function inboundStep(message: InboundMessage) {
  return {
    conversationId: message.conversationId,
    accountId: message.accountId,
    userId: message.userId,
    generation: message.generation,
    contextToken: message.contextToken,
    sessionId: message.sessionId,
    sentAt: message.sentAt,
    text: message.text,
    now: message.receivedAt,
  };
}
