import { z } from "@hono/zod-openapi";
import { accountIdsIn } from "#core/accounts/scope.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { Latency, latencyOf, listTimed } from "#core/statistics/latency.ts";
import { Overview, readOverview } from "#core/statistics/overview.ts";
import { createMemory } from "#core/statistics/remember.ts";
import { HourOfSeries, readSeries } from "#core/statistics/series.ts";
import type { ApiDeps } from "./app.ts";
import { scopeOf } from "./caller.ts";
import { newRoutes, route } from "./routes.ts";
import { botsOf, namedBy } from "./work-pages.ts";

const overviewLifeMs = 10_000;
const seriesLifeMs = 60_000;
const hoursOf = { "24h": 24, "7d": 168 } as const;

const Range = z.object({ range: z.enum(["24h", "7d"]).default("24h") });
const AccountLatency = Latency.extend({ accountId: z.string(), name: z.string() });

/** How much there is to do and how fast it goes; read afresh after some seconds, whoever asks. */
export function statisticsRoutes(deps: ApiDeps) {
  const overviews = createMemory<Overview>(deps.clock, overviewLifeMs);
  const series = createMemory<HourOfSeries[]>(deps.clock, seriesLifeMs);
  const latencies = createMemory<z.infer<typeof AccountLatency>[]>(deps.clock, seriesLifeMs);
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/statistics/overview",
        summary: "Tiles, what needs a person now, and the first steps; at most 10 s old",
        access: "viewer",
        request: {},
        answer: Overview.extend({ asOf: z.date() }),
      }),
      async (c) => {
        const scope = scopeOf(c);
        const now = deps.clock.now();
        const overview = await overviews.get(JSON.stringify(scope), () =>
          readOverview(deps.db, { scope, now }),
        );
        return c.json({ ...overview, asOf: now }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/statistics/series",
        summary: "Messages in, answered, held, waiting and failed by hour; at most a minute old",
        access: "viewer",
        request: { query: Range },
        answer: z.object({ items: z.array(HourOfSeries), asOf: z.date() }),
      }),
      async (c) => {
        const scope = scopeOf(c);
        const now = deps.clock.now();
        const hours = hoursOf[c.req.valid("query").range];
        const items = await series.get(JSON.stringify([hours, scope]), async () =>
          readSeries(deps.db, { hours, now, accountIds: await accountIdsIn(deps.db, scope) }),
        );
        return c.json({ items, asOf: now }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/statistics/accounts",
        summary: "How fast each bot answers, over the newest five thousand runs of the range",
        access: "viewer",
        request: {
          query: Range.extend({
            /** The beginning of a bot's name or label. */
            q: z.string().max(100).optional(),
          }),
        },
        answer: z.object({ items: z.array(AccountLatency), asOf: z.date() }),
      }),
      async (c) => {
        const scope = scopeOf(c);
        const now = deps.clock.now();
        const { range, q } = c.req.valid("query");
        const hours = hoursOf[range];
        const all = await latencies.get(JSON.stringify([hours, scope]), async () => {
          const since = plusSeconds(now, -hours * 3_600);
          const accountIds = await accountIdsIn(deps.db, scope);
          const runs = await listTimed(deps.db, { since, accountIds });
          const names = await botsOf(deps, runs);
          return [...Map.groupBy(runs, ({ accountId }) => accountId)]
            .map(([accountId, of]) => {
              return { accountId, name: names[accountId]?.name ?? accountId, ...latencyOf(of) };
            })
            .toSorted((a, b) => b.runs - a.runs);
        });
        const named = await namedBy(deps, q);
        const items = all.filter(({ accountId }) => named?.accountIds.includes(accountId) ?? true);
        return c.json({ items, asOf: now }, 200);
      },
    );
}
