import { timingSafeEqual, createHash } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import type { AccountSchedules } from "#core/schedules/account-schedules.ts";
import type { AgentQueue } from "#core/queue/agent-queue.ts";
import type { PollStarter } from "#core/schedules/poll-starter.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import { addAccountRoutes } from "./accounts.ts";
import { addListRoutes } from "./lists.ts";
import { addLoginRoutes } from "./logins.ts";
import { addRescanLinkRoutes } from "./rescan-links.ts";
import { createRescanApp } from "./rescan.ts";

export type ApiDeps = Deps<"api" | "links" | "reviews" | "wechat" | "credentials" | "login"> & {
  queue: AgentQueue;
  schedules: AccountSchedules;
  pollStarter: PollStarter;
};

const statusOf = { invalid: 400, unauthorized: 401, not_found: 404, conflict: 409 } as const;
const mostBodyBytes = 64 * 1024;

/** The management API. Its OpenAPI document is at `/api/openapi.json`. */
export function createApp(deps: ApiDeps) {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const complaints = result.error.issues.map(
        ({ path, message }) => `${path.join(".")}: ${message}`,
      );
      throw new RequestError(
        "invalid",
        "request.invalid",
        `The request is not as described, nothing was changed. ${complaints.join("; ")}`,
      );
    },
  });
  app.use(secureHeaders());
  app.use(bodyLimit({ maxSize: mostBodyBytes }));
  app.get("/api/health", (c) => c.json({ status: "ok" }));
  app.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: { title: "WeChat ClawBot Hub", version: "1" },
  });
  app.use("/api/*", async (c, next) => {
    checkToken(c, deps.settings.api.API_TOKEN);
    await next();
  });
  addAccountRoutes(app, deps);
  addLoginRoutes(app, deps);
  addRescanLinkRoutes(app, deps);
  addListRoutes(app, deps);
  app.route("/rescan", createRescanApp(deps));
  app.notFound((c) =>
    problem(c, 404, "route.unknown", "There is no such address; /api/openapi.json lists them."),
  );
  app.onError((error, c) => answerError(deps, c, error));
  return app;
}

function checkToken(c: Context, token: string): void {
  const given = c.req.header("authorization")?.replace(/^Bearer /i, "") ?? "";
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw new RequestError(
    "unauthorized",
    "token.wrong",
    "This needs the API token: send it as `Authorization: Bearer …`.",
  );
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function answerError(deps: ApiDeps, c: Context, error: Error) {
  if (error instanceof RequestError) {
    return problem(c, statusOf[error.reason], error.code, error.message);
  }
  if (error instanceof WechatRefusedError) {
    deps.log.warn("api.wechat_refused", { method: error.method, code: error.code });
    return problem(
      c,
      502,
      "wechat.refused",
      `WeChat said no (code ${error.code}). Try again later.`,
    );
  }
  if (error instanceof WechatUnreachableError) {
    deps.log.warn("api.wechat_unreachable", { method: error.method, kind: error.kind });
    return problem(c, 502, "wechat.unreachable", "WeChat did not answer. Try again in a minute.");
  }
  deps.log.error("api.failed", { path: c.req.routePath, requestId: requestId(c) }, error);
  return problem(
    c,
    500,
    "hub.fault",
    "The hub made a mistake; it may have done part of it. Look again, and give the request id to whoever runs the hub.",
  );
}

function problem(
  c: Context,
  status: 400 | 401 | 404 | 409 | 500 | 502,
  code: string,
  message: string,
) {
  return c.json({ error: { code, message, requestId: requestId(c) } }, status);
}

function requestId(c: Context): string {
  return c.req.header("x-amzn-trace-id") ?? crypto.randomUUID();
}
