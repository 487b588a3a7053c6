import { conversationStore } from "#core/conversations/conversation.store.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { toInbound } from "#core/messages/to-inbound.ts";
import type { Policy } from "#core/policies/policy.ts";
import type { Deps } from "#core/shared/deps.ts";
import type { WechatMessage } from "#core/wechat/wechat.wire.ts";
import { leaseStore, type LeaseRef } from "./lease.store.ts";
import type { Pusher } from "./pusher.ts";

export type Batch = {
  ref: LeaseRef;
  messages: readonly WechatMessage[];
  /** The cursor to keep; null when WeChat gave none or the one we have. */
  cursor: string | null;
  mayAnswer: boolean;
  policy: Policy;
};

/**
 * Stores what one poll brought: messages, conversations, cursor, and last the jobs, in this order,
 * so that a crash between any two is mended by a replay, the unique index or the retry Lambda.
 * Messages are stored whoever holds the lease, since WeChat may not bring them again; gives false
 * when the cursor was refused because lease or login are no longer ours.
 */
export async function storeBatch(
  deps: Deps<"answering">,
  pusher: Pusher,
  batch: Batch,
): Promise<boolean> {
  const received = toMessages(deps, pusher, batch);
  const unseen = await messageStore(deps.db).insertUnseen(received);
  await noteConversations(deps, received);
  const kept = batch.cursor === null || (await keepCursor(deps, batch, received));
  pusher.add(unseen);
  const { accountId } = batch.ref;
  if (received.length > 0) {
    deps.log.info("messages.stored", {
      accountId,
      received: received.length,
      stored: unseen.length,
    });
  }
  return kept;
}

function toMessages(deps: Deps<"answering">, pusher: Pusher, batch: Batch): InboundMessage[] {
  const now = deps.clock.now();
  const ageNow = deps.clock.ageNow();
  return batch.messages.map((wire) =>
    toInbound(wire, {
      accountId: batch.ref.accountId,
      generation: batch.ref.generation,
      mayAnswer: batch.mayAnswer,
      policy: batch.policy,
      settings: deps.settings.answering,
      now,
      ageNow,
      newId: deps.newId,
      pushAfter: (conversationId) =>
        pusher.pushAfter(conversationId, now, batch.policy.debounceSeconds),
    }),
  );
}

/** One step per conversation, by its newest message; a group or a bot's own message opens nothing. */
async function noteConversations(deps: Deps, received: readonly InboundMessage[]): Promise<void> {
  const newest = new Map<string, InboundMessage>();
  for (const message of received) {
    if (!opensWindow(message)) continue;
    const known = newest.get(message.conversationId);
    if (!known || message.sentAt >= known.sentAt) newest.set(message.conversationId, message);
  }
  await conversationStore(deps.db).noteInbound(
    [...newest.values()].map((message) => ({
      conversationId: message.conversationId,
      accountId: message.accountId,
      userId: message.userId,
      generation: message.generation,
      contextToken: message.contextToken,
      sessionId: message.sessionId,
      sentAt: message.sentAt,
      now: message.receivedAt,
    })),
  );
}

function opensWindow({ unansweredReason }: InboundMessage): boolean {
  return (
    unansweredReason !== "not_user" &&
    unansweredReason !== "group" &&
    unansweredReason !== "no_sender"
  );
}

async function keepCursor(
  deps: Deps,
  { ref, cursor }: Batch,
  received: readonly InboundMessage[],
): Promise<boolean> {
  if (cursor === null) return true;
  const lastInboundAt = received.at(-1)?.receivedAt ?? null;
  return leaseStore(deps.db).advanceCursor(ref, cursor, lastInboundAt);
}
