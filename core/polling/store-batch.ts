import { conversationStore } from "#core/conversations/conversation.store.ts";
import { isCutOff } from "#core/messages/join-texts.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { toInbound } from "#core/messages/to-inbound.ts";
import type { Policy } from "#core/policies/policy.ts";
import type { Deps } from "#core/shared/deps.ts";
import type { WechatMessage } from "#core/wechat/wechat.wire.ts";
import { leaseStore, type LeaseRef } from "./lease.store.ts";
import type { Pusher } from "./pusher.ts";

const leastForRestSeconds = 2;

/** What one poll brought, and what of it is worked out already when storing is tried again. */
export type Batch = {
  readonly ref: LeaseRef;
  readonly messages: readonly WechatMessage[];
  /** The cursor to keep; null when WeChat gave none or the one we have. */
  readonly cursor: string | null;
  /** The records, made once, so that a repeat after a half-done try finds its own. */
  received: readonly InboundMessage[] | null;
};

type Circumstances = { policy: Policy; mayAnswer: boolean; answerFrom?: Date | null };

export function newBatch(brought: Omit<Batch, "received">): Batch {
  return { ...brought, received: null };
}

/**
 * Stores what one poll brought: messages, conversations, cursor, and last the jobs, in this order,
 * so that a crash between any two is mended by a replay, the unique index or the retry Lambda. It
 * may be called again with the same batch when it failed. Messages are stored whoever holds the
 * lease, since WeChat may not bring them again; gives false when the cursor was refused because
 * lease or login are no longer ours.
 */
export async function storeBatch(
  deps: Deps<"answering">,
  pusher: Pusher,
  batch: Batch,
  circumstances: Circumstances,
): Promise<boolean> {
  batch.received ??= toMessages(deps, pusher, batch, circumstances);
  const { received } = batch;
  const { unseen, seen } = await storeUnseen(deps, received);
  await noteConversations(deps, [...unseen, ...seen]);
  const kept = batch.cursor === null || (await keepCursor(deps, batch, received));
  if (kept || !(await leaveOldLogin(deps, batch.ref, unseen))) pusher.add(unseen);
  if (received.length > 0) {
    deps.measure.count("MessagesIn", unseen.length);
    deps.log.info("messages.stored", {
      accountId: batch.ref.accountId,
      received: received.length,
      stored: unseen.length,
    });
  }
  return kept;
}

function toMessages(
  deps: Deps<"answering">,
  pusher: Pusher,
  { ref, messages }: Batch,
  { policy, mayAnswer, answerFrom = null }: Circumstances,
): InboundMessage[] {
  const now = deps.clock.now();
  const ageNow = deps.clock.ageNow();
  return messages.map((wire) =>
    toInbound(wire, {
      accountId: ref.accountId,
      generation: ref.generation,
      mayAnswer,
      answerFrom,
      policy,
      settings: deps.settings.answering,
      now,
      ageNow,
      newId: deps.newId,
      pushAfter: (conversationId, text) =>
        pusher.pushAfter(conversationId, now, burstSeconds(policy, text)),
    }),
  );
}

/**
 * Gives what is new, and the stored first copies of the rest: those say what their conversations
 * may have missed, and a later copy's own token and time are not to count.
 */
async function storeUnseen(deps: Deps, received: readonly InboundMessage[]) {
  const store = messageStore(deps.db);
  const inserted = await store.insertUnseen(received);
  if (inserted.length === received.length) return { unseen: inserted, seen: [] };
  const stored = await store.listSeen(received);
  const own = new Set(received.map(({ _id }) => _id));
  // A try that broke off before has stored some of these very records: they are new all the same.
  const unseen = stored.filter(({ _id }) => own.has(_id));
  return { unseen, seen: stored.filter(({ _id }) => !own.has(_id)) };
}

/** The rest of what WeChat cut is on its way, so that it is waited for even where nothing else is. */
function burstSeconds({ debounceSeconds }: Policy, text: string): number {
  return isCutOff(text) ? Math.max(debounceSeconds, leastForRestSeconds) : debounceSeconds;
}

/** One step per conversation, by its newest message; a group or a bot's own message opens nothing. */
async function noteConversations(deps: Deps, known: readonly InboundMessage[]): Promise<void> {
  const newest = new Map<string, InboundMessage>();
  for (const message of known) {
    if (!opensWindow(message)) continue;
    const other = newest.get(message.conversationId);
    if (!other || message.sentAt >= other.sentAt) newest.set(message.conversationId, message);
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
      text: message.text,
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

/**
 * What came in under a login that is over is kept but cannot be answered: its contact has not
 * written to the new bot yet (reference/ilink.md 2, first contact). True when that is so.
 */
async function leaveOldLogin(
  deps: Deps,
  ref: LeaseRef,
  unseen: readonly InboundMessage[],
): Promise<boolean> {
  if (!(await leaseStore(deps.db).isOldLogin(ref))) return false;
  const ids = unseen.map(({ _id }) => _id);
  await messageStore(deps.db).leaveUnanswered(ids, "old_login");
  return true;
}
