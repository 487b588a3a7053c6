import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "./app.ts";
import { newRoutes, route } from "./routes.ts";

/** Whether the api answers; an instance that does has a database as new as its code. */
export function healthRoutes({ settings }: Pick<ApiDeps, "settings">) {
  const answer = { status: "ok" as const, version: settings.api.HUB_VERSION };
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/health",
      summary: "Read whether the api answers, and which version of it",
      access: "public",
      request: {},
      answer: z.object({
        status: z.literal("ok"),
        /** Another one than before: the api was changed, and a console of before may not fit it. */
        version: z.string(),
      }),
    }),
    (c) => c.json(answer, 200),
  );
}
