import { z } from "@hono/zod-openapi";
import { RunStatus, type AgentRun } from "#core/agent-runs/agent-run.ts";
import { cancelRun, retryRun, retryWithHint } from "#core/agent-runs/change-run.ts";
import { listChangedRuns, listRuns, RunSummary } from "#core/agent-runs/list-runs.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { namesOf } from "#core/audit/people.ts";
import { messageStore, type StoredMessage } from "#core/messages/message.store.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { ApiDeps } from "./app.ts";
import { noteReading } from "#core/conversations/note-reading.ts";
import { actorOf } from "./caller.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import {
  accountsOf,
  botsAndContactsOf,
  changedPage,
  LiveQuery,
  namedBy,
  nextOf,
  seenRun,
  contactPageOf,
} from "./work-pages.ts";
import { RunDetailView, RunSummaryView } from "./work-views.ts";

const monthSeconds = 30 * 86_400;
const mostLines = 100;

const ListQuery = LiveQuery.extend({
  status: RunStatus.optional(),
  accountId: z.string().max(64).optional(),
  /** What `error` begins with, such as `hermes.away`. */
  errorClass: z
    .string()
    .regex(/^[a-z_]+(\.[a-z_]+)*$/)
    .max(64)
    .optional(),
  /** Thirty days ago unless given. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  /** The beginning of a contact's alias, or of a bot's name or label. */
  q: z.string().max(100).optional(),
});

/** Questions to Hermes and what became of them. */
export function runRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/agent-runs",
        summary: "List agent runs, the newest first",
        access: "viewer",
        request: { query: ListQuery },
        answer: contactPageOf(RunSummaryView),
      }),
      async (c) => {
        const { cursor, from, to, q, since, ...query } = c.req.valid("query");
        const asOf = deps.clock.now();
        const accountIds = await accountsOf(deps, c);
        const named = await namedBy(deps, q);
        if (since !== undefined) {
          const { accountId, limit } = query;
          const page = { accountIds, accountId, named, ...changedPage({ since, cursor, limit }) };
          const { items, next } = await listChangedRuns(deps.db, page);
          const names = await botsAndContactsOf(deps, items);
          return c.json({ items, nextCursor: nextOf(next), asOf, ...names }, 200);
        }
        const items = await listRuns(deps.db, {
          ...query,
          accountIds,
          named,
          from: from === undefined ? plusSeconds(asOf, -monthSeconds) : new Date(from),
          to: to === undefined ? undefined : new Date(to),
          before: cursor,
        });
        const nextCursor = items.length === query.limit ? (items.at(-1)?._id ?? null) : null;
        return c.json({ items, nextCursor, asOf, ...(await botsAndContactsOf(deps, items)) }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/agent-runs/{id}",
        summary: "Read an agent run: timeline, attempts, Hermes' raw answer, the policy as it was",
        access: "viewer",
        request: { params: IdParam },
        answer: RunDetailView,
      }),
      async (c) => {
        const run = await seenRun(deps, c, c.req.valid("param").id);
        await noteReading(deps, actorOf(c), run.conversationId);
        return c.json(await detailOf(deps, run), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/agent-runs/{id}/cancel",
        summary: "End a question before it is answered",
        access: "operator",
        request: { params: IdParam },
        answer: RunSummaryView,
      }),
      async (c) => {
        const { _id } = await seenRun(deps, c, c.req.valid("param").id);
        return c.json(RunSummary.parse(await cancelRun(deps, actorOf(c), _id)), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/agent-runs/{id}/retry",
        summary: "Have a waiting run tried now, or a failed one asked once more",
        access: "operator",
        request: { params: IdParam },
        answer: RunSummaryView,
      }),
      async (c) => {
        const { _id } = await seenRun(deps, c, c.req.valid("param").id);
        return c.json(RunSummary.parse(await retryRun(deps, actorOf(c), _id)), 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/agent-runs/{id}/regenerate",
        summary: "Have a failed run asked once more, with a hint for Hermes",
        access: "operator",
        request: {
          params: IdParam,
          ...jsonBody(z.object({ hint: z.string().trim().min(1).max(2_000) })),
        },
        answer: RunSummaryView,
      }),
      async (c) => {
        const { _id } = await seenRun(deps, c, c.req.valid("param").id);
        const { hint } = c.req.valid("json");
        return c.json(RunSummary.parse(await retryWithHint(deps, actorOf(c), _id, hint)), 200);
      },
    );
}

async function detailOf(deps: ApiDeps, run: AgentRun): Promise<z.infer<typeof RunDetailView>> {
  const [questions, answer, lines] = await Promise.all([
    messageStore(deps.db).getMany(run.messageIds),
    run.outboundMessageId === null ? null : outboundStore(deps.db).find(run.outboundMessageId),
    auditStore(deps.db).listOf(run._id, mostLines),
  ]);
  const messages: StoredMessage[] = answer ? [...questions, answer] : questions;
  const names = await namesOf(
    deps.db,
    lines.map(({ actor }) => actor.id),
  );
  const timeline = timelineOf(run, messages, lines, names);
  return RunDetailView.parse({ run, timeline, messages });
}

function timelineOf(
  run: AgentRun,
  messages: readonly StoredMessage[],
  lines: readonly AuditLine[],
  names: Record<string, string>,
) {
  const steps: [Date | null | undefined, string][] = [
    ...messages.map((message): [Date | null, string] =>
      message.direction === "inbound" ? [message.receivedAt, "message.received"] : [null, ""],
    ),
    [run.createdAt, "run.began"],
    ...run.attempts.flatMap(({ startedAt, endedAt, class: came }): [Date, string][] => [
      [startedAt, "hermes.asked"],
      [endedAt, `hermes.${came}`],
    ]),
    [run.acceptedAt, "answer.accepted"],
    [run.status === "sent" ? null : run.completedAt, `run.${run.status}`],
  ];
  const own = steps.flatMap(([at, what]) => (at ? [{ at, what, by: null }] : []));
  const people = lines.map(({ at, action, actor }) => {
    return { at, what: action, by: names[actor.id] ?? actor.id };
  });
  return [...own, ...people].sort((a, b) => a.at.getTime() - b.at.getTime());
}
