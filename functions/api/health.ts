import { z } from "@hono/zod-openapi";
import { newRoutes, route } from "./routes.ts";

/** Whether the api answers; an instance that does has a database as new as its code. */
export function healthRoutes() {
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/health",
      summary: "Read whether the api answers",
      access: "public",
      request: {},
      answer: z.object({ status: z.literal("ok") }),
    }),
    (c) => c.json({ status: "ok" as const }, 200),
  );
}
