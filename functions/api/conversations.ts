import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { namesOf } from "#core/audit/people.ts";
import * as change from "#core/conversations/change-conversation.ts";
import { hermesSessionId, type Conversation } from "#core/conversations/conversation.ts";
import {
  conversationStates,
  listChangedConversations,
  listConversations,
} from "#core/conversations/list-conversations.ts";
import { noteReading } from "#core/conversations/note-reading.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { cursorOf, placeOf } from "#core/shared/pages.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, type ApiEnv } from "./caller.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import {
  accountsOf,
  botsOf,
  changedPage,
  LiveQuery,
  nextOf,
  seenConversation,
  WorkQuery,
  workPageOf,
} from "./work-pages.ts";
import { ConversationView, OutboundView, ThreadMessageView, windowOf } from "./work-views.ts";

const ListQuery = LiveQuery.extend({
  accountId: z.string().max(64).optional(),
  state: z.enum(conversationStates).optional(),
  /** The beginning of a contact's alias, or of a bot's name or label. */
  q: z.string().max(100).optional(),
  sort: z.enum(["last-inbound", "window"]).default("last-inbound"),
});

const ContactBody = z.object({
  alias: z.string().trim().min(1).max(100).nullable().optional(),
  note: z.string().trim().max(2_000).nullable().optional(),
});

const MessageBody = z.object({
  text: z
    .string()
    .max(20_000)
    .refine((text) => text.trim() !== "", { error: "write a text" }),
  /** Made once per message, so that a repeat is the same message. */
  clientKey: z.string().min(8).max(64),
});

/** Contacts: who they are, what was said, and what people do there. */
export function conversationRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/conversations",
        summary: "List conversations, the newest message first or the window that shuts first",
        access: "viewer",
        request: { query: ListQuery },
        answer: workPageOf(ConversationView),
      }),
      async (c) => {
        const { cursor, since, ...query } = c.req.valid("query");
        const asOf = deps.clock.now();
        const accountIds = await accountsOf(deps, c);
        if (since !== undefined) {
          const { accountId, q, limit } = query;
          const page = { accountIds, accountId, q, ...changedPage({ since, cursor, limit }) };
          const { items: changes, next } = await listChangedConversations(deps.db, page);
          const [items, accounts] = [await viewsOf(deps, changes), await botsOf(deps, changes)];
          return c.json({ items, nextCursor: nextOf(next), asOf, accounts }, 200);
        }
        const found = await listConversations(deps.db, {
          ...query,
          accountIds,
          ageNow: deps.clock.ageNow(),
          after: cursor === undefined ? undefined : placeOf(cursor),
        });
        const last = found.length === query.limit ? found.at(-1) : undefined;
        const nextCursor = last ? cursorOf({ at: last.lastInboundAt, id: last._id }) : null;
        const accounts = await botsOf(deps, found);
        return c.json({ items: await viewsOf(deps, found), nextCursor, asOf, accounts }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/conversations/{id}",
        summary: "Read a conversation: its contact, window, credits and who answers",
        access: "viewer",
        request: { params: IdParam },
        answer: ConversationView,
      }),
      async (c) => c.json(await viewOf(deps, await seen(deps, c, c.req.valid("param").id)), 200),
    )
    .openapi(
      route({
        method: "put",
        path: "/api/conversations/{id}",
        summary: "Name a contact or note something about it",
        access: "reviewer",
        request: { params: IdParam, ...jsonBody(ContactBody) },
        answer: ConversationView,
      }),
      async (c) => {
        const { _id } = await seen(deps, c, c.req.valid("param").id);
        const wanted = c.req.valid("json");
        const after = await change.describeContact(deps, actorOf(c), _id, wanted);
        return c.json(await viewOf(deps, after), 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/conversations/{id}/messages",
        summary: "List a conversation's messages, the newest first",
        access: "viewer",
        request: { params: IdParam, query: WorkQuery },
        answer: workPageOf(ThreadMessageView),
      }),
      async (c) => {
        const { _id: conversationId } = await seen(deps, c, c.req.valid("param").id);
        const { limit, cursor } = c.req.valid("query");
        const asOf = deps.clock.now();
        await noteReading(deps, actorOf(c), conversationId);
        const before = cursor === undefined ? {} : { before: cursor };
        const found = await messageStore(deps.db).list({ conversationId, limit, ...before });
        const nextCursor = found.length === limit ? (found.at(-1)?._id ?? null) : null;
        const items = found.map((message) => ThreadMessageView.parse(message));
        return c.json({ items, nextCursor, asOf, accounts: {} }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/conversations/{id}/messages",
        summary: "Write to the contact; a repeat under the same clientKey is the same message",
        access: "reviewer",
        request: { params: IdParam, ...jsonBody(MessageBody) },
        answer: OutboundView,
      }),
      async (c) => {
        const { _id: conversationId } = await seen(deps, c, c.req.valid("param").id);
        const written = { conversationId, ...c.req.valid("json") };
        // What makes bubbles of Markdown comes with it; whoever only reads starts without.
        const { writeMessage } = await import("#core/operator-messages/write-message.ts");
        const message = await writeMessage(deps, actorOf(c), written);
        return c.json(OutboundView.parse(message), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/conversations/{id}/take-over",
        summary: "Answer in person: Hermes is asked nothing here until it is handed back",
        access: "reviewer",
        request: { params: IdParam },
        answer: ConversationView,
      }),
      async (c) => {
        const { _id } = await seen(deps, c, c.req.valid("param").id);
        return c.json(await viewOf(deps, await change.takeOver(deps, actorOf(c), _id)), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/conversations/{id}/hand-back",
        summary: "Have Hermes answer again, from the contact's next text on",
        access: "reviewer",
        request: { params: IdParam },
        answer: ConversationView,
      }),
      async (c) => {
        const { _id } = await seen(deps, c, c.req.valid("param").id);
        return c.json(await viewOf(deps, await change.handBack(deps, actorOf(c), _id)), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/conversations/{id}/fresh-session",
        summary: "Have Hermes forget what was said so far; `from` is the session that was seen",
        access: "operator",
        request: {
          params: IdParam,
          ...jsonBody(z.object({ from: z.number().int().min(1).max(2_000_000_000) })),
        },
        answer: ConversationView,
      }),
      async (c) => {
        const { _id } = await seen(deps, c, c.req.valid("param").id);
        const { from } = c.req.valid("json");
        const after = await change.beginFreshSession(deps, actorOf(c), _id, from);
        return c.json(await viewOf(deps, after), 200);
      },
    );
}

