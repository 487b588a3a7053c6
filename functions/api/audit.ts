import { z } from "@hono/zod-openapi";
import { AuditLine } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import type { ApiDeps } from "./app.ts";
import { fileRoute, newRoutes, route } from "./routes.ts";

const Filters = z.object({
  actorId: z.string().max(64).optional(),
  subjectId: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
});

const AuditLineView = AuditLine.extend({}).openapi("AuditLine");
const mostExported = 5_000;

/** Who did what, and the same as a file. */
export function auditRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/audit",
        summary: "List what was done, the newest first",
        access: "owner",
        request: {
          query: Filters.extend({
            cursor: z.string().max(64).optional(),
            limit: z.coerce.number().int().min(1).max(200).default(50),
          }),
        },
        answer: z.object({ items: z.array(AuditLineView), nextCursor: z.string().nullable() }),
      }),
      async (c) => {
        const { cursor, ...query } = c.req.valid("query");
        const items = await auditStore(deps.db).list({ ...query, before: cursor });
        const nextCursor = items.length === query.limit ? (items.at(-1)?._id ?? null) : null;
        return c.json({ items, nextCursor }, 200);
      },
    )
    .openapi(
      fileRoute({
        path: "/api/audit/export",
        summary: `Read up to ${mostExported} lines as JSONL or CSV; go on from the last line's id`,
        access: "owner",
        request: {
          query: Filters.extend({
            format: z.enum(["jsonl", "csv"]).default("jsonl"),
            cursor: z.string().max(64).optional(),
          }),
        },
      }),
      async (c) => {
        const { cursor, format, ...query } = c.req.valid("query");
        const page = { ...query, before: cursor, limit: mostExported };
        const lines = await auditStore(deps.db).list(page);
        c.header("content-disposition", `attachment; filename="audit.${format}"`);
        return format === "csv"
          ? c.text(csvOf(lines), 200, { "content-type": "text/csv; charset=utf-8" })
          : c.text(jsonlOf(lines), 200);
      },
    );
}

function jsonlOf(lines: readonly AuditLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function csvOf(lines: readonly AuditLine[]): string {
  const rows = lines.map(({ _id, at, actor, action, subjectId, details }) =>
    [_id, at.toISOString(), actor.id, action, subjectId, JSON.stringify(details)].map(cell).join(),
  );
  return ["id,at,actor,action,subject,details", ...rows].map((row) => `${row}\r\n`).join("");
}

/** A cell that begins like a formula would be run by a spreadsheet. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
