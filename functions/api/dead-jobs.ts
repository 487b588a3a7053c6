import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { deleteDeadJob, redrive, redriveAll } from "#core/dead-jobs/change-dead-job.ts";
import { deadJobStore, type DeadJob } from "#core/queue/dead-job.ts";
import { RequestError } from "#core/shared/errors.ts";
import { cursorOf, placeOf } from "#core/shared/pages.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, type ApiEnv } from "./caller.ts";
import { eachOf } from "./each-of.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import {
  accountsOf,
  botsOf,
  changedPage,
  LiveQuery,
  namedBy,
  nextOf,
  within,
  workPageOf,
} from "./work-pages.ts";
import { BulkView, DeadJobView } from "./work-views.ts";

const mostAtOnce = 200;

const BulkBody = z.object({
  verb: z.enum(["redrive", "delete"]),
  accountId: z.string().max(64).optional(),
  q: z.string().max(100).optional(),
  /** `nextCursor` of the answer before. */
  cursor: z.string().max(300).optional(),
});

/** Jobs that failed as often as they may, as the database keeps them. */
export function deadJobRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/dead-jobs",
        summary: "List jobs that died, the newest first",
        access: "viewer",
        request: {
          query: LiveQuery.extend({
            status: z.enum(["open", "redriven", "deleted"]).default("open"),
            accountId: z.string().max(64).optional(),
            /** The beginning of a contact's alias, or of a bot's name or label. */
            q: z.string().max(100).optional(),
          }),
        },
        answer: workPageOf(DeadJobView),
      }),
      async (c) => {
        const { cursor, q, since, ...query } = c.req.valid("query");
        const asOf = deps.clock.now();
        const { accountId, limit } = query;
        const of = {
          accountId,
          named: await namedBy(deps, q),
          accountIds: await accountsOf(deps, c),
        };
        if (since !== undefined) {
          const page = { ...of, ...changedPage({ since, cursor, limit }) };
          const { items: changes, next } = await deadJobStore(deps.db).listChanged(page);
          const items = changes.map((dead) => DeadJobView.parse(dead));
          const accounts = await botsOf(deps, changes);
          return c.json({ items, nextCursor: nextOf(next), asOf, accounts }, 200);
        }
        const found = await deadJobStore(deps.db).list({
          ...query,
          ...of,
          ...(cursor === undefined ? {} : { after: createdPlace(cursor) }),
        });
        const last = found.length === query.limit ? found.at(-1) : undefined;
        const nextCursor = last ? cursorOf({ at: last.createdAt, id: last._id }) : null;
        const items = found.map((dead) => DeadJobView.parse(dead));
        return c.json({ items, nextCursor, asOf, accounts: await botsOf(deps, found) }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/dead-jobs/bulk",
        summary: `Redrive or delete up to ${mostAtOnce} open ones, each once however many ask`,
        access: "operator",
        request: jsonBody(BulkBody),
        answer: BulkView,
      }),
      async (c) => {
        const { verb, accountId, q, cursor } = c.req.valid("json");
        const open = await deadJobStore(deps.db).list({
          accountId,
          named: await namedBy(deps, q),
          accountIds: await accountsOf(deps, c),
          limit: mostAtOnce,
          ...(cursor === undefined ? {} : { after: createdPlace(cursor) }),
        });
        const results =
          verb === "redrive"
            ? await redriven(deps, c, open)
            : await eachOf(open, ({ _id }) => deleteDeadJob(deps, actorOf(c), _id));
        const last = open.length === mostAtOnce ? open.at(-1) : undefined;
        const nextCursor = last ? cursorOf({ at: last.createdAt, id: last._id }) : null;
        return c.json({ results, nextCursor }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/dead-jobs/{id}/redrive",
        summary: "Have a dead job tried again, once however many ask",
        access: "operator",
        request: { params: IdParam },
        answer: DeadJobView,
      }),
      async (c) => {
        const { _id } = await seen(deps, c, c.req.valid("param").id);
        return c.json(DeadJobView.parse(await redrive(deps, actorOf(c), _id)), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/dead-jobs/{id}/delete",
        summary: "Take a dead job off the list",
        access: "operator",
        request: { params: IdParam },
        answer: DeadJobView,
      }),
      async (c) => {
        const { _id } = await seen(deps, c, c.req.valid("param").id);
        return c.json(DeadJobView.parse(await deleteDeadJob(deps, actorOf(c), _id)), 200);
      },
    );
}

/** What this request redrove; another one was quicker with the rest, or nobody can read it. */
async function redriven(deps: ApiDeps, c: Context<ApiEnv>, open: readonly DeadJob[]) {
  const mine = new Set((await redriveAll(deps, actorOf(c), open)).map(({ _id }) => _id));
  return open.map(({ _id: id }) => {
    if (mine.has(id)) return { id, done: true, error: null };
    const message = "Another person was quicker with this job, or the hub cannot read it.";
    return { id, done: false, error: { code: "dead_job.not_open", message } };
  });
}

async function seen(deps: ApiDeps, c: Context<ApiEnv>, id: string): Promise<DeadJob> {
  const dead = await deadJobStore(deps.db).get(id);
  return within(deps, c, dead, () => {
    return new RequestError("not_found", "dead_job.unknown", `There is no dead job ${id}.`);
  });
}

function createdPlace(cursor: string): { createdAt: Date; id: string } {
  const { at: createdAt, id } = placeOf(cursor);
  return { createdAt, id };
}