function seen(deps: ApiDeps, c: Context<ApiEnv>, id: string): Promise<Conversation> {
  return seenConversation(deps, c, id);
}

/** A conversation as the caller reads it. */
export async function viewOf(deps: ApiDeps, conversation: Conversation): Promise<ConversationView> {
  const account = await accountStore(deps.db).find(conversation.accountId);
  const names = await namesOf(deps.db, [conversation.takenOverBy]);
  return toView(deps, conversation, account, names);
}

async function viewsOf(
  deps: ApiDeps,
  conversations: readonly Conversation[],
): Promise<ConversationView[]> {
  const ids = [...new Set(conversations.map(({ accountId }) => accountId))];
  const accounts = await deps.db
    .collection<Account>("accounts")
    .find({ _id: { $in: ids } }, { projection: { name: 1, status: 1 } })
    .limit(ids.length)
    .toArray();
  const byId = new Map(accounts.map((account) => [account._id, account]));
  const names = await namesOf(
    deps.db,
    conversations.map(({ takenOverBy }) => takenOverBy),
  );
  return conversations.map((each) => toView(deps, each, byId.get(each.accountId) ?? null, names));
}

function toView(
  deps: ApiDeps,
  conversation: Conversation,
  account: Pick<Account, "_id" | "name" | "status"> | null,
  names: Record<string, string>,
): ConversationView {
  const { takenOverBy, turn } = conversation;
  return ConversationView.parse({
    ...conversation,
    window: windowOf(conversation, account, deps.clock.ageNow()),
    turnUntil: turn && turn.expiresAt > deps.clock.now() ? turn.expiresAt : null,
    takenOverByName: takenOverBy === null ? null : (names[takenOverBy] ?? takenOverBy),
    hermesSessionId: hermesSessionId(conversation),
  });
}
