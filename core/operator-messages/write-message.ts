import { accountStore } from "#core/accounts/account.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { nameOf } from "#core/audit/people.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { refuseShut } from "#core/conversations/may-write.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { compose } from "#core/sending/compose.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { pushSend } from "#core/sending/push-send.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";
import { InvariantError, RequestError } from "#core/shared/errors.ts";
import { changed } from "#core/database/changed.ts";

export type Written = {
  conversationId: string;
  text: string;
  /** Made by the writer's program once per message, so that a repeat is the same message. */
  clientKey: string;
};

/**
 * Stores what a person writes to a contact; the agent Lambda sends it next, bubble by bubble, before
 * anything of Hermes. Throws RequestError when WeChat would not take it now (`may-write.ts`), when
 * another person took the conversation over, or when the key was used for another text.
 */
export async function writeMessage(
  deps: Deps & WithQueue,
  actor: Actor,
  { conversationId, text, clientKey }: Written,
): Promise<OutboundMessage> {
  const conversation = await conversationStore(deps.db).get(conversationId);
  const { accountId, userId, takenOverBy } = conversation;
  const onceKey = `operator:${conversationId}:${clientKey}`;
  const store = outboundStore(deps.db);
  const known = await store.findByKey(accountId, onceKey);
  if (known) return sameText(known, text);
  if (takenOverBy !== null && takenOverBy !== actor.id) {
    throw new RequestError(
      "conflict",
      "conversation.taken_over",
      `${await nameOf(deps.db, takenOverBy)} answers here in person, so nothing was sent. Ask them, or hand the conversation back first.`,
      { by: takenOverBy },
    );
  }
  const account = await accountStore(deps.db).get(accountId);
  refuseShut({ account, conversation, ageNow: deps.clock.ageNow() });
  const id = deps.newId("message");
  const of = { accountId, conversationId, userId, runId: null, author: actor.id };
  const composed = compose(deps, { id, kind: "operator", text, onceKey, ...of }, "later");
  const message = {
    ...composed,
    auditOutbox: [auditLine(deps, actor, "message.written", id, { conversationId })],
  };
  if ((await store.insert(message)) === "exists") {
    const other = await store.findByKey(accountId, onceKey);
    if (!other) throw new InvariantError("message.no_operators", "The stored message is gone.");
    return sameText(other, text);
  }
  await endQuestion(deps, message);
  await pushSend(deps, message);
  await settleAudit(deps, message, "messages");
  return message;
}

/** Whoever waits for Hermes sees this within seconds and makes way; what is lost here the turn does. */
async function endQuestion(deps: Deps, { conversationId }: OutboundMessage): Promise<void> {
  await deps.db.collection<AgentRun>("agent_runs").updateOne(
    {
      conversationId,
      unfinished: true,
      status: { $in: ["running", "retrying", "retry_pending"] },
    },
    {
      $set: {
        status: "cancelled",
        cancelReason: "answered_by_person",
        completedAt: deps.clock.now(),
        nextAttemptAt: null,
        turnId: null,
        aliveUntil: null,
      },
      $unset: { unfinished: true },
      ...changed,
    },
  );
}

function sameText(message: OutboundMessage, text: string): OutboundMessage {
  if (message.text === text) return message;
  throw new RequestError(
    "conflict",
    "message.key_used",
    "This key was used for another text, nothing was sent. Send a new text under a key of its own.",
    { messageId: message._id },
  );
}
