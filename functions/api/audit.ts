import { z } from "@hono/zod-openapi";
import { stream } from "hono/streaming";
import type { Db } from "mongodb";
import { AuditLine } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { namesOf } from "#core/audit/people.ts";
import { findNamed } from "#core/conversations/find-named.ts";
import { userStore } from "#core/users/user.store.ts";
import type { ApiDeps } from "./app.ts";
import { exported } from "./audit-file.ts";
import { CursorQuery, listOf } from "./pages.ts";
import { fileRoute, newRoutes, route } from "./routes.ts";

const Filters = z.object({
  actorId: z.string().max(64).optional(),
  subjectId: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
  /** The beginning of the name of who did it or of what it was done to: user, bot, label or contact. */
  q: z.string().max(100).optional(),
});

const AuditLineView = AuditLine.extend({
  /** As they are called now; the id for who is not there any more. */
  actorName: z.string(),
}).openapi("AuditLine");

const mostNamed = 200;

/** An answer of Lambda has 6 MB at the most. */
const mostExported = { lines: 10_000, bytes: 4_000_000 };

/** Who did what, and the same as a file. */
export function auditRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/audit",
        summary: "List what was done, by time; `from` gives what came since",
        access: "owner",
        request: {
          query: CursorQuery.extend(Filters.shape).extend({
            sort: z.enum(["newest", "oldest"]).default("newest"),
          }),
        },
        answer: listOf(AuditLineView),
      }),
      async (c) => {
        const { cursor, q, sort, ...query } = c.req.valid("query");
        const ofIds = await idsNamed(deps.db, q);
        const place = sort === "newest" ? { before: cursor } : { after: cursor };
        const lines = await auditStore(deps.db).list({ ...query, ...place, sort, ofIds });
        const names = await namesOf(
          deps.db,
          lines.map(({ actor }) => actor.id),
        );
        const items = lines.map((line) => ({
          ...line,
          actorName: names[line.actor.id] ?? line.actor.id,
        }));
        const nextCursor = items.length === query.limit ? (items.at(-1)?._id ?? null) : null;
        return c.json({ items, nextCursor, asOf: deps.clock.now() }, 200);
      },
    )
    .openapi(
      fileRoute({
        path: "/api/audit/export",
        summary: "Read lines as JSONL or CSV; go on with the last line's id until none comes",
        access: "owner",
        request: {
          query: Filters.extend({
            format: z.enum(["jsonl", "csv"]).default("jsonl"),
            cursor: z.string().max(64).optional(),
          }),
        },
      }),
      async (c) => {
        const { cursor, format, q, ...query } = c.req.valid("query");
        const ofIds = await idsNamed(deps.db, q);
        const lines = auditStore(deps.db).each({
          ...query,
          ofIds,
          before: cursor,
          limit: mostExported.lines,
        });
        c.header("content-disposition", `attachment; filename="audit.${format}"`);
        c.header(
          "content-type",
          format === "csv" ? "text/csv; charset=utf-8" : "text/plain; charset=utf-8",
        );
        return stream(
          c,
          async (out) => {
            for await (const part of exported(lines, format, mostExported.bytes)) {
              await out.write(part);
            }
          },
          async (error) => {
            // A file that breaks off is seen by whoever goes on with its last line's id.
            deps.log.error("audit.export_broken", {}, error);
          },
        );
      },
    );
}

/** Who and what bears a name that begins so; undefined where nothing was searched for. */
async function idsNamed(db: Db, q: string | undefined): Promise<string[] | undefined> {
  if (q === undefined) return undefined;
  const [{ accountIds, conversationIds }, users] = await Promise.all([
    findNamed(db, q),
    userStore(db).list({ q, limit: mostNamed }),
  ]);
  return [...accountIds, ...conversationIds, ...users.map(({ _id }) => _id)];
}
