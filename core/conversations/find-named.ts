import type { Db, FindCursor } from "mongodb";
import type { Account } from "#core/accounts/account.ts";
import { searchPattern } from "#core/shared/search-keys.ts";
import type { Conversation } from "./conversation.ts";

/** What bears a name that begins so: contacts by their alias, bots by their name or a label. */
export type Named = { conversationIds: string[]; accountIds: string[] };

const most = 500;

export async function findNamed(db: Db, q: string): Promise<Named> {
  const searchKeys = searchPattern(q);
  if (searchKeys === null) return { conversationIds: [], accountIds: [] };
  const [conversationIds, accountIds] = await Promise.all([
    idsOf(db.collection<Conversation>("conversations").find({ searchKeys })),
    idsOf(db.collection<Account>("accounts").find({ searchKeys })),
  ]);
  return { conversationIds, accountIds };
}

/** As a filter over what belongs to a conversation; nothing where nothing bears the name. */
export function namedFilter(named: Named | undefined): { $or?: WhoseIs[] } {
  if (named === undefined) return {};
  return {
    $or: [
      { conversationId: { $in: named.conversationIds } },
      { accountId: { $in: named.accountIds } },
    ],
  };
}

type WhoseIs = { conversationId: { $in: string[] } } | { accountId: { $in: string[] } };

async function idsOf(found: FindCursor<{ _id: string }>): Promise<string[]> {
  const documents = await found.project<{ _id: string }>({ _id: 1 }).limit(most).toArray();
  return documents.map(({ _id }) => _id);
}
