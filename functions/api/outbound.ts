import { z } from "@hono/zod-openapi";
import { dropOutbound, retryOutbound } from "#core/sending/change-outbound.ts";
import { listChangedOutbound, listOutbound, outboundStates } from "#core/sending/list-outbound.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf } from "./caller.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { eachOf } from "./each-of.ts";
import {
  accountsOf,
  botsAndContactsOf,
  changedPage,
  LiveQuery,
  namedBy,
  nextOf,
  seenOutbound,
  contactPageOf,
} from "./work-pages.ts";
import { BulkView, OutboundView } from "./work-views.ts";

const mostAtOnce = 100;
const Code = z.string().max(64);

const ListQuery = LiveQuery.extend({
  state: z.enum(outboundStates),
  accountId: z.string().max(64).optional(),
  /** The code of one of its bubbles, such as `-3` or `window`. */
  code: Code.optional(),
  /** The beginning of a contact's alias, or of a bot's name or label. */
  q: z.string().max(100).optional(),
});

const BulkBody = z.object({
  verb: z.enum(["retry", "drop"]),
  state: z.enum(outboundStates),
  code: Code.optional(),
  accountId: z.string().max(64).optional(),
  q: z.string().max(100).optional(),
  /** `nextCursor` of the answer before. */
  cursor: z.string().max(300).optional(),
});

/** What did not reach its contact, or not yet. */
export function outboundRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/outbound",
        summary:
          "List messages that are parked, tried again, unconfirmed or dead, the newest first",
        access: "viewer",
        request: { query: ListQuery },
        answer: contactPageOf(OutboundView),
      }),
      async (c) => {
        const { cursor, q, since, ...query } = c.req.valid("query");
        const asOf = deps.clock.now();
        const accountIds = await accountsOf(deps, c);
        const named = await namedBy(deps, q);
        if (since !== undefined) {
          const { accountId, limit } = query;
          const page = { accountIds, accountId, named, ...changedPage({ since, cursor, limit }) };
          const { items: changes, next } = await listChangedOutbound(deps.db, page);
          const items = changes.map((message) => OutboundView.parse(message));
          const names = await botsAndContactsOf(deps, changes);
          return c.json({ items, nextCursor: nextOf(next), asOf, ...names }, 200);
        }
        const found = await listOutbound(deps.db, {
          ...query,
          accountIds,
          named,
          before: cursor,
        });
        const nextCursor = found.length === query.limit ? (found.at(-1)?._id ?? null) : null;
        const items = found.map((message) => OutboundView.parse(message));
        return c.json({ items, nextCursor, asOf, ...(await botsAndContactsOf(deps, found)) }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/outbound/bulk",
        summary: `Retry or drop up to ${mostAtOnce} messages of a class, each by itself`,
        access: "operator",
        request: jsonBody(BulkBody),
        answer: BulkView,
      }),
      async (c) => {
        const { verb, cursor: before, q, ...of } = c.req.valid("json");
        const accountIds = await accountsOf(deps, c);
        const page = { ...of, accountIds, named: await namedBy(deps, q), before };
        const found = await listOutbound(deps.db, { ...page, limit: mostAtOnce });
        const act = verb === "retry" ? retryOutbound : dropOutbound;
        const results = await eachOf(found, ({ _id }) => act(deps, actorOf(c), _id));
        const nextCursor = found.length === mostAtOnce ? (found.at(-1)?._id ?? null) : null;
        return c.json({ results, nextCursor }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/outbound/{id}/retry",
        summary: "Have a message sent now, from the bubble on that did not arrive",
        access: "operator",
        request: { params: IdParam },
        answer: OutboundView,
      }),
      async (c) => {
        const { _id } = await seenOutbound(deps, c, c.req.valid("param").id);
        return c.json(OutboundView.parse(await retryOutbound(deps, actorOf(c), _id)), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/outbound/{id}/drop",
        summary: "Give a message up, or take one that failed off the list",
        access: "operator",
        request: { params: IdParam },
        answer: OutboundView,
      }),
      async (c) => {
        const { _id } = await seenOutbound(deps, c, c.req.valid("param").id);
        return c.json(OutboundView.parse(await dropOutbound(deps, actorOf(c), _id)), 200);
      },
    );
}
