import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { Conversation } from "#core/conversations/conversation.ts";
import type { Deps } from "#core/shared/deps.ts";

/**
 * Has Hermes forget a conversation: its next question begins a new session there. What is at work or
 * waits already stays in the old one. `seen` is the session the operator wants gone, so that asking
 * twice begins one; absent: whichever it is now. Throws RequestError `conversation.unknown`.
 */
export async function startFreshSession(
  deps: Deps,
  actor: Actor,
  conversationId: string,
  { seen }: { seen?: number } = {},
): Promise<Conversation> {
  const before = await conversationStore(deps.db).get(conversationId);
  const hermesSession = seen ?? before.hermesSession;
  const after = await deps.db.collection<Conversation>("conversations").findOneAndUpdate(
    { _id: conversationId, hermesSession },
    {
      $inc: { hermesSession: 1, version: 1 },
      $push: {
        auditOutbox: auditLine(deps, actor, "conversation.session_renewed", conversationId, {
          before: hermesSession,
          after: hermesSession + 1,
        }),
      },
    },
    { returnDocument: "after" },
  );
  if (!after) return conversationStore(deps.db).get(conversationId);
  const conversation = Conversation.parse(after);
  const { auditOutbox = [] } = conversation;
  await settleAudit(deps, { _id: conversationId, auditOutbox }, "conversations");
  return conversation;
}
