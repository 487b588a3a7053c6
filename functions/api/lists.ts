import { z } from "@hono/zod-openapi";
import { RunStatus } from "#core/agent-runs/agent-run.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { noteReading } from "#core/conversations/note-reading.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf } from "./caller.ts";
import { PageQuery, pageOf, toPage } from "./pages.ts";
import { IdParam, newRoutes, route } from "./routes.ts";
import { namedBy } from "./work-pages.ts";
import { MessageView, RunView } from "./views.ts";

const ListQuery = PageQuery.extend({
  /** The beginning of a contact's alias; all are found by the bot's own name or label. */
  q: z.string().max(100).optional(),
});

/** What is stored: messages and agent runs. */
export function listRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}/messages",
        summary: "List a bot's messages, the newest first",
        access: "viewer",
        request: { params: IdParam, query: ListQuery },
        answer: pageOf(MessageView),
      }),
      async (c) => {
        const { q, ...page } = c.req.valid("query");
        const accountId = c.req.valid("param").id;
        await requireInScope(deps.db, scopeOf(c), accountId);
        const conversationIds = await talksNamed(deps, accountId, q);
        const of = { ...page, accountId, conversationIds };
        const messages = await messageStore(deps.db).list(of);
        await noteReading(deps, actorOf(c), ...messages.map(({ conversationId: talk }) => talk));
        return c.json(pageOf(MessageView).parse(toPage(messages, page.limit)), 200);
      },
    )

    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}/agent-runs",
        summary: "List a bot's agent runs, the newest first",
        access: "viewer",
        request: { params: IdParam, query: ListQuery.extend({ status: RunStatus.optional() }) },
        answer: pageOf(RunView),
      }),
      async (c) => {
        const { q, ...page } = c.req.valid("query");
        const accountId = c.req.valid("param").id;
        await requireInScope(deps.db, scopeOf(c), accountId);
        const conversationIds = await talksNamed(deps, accountId, q);
        const runs = await agentRunStore(deps.db).list({ ...page, accountId, conversationIds });
        await noteReading(deps, actorOf(c), ...runs.map(({ conversationId: talk }) => talk));
        return c.json(pageOf(RunView).parse(toPage(runs, page.limit)), 200);
      },
    );
}

/** The conversations whose contact bears a name that begins so; undefined: all of the bot's. */
async function talksNamed(
  deps: ApiDeps,
  accountId: string,
  q: string | undefined,
): Promise<string[] | undefined> {
  const named = await namedBy(deps, q);
  return named?.accountIds.includes(accountId) ? undefined : named?.conversationIds;
}
