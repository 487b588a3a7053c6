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
    const forgotten = await messages.listForgotten(before, sweepLimit);
    if (forgotten.length === 0) return 0;
    await conversationStore(deps.db).noteInbound(forgotten.map(inboundStep));
    await messages.putOff(
      forgotten.map(({ _id }) => _id),
      plusSeconds(now, putOffSeconds),
    );
    const newest = new Map(forgotten.map((message) => [message.conversationId, message]));
    await deps.queue.push(
      [...newest.values()].map(({ _id, conversationId }) => ({
        jobId: deps.newId("job"),
        conversationId,
        do: "answer" as const,
        ref: _id,
      })),
    );
    return forgotten.length;
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
