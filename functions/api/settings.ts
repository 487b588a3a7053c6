import { z } from "@hono/zod-openapi";
import { SeenByFunction, seenSettingsStore } from "#core/settings/seen-settings.ts";
import type { ApiDeps } from "./app.ts";
import { newRoutes, route } from "./routes.ts";

const functionNames = ["poll", "agent", "retry", "api"] as const;

const SeenView = SeenByFunction.extend({
  functionName: z.enum(functionNames),
  /** null: the function has not started since it is deployed. */
  seenAt: z.date().nullable(),
}).openapi("SeenSettings");

/** The settings as the functions themselves see them. */
export function settingsRoutes(deps: ApiDeps) {
  return newRoutes().openapi(
    route({
      method: "get",
      path: "/api/settings",
      summary: "Read the settings as each function saw them when it last started; no secrets",
      access: "owner",
      request: {},
      answer: z.object({ items: z.array(SeenView) }),
    }),
    async (c) => {
      const seen = await seenSettingsStore(deps.db).list(functionNames);
      const items = functionNames.map((functionName) => {
        const found = seen.find((each) => each.functionName === functionName);
        return { settings: [], seenAt: null, ...found, functionName };
      });
      return c.json({ items }, 200);
    },
  );
}
