import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { answerError, problem } from "./answer-error.ts";
import type { ApiDeps } from "./app.ts";
import { findCaller, type ApiEnv } from "./caller.ts";
import { newRoutes } from "./routes.ts";

const mostBodyBytes = 64 * 1024;

/**
 * What every request goes through, whichever part of the api answers it: headers, the limit of a body,
 * who calls, and the one shape of what cannot be served. Routes are added to it.
 */
export function newFrame(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.use(secureHeaders());
  app.use(bodyLimit({ maxSize: mostBodyBytes }));
  app.use("/api/*", harmlessAnswers);
  app.use("/api/*", async (c, next) => {
    await next();
    c.header("x-hub-version", deps.settings.api.HUB_VERSION);
  });
  app.use("/api/*", async (c, next) => {
    c.set("caller", await findCaller(deps, c));
    await next();
  });
  app.notFound((c) =>
    problem(c, 404, {
      code: "route.unknown",
      message: "There is no such address.",
      whatToDo: "/api/openapi.json lists them.",
    }),
  );
  app.onError((error, c) => answerError(deps, c, error));
  return app;
}

/** No answer is kept by anybody between, and none can do anything if a browser takes it for a page. */
const harmlessAnswers: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
  if (c.res.headers.has("content-security-policy")) return;
  c.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
};
