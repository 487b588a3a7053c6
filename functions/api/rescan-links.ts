import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { handOutRescanLink } from "#core/alerts/make-rescan-link.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import type { ApiDeps } from "./app.ts";
import { IdParam, route } from "./routes.ts";

const actor: Actor = { kind: "operator", id: "api-token" };

const RescanLinkView = z
  .object({
    /** Where the bot's owner scans; shown only this once. */
    url: z.url(),
    expiresAt: z.date(),
  })
  .openapi("RescanLink");

export function addRescanLinkRoutes(app: OpenAPIHono, deps: ApiDeps): void {
  app.openapi(
    route({
      method: "post",
      path: "/api/accounts/{id}/rescan-links",
      summary: "Make a link by which the owner of a bot scans again after its login expired",
      request: { params: IdParam },
      answer: RescanLinkView,
    }),
    async (c) => {
      const link = await handOutRescanLink(deps, actor, c.req.valid("param").id);
      return c.json(RescanLinkView.parse(link), 200);
    },
  );
}
