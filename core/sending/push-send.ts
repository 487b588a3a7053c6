import type { OutboundMessage } from "#core/messages/message.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";

/**
 * Has the agent Lambda send a stored message. A push that fails is no failure: the message is due, so
 * the retry Lambda pushes its job.
 */
export async function pushSend(
  deps: Deps & WithQueue,
  { _id: ref, conversationId }: Pick<OutboundMessage, "_id" | "conversationId">,
): Promise<void> {
  try {
    await deps.queue.push([{ jobId: deps.newId("job"), conversationId, do: "send", ref }]);
  } catch (error) {
    deps.log.warn("job.owed", { subjectId: ref, conversationId }, error);
  }
}
