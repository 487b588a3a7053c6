import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { accountIdsIn, requireInScope } from "#core/accounts/scope.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { findNamed, type Named } from "#core/conversations/find-named.ts";
import { cursorOf, placeOf, type Place } from "#core/shared/pages.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { windowEndOf } from "#core/conversations/may-write.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { getOutbound } from "#core/sending/change-outbound.ts";
import { RequestError } from "#core/shared/errors.ts";
import type { ApiDeps } from "./app.ts";
import { scopeOf, type ApiEnv } from "./caller.ts";

/** How a list is asked for; `cursor` is the `nextCursor` of the page before. */
export const WorkQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(300).optional(),
});

/** As `WorkQuery`, for a list that is kept up to date. */
export const LiveQuery = WorkQuery.extend({
  /**
   * `asOf` of the list as it was read: gives what changed since, in whatever state it is now, the
   * longest changed first, with an overlap; merge it by `_id` and `version`. Filters by state do not
   * count then, nor does `sort`.
   */
  since: z.iso.datetime({ offset: true }).optional(),
});

/** What a request with `since` asks for. */
export function changedPage(query: { since: string; cursor?: string | undefined; limit: number }) {
  const { since, cursor, limit } = query;
  const after = cursor === undefined ? undefined : placeOf(cursor);
  return { since: new Date(since), after, limit };
}

/** What was searched for; undefined where nothing was. */
export async function namedBy(deps: ApiDeps, q: string | undefined): Promise<Named | undefined> {
  return q === undefined ? undefined : findNamed(deps.db, q);
}

export function nextOf(place: Place | null): string | null {
  return place && cursorOf(place);
}

/** A page of a list as it was at `asOf`; the bots and people that its items name are beside them. */
export function workPageOf<S extends z.ZodType>(item: S) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    asOf: z.date(),
    accounts: z.record(z.string(), BotName),
  });
}

/** As `workPageOf`; by conversation also whom its items are for. */
export function contactPageOf<S extends z.ZodType>(item: S) {
  return workPageOf(item).extend({ contacts: z.record(z.string(), ContactName) });
}

const ContactName = z.object({
  alias: z.string().nullable(),
  userId: z.string(),
  /** Until when WeChat takes messages for them. */
  windowEndsAt: z.date(),
});

const BotName = z.object({ name: z.string(), labels: z.array(z.string()) });

/** The names of the bots that these items are of. */
export async function botsOf(
  deps: ApiDeps,
  items: readonly { accountId?: string | undefined }[],
): Promise<Record<string, z.infer<typeof BotName>>> {
  const ids = [...new Set(items.map(({ accountId }) => accountId))].filter(
    (id) => id !== undefined,
  );
  if (ids.length === 0) return {};
  const found = await deps.db
    .collection<Account>("accounts")
    .find({ _id: { $in: ids } }, { projection: { name: 1, labels: 1 } })
    .limit(ids.length)
    .toArray();
  return Object.fromEntries(found.map(({ _id, name, labels }) => [_id, { name, labels }]));
}

/** The names of the bots and of the contacts that these items are of. */
export async function botsAndContactsOf(
  deps: ApiDeps,
  items: readonly { accountId?: string | undefined; conversationId: string }[],
) {
  const [accounts, contacts] = await Promise.all([botsOf(deps, items), contactsOf(deps, items)]);
  return { accounts, contacts };
}

async function contactsOf(
  deps: ApiDeps,
  items: readonly { conversationId: string }[],
): Promise<Record<string, z.infer<typeof ContactName>>> {
  const ids = [...new Set(items.map(({ conversationId }) => conversationId))];
  if (ids.length === 0) return {};
  const found = await deps.db
    .collection<Conversation>("conversations")
    .find({ _id: { $in: ids } }, { projection: { alias: 1, userId: 1, lastInboundAt: 1 } })
    .limit(ids.length)
    .toArray();
  return Object.fromEntries(
    found.map(({ _id, alias, userId, lastInboundAt }) => {
      return [_id, { alias, userId, windowEndsAt: windowEndOf({ lastInboundAt }) }];
    }),
  );
}

/** The accounts among whose things the caller may look; null: all. */
export function accountsOf(deps: ApiDeps, c: Context<ApiEnv>): Promise<string[] | null> {
  return accountIdsIn(deps.db, scopeOf(c));
}

/** Each throws the same for what is out of the caller's scope as for what is not there. */
export async function seenConversation(deps: ApiDeps, c: Context<ApiEnv>, id: string) {
  const found = await conversationStore(deps.db).get(id);
  return within(deps, c, found, () => unknown("conversation", id));
}

export async function seenRun(deps: ApiDeps, c: Context<ApiEnv>, id: string) {
  const found = await agentRunStore(deps.db).get(id);
  return within(deps, c, found, () => unknown("run", id));
}

export async function seenOutbound(deps: ApiDeps, c: Context<ApiEnv>, id: string) {
  const found = await getOutbound(deps, id);
  return within(deps, c, found, () => unknown("message", id));
}

export async function within<T extends { accountId?: string | undefined }>(
  deps: ApiDeps,
  c: Context<ApiEnv>,
  what: T,
  refusal: () => RequestError,
): Promise<T> {
  const scope = scopeOf(c);
  if (scope === null) return what;
  if (what.accountId === undefined) throw refusal();
  try {
    await requireInScope(deps.db, scope, what.accountId);
    return what;
  } catch (error) {
    if (error instanceof RequestError) throw refusal();
    throw error;
  }
}

const words = { conversation: "conversation", run: "agent run", message: "outbound message" };

function unknown(noun: keyof typeof words, id: string): RequestError {
  const message = `There is no ${words[noun]} ${id}.`;
  return new RequestError("not_found", `${noun}.unknown`, message);
}
