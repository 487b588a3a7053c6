import { RunStatus } from "#core/agent-runs/agent-run.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import type { ApiDeps } from "./app.ts";
import { scopeOf } from "./caller.ts";
import { IdParam, newRoutes, route } from "./routes.ts";
import { MessageView, PageQuery, pageOf, RunView, toPage } from "./views.ts";

/** What is stored: messages and agent runs. */
export function listRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}/messages",
        summary: "List a bot's messages, the newest first",
        access: "viewer",
        request: { params: IdParam, query: PageQuery },
        answer: pageOf(MessageView),
      }),
      async (c) => {
        const page = c.req.valid("query");
        const accountId = c.req.valid("param").id;
        await requireInScope(deps.db, scopeOf(c), accountId);
        const messages = await messageStore(deps.db).list({ ...page, accountId });
        return c.json(pageOf(MessageView).parse(toPage(messages, page.limit)), 200);
      },
    )

    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}/agent-runs",
        summary: "List a bot's agent runs, the newest first",
        access: "viewer",
        request: { params: IdParam, query: PageQuery.extend({ status: RunStatus.optional() }) },
        answer: pageOf(RunView),
      }),
      async (c) => {
        const page = c.req.valid("query");
        const accountId = c.req.valid("param").id;
        await requireInScope(deps.db, scopeOf(c), accountId);
        const runs = await agentRunStore(deps.db).list({ ...page, accountId });
        return c.json(pageOf(RunView).parse(toPage(runs, page.limit)), 200);
      },
    );
}
