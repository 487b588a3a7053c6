import type { Db, Filter } from "mongodb";
import { accountFilter, type OfAccounts } from "#core/accounts/account-filter.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { listChanged, type ChangedPage } from "#core/database/list-changed.ts";
import type { Place } from "#core/shared/pages.ts";
import { Conversation, windowMs } from "./conversation.ts";
import { findNamed, type Named } from "./find-named.ts";

export const conversationStates = ["waiting", "open", "taken-over", "parked"] as const;
export type ConversationState = (typeof conversationStates)[number];

export type ConversationPage = OfAccounts & {
  /** `waiting`: a draft or a question of it waits; `open`: one may write; `parked`: an answer waits. */
  state?: ConversationState | undefined;
  q?: string | undefined;
  /** `last-inbound`: the newest first; `window`: of those still open, the one that shuts first. */
  sort: "last-inbound" | "window";
  ageNow: Date;
  after?: Place | undefined;
  limit: number;
};

/** More conversations than this that wait at once are not told apart by state. */
const mostMarked = 1_000;

/** One page of conversations, each with the place from which the next page goes on. */
export async function listConversations(db: Db, page: ConversationPage): Promise<Conversation[]> {
  const filter = await filterOf(db, page);
  const direction = page.sort === "window" ? 1 : -1;
  const found = await db
    .collection<Conversation>("conversations")
    .find(filter)
    .sort({ lastInboundAt: direction, _id: direction })
    .limit(page.limit)
    .toArray();
  return found.map((conversation) => Conversation.parse(conversation));
}

/** Those that changed, in whatever state they are now. */
export async function listChangedConversations(
  db: Db,
  page: OfAccounts & ChangedPage & { q?: string | undefined },
): Promise<{ items: Conversation[]; next: Place | null }> {
  const of: Filter<Conversation> = accountFilter(page);
  if (page.q !== undefined) of.$and = [whoseName(await findNamed(db, page.q))];
  const { found, next } = await listChanged(db, "conversations", of, page);
  return { items: found.map((conversation) => Conversation.parse(conversation)), next };
}

async function filterOf(db: Db, page: ConversationPage): Promise<Filter<Conversation>> {
  const windowStart = new Date(page.ageNow.getTime() - windowMs);
  const isOpenOnly = page.sort === "window" || page.state === "open";
  const all: Filter<Conversation>[] = [
    { lastInboundAt: { $gt: isOpenOnly ? windowStart : new Date(0) } },
  ];
  all.push(accountFilter(page));
  if (page.after) all.push(behind(page.after, page.sort));
  if (page.state === "open") all.push({ credits: { $gt: 0 } });
  if (page.state === "taken-over") all.push({ takenOverBy: { $gt: "" } });
  if (page.state === "waiting" || page.state === "parked") {
    all.push({ _id: { $in: await markedIds(db, page, page.state) } });
  }
  if (page.q !== undefined) {
    all.push(whoseName(await findNamed(db, page.q)));
  }
  return merged(all);
}

function whoseName({ conversationIds, accountIds }: Named): Filter<Conversation> {
  return { $or: [{ _id: { $in: conversationIds } }, { accountId: { $in: accountIds } }] };
}

/** Top-level where no field comes twice, since an index is chosen by those. */
function merged(all: readonly Filter<Conversation>[]): Filter<Conversation> {
  const filter: Filter<Conversation> = {};
  const rest: Filter<Conversation>[] = [];
  for (const each of all) {
    if (Object.keys(each).some((field) => field in filter)) rest.push(each);
    else Object.assign(filter, each);
  }
  return rest.length === 0 ? filter : { ...filter, $and: rest };
}

function behind({ at, id }: Place, sort: ConversationPage["sort"]): Filter<Conversation> {
  return sort === "window"
    ? { $or: [{ lastInboundAt: { $gt: at } }, { lastInboundAt: at, _id: { $gt: id } }] }
    : { $or: [{ lastInboundAt: { $lt: at } }, { lastInboundAt: at, _id: { $lt: id } }] };
}

async function markedIds(
  db: Db,
  page: ConversationPage,
  state: "waiting" | "parked",
): Promise<string[]> {
  const of = accountFilter(page);
  const marked =
    state === "parked"
      ? db
          .collection<OutboundMessage>("messages")
          .find({ open: "parked", direction: "outbound", ...of })
      : db
          .collection<AgentRun>("agent_runs")
          .find({ status: { $in: ["awaiting_review", "retry_pending"] }, ...of });
  const ids = await marked
    .project<{ conversationId: string }>({ conversationId: 1 })
    .limit(mostMarked)
    .toArray();
  return [...new Set(ids.map(({ conversationId }) => conversationId))];
}
