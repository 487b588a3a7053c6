import type { Db, Filter, UpdateFilter } from "mongodb";
import type { Actor, AuditLine } from "#core/audit/audit-line.ts";
import { nameOf } from "#core/audit/people.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { Conversation } from "./conversation.ts";
import { conversationStore } from "./conversation.store.ts";
import { pushOwed } from "./owed-jobs.ts";
import { changed } from "#core/database/changed.ts";

export type ConversationDeps = Deps & WithQueue;

/**
 * What operators do with a conversation. Each is one guarded statement; asking for what already holds
 * changes nothing and gives the conversation. Throws RequestError `conversation.unknown`, and
 * `conversation.taken_over` where another person answers.
 */
export async function takeOver(
  deps: ConversationDeps,
  actor: Actor,
  id: string,
): Promise<Conversation> {
  const pushAfter = deps.clock.now();
  const after = await change(deps.db, {
    id,
    guard: { takenOverBy: null },
    // The agent Lambda ends what Hermes was asked, and the draft that nobody approved.
    set: { takenOverBy: actor.id, pushAfter },
    audit: auditLine(deps, actor, "conversation.taken_over", id),
  });
  if (after) {
    const owed = { collection: "conversations", id, conversationId: id, pushAfter } as const;
    await pushOwed(deps, { ...owed, isKept: false });
    return settled(deps, after);
  }
  const conversation = await conversationStore(deps.db).get(id);
  if (conversation.takenOverBy === actor.id) return conversation;
  throw new RequestError(
    "conflict",
    "conversation.taken_over",
    `${await nameOf(deps.db, conversation.takenOverBy)} took this conversation over already, nothing was changed. Ask them to hand it back.`,
    { by: conversation.takenOverBy },
  );
}

/** From the contact's next text on Hermes is asked again; who took over need not be who hands back. */
export async function handBack(
  deps: ConversationDeps,
  actor: Actor,
  id: string,
): Promise<Conversation> {
  const after = await change(deps.db, {
    id,
    guard: { takenOverBy: { $ne: null } },
    set: { takenOverBy: null },
    audit: auditLine(deps, actor, "conversation.handed_back", id),
  });
  return after ? settled(deps, after) : conversationStore(deps.db).get(id);
}

/** What people call the contact and note about it; WeChat tells neither name nor picture. */
export async function describeContact(
  deps: ConversationDeps,
  actor: Actor,
  id: string,
  wanted: { alias?: string | null | undefined; note?: string | null | undefined },
): Promise<Conversation> {
  const before = await conversationStore(deps.db).get(id);
  const { alias = before.alias, note = before.note } = wanted;
  if (alias === before.alias && note === before.note) return before;
  const after = await change(deps.db, {
    id,
    guard: {},
    // What is not given may be written by somebody else at this moment.
    set: {
      ...(wanted.alias === undefined ? {} : { alias, searchKeys: searchKeysOf([alias]) }),
      ...(wanted.note === undefined ? {} : { note }),
    },
    audit: auditLine(deps, actor, "contact.described", id, {
      alias: alias !== before.alias,
      note: note !== before.note,
    }),
  });
  return after ? settled(deps, after) : conversationStore(deps.db).get(id);
}

/**
 * Has Hermes begin anew with the next question, without what was said so far. `from` is the session
 * that the person saw, so that a repeat does not begin another one.
 */
export async function beginFreshSession(
  deps: ConversationDeps,
  actor: Actor,
  id: string,
  from: number,
): Promise<Conversation> {
  const after = await change(deps.db, {
    id,
    guard: { hermesSession: from },
    set: { hermesSession: from + 1 },
    audit: auditLine(deps, actor, "conversation.fresh_session", id, { session: from + 1 }),
  });
  return after ? settled(deps, after) : conversationStore(deps.db).get(id);
}

async function change(
  db: Db,
  wanted: {
    id: string;
    guard: Filter<Conversation>;
    set: Partial<Conversation>;
    audit: AuditLine;
  },
): Promise<Conversation | null> {
  const update: UpdateFilter<Conversation> = {
    $set: wanted.set,
    ...changed,
    $push: { auditOutbox: wanted.audit },
  };
  const after = await db
    .collection<Conversation>("conversations")
    .findOneAndUpdate({ ...wanted.guard, _id: wanted.id }, update, { returnDocument: "after" });
  return after && Conversation.parse(after);
}

async function settled(deps: Deps, conversation: Conversation): Promise<Conversation> {
  await settleAudit(deps, conversation, "conversations");
  return conversation;
}
