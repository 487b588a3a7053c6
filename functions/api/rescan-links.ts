import { z } from "@hono/zod-openapi";
import { handOutRescanLink } from "#core/alerts/make-rescan-link.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf } from "./caller.ts";
import { IdParam, newRoutes, route } from "./routes.ts";

const RescanLinkView = z
  .object({
    /** Where the bot's owner scans; shown only this once. */
    url: z.url(),
    expiresAt: z.date(),
  })
  .openapi("RescanLink");

/** Links that lead a bot's owner to a new scan. */
export function rescanLinkRoutes(deps: ApiDeps) {
  return newRoutes().openapi(
    route({
      method: "post",
      path: "/api/accounts/{id}/rescan-links",
      summary: "Make a link by which the owner of a bot scans again after its login expired",
      access: "operator",
      request: { params: IdParam },
      answer: RescanLinkView,
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      await requireInScope(deps.db, scopeOf(c), id);
      const link = await handOutRescanLink(deps, actorOf(c), id);
      return c.json(RescanLinkView.parse(link), 200);
    },
  );
}
