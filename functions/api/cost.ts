import { z } from "@hono/zod-openapi";
import { AccountCost, readCost } from "#core/statistics/cost.ts";
import { prices } from "#core/statistics/prices.ts";
import { createMemory } from "#core/statistics/remember.ts";
import type { ApiDeps } from "./app.ts";
import { scopeOf } from "./caller.ts";
import { newRoutes, route } from "./routes.ts";
import { namedBy } from "./work-pages.ts";

/** A month is counted through once in this time, however many look at it. */
const lifeMs = 600_000;

/** What each bot took in a month, and what that costs by list prices. */
export function costRoutes(deps: ApiDeps) {
  const memory = createMemory<AccountCost[]>(deps.clock, lifeMs);
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/cost",
      summary: "Cost by bot in a month (UTC), by the price table of its date; at most 10 min old",
      access: "viewer",
      request: {
        query: z.object({
          /** The present one unless given. */
          month: z
            .string()
            .regex(/^20\d\d-(0[1-9]|1[0-2])$/)
            .optional(),
          /** The beginning of a bot's name or label; the total stays that of all. */
          q: z.string().max(100).optional(),
        }),
      },
      answer: z.object({
        month: z.string(),
        currency: z.string(),
        pricesAsOf: z.string(),
        totalUsd: z.number(),
        items: z.array(AccountCost),
        asOf: z.date(),
      }),
    }),
    async (c) => {
      const now = deps.clock.now();
      const { month: asked, q } = c.req.valid("query");
      const month = asked ?? now.toISOString().slice(0, 7);
      const from = new Date(`${month}-01T00:00:00.000Z`);
      const to = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
      const scope = scopeOf(c);
      const named = await namedBy(deps, q);
      const all = await memory.get(JSON.stringify([month, scope]), () =>
        readCost(deps.db, { from, to, now, scope }),
      );
      const items = all.filter(({ accountId }) => named?.accountIds.includes(accountId) ?? true);
      const totalUsd = all.reduce((sum, item) => sum + item.totalUsd, 0);
      const { currency, asOf: pricesAsOf } = prices;
      return c.json({ month, currency, pricesAsOf, totalUsd, items, asOf: now }, 200);
    },
  );
}
