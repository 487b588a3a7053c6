import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import type { AgentQueue } from "#core/queue/agent-queue.ts";
import type { AccountSchedules } from "#core/schedules/account-schedules.ts";
import type { PollStarter } from "#core/schedules/poll-starter.ts";
import type { Deps } from "#core/shared/deps.ts";
import { accountRoutes } from "./accounts.ts";
import { accountVerbRoutes } from "./account-verbs.ts";
import { answerError, problem } from "./answer-error.ts";
import { findCaller, sessionCookie } from "./caller.ts";
import { auditRoutes } from "./audit.ts";
import { answerDocs } from "./docs.ts";
import { healthRoutes } from "./health.ts";
import { settingsRoutes } from "./settings.ts";
import { signInRoutes } from "./sign-in.ts";
import { meRoutes } from "./me.ts";
import { tokenRoutes } from "./tokens.ts";
import { userRoutes } from "./users.ts";
import { conversationRoutes } from "./conversations.ts";
import { costRoutes } from "./cost.ts";
import { hermesRoutes } from "./hermes.ts";
import { statisticsRoutes } from "./statistics.ts";
import { deadJobRoutes } from "./dead-jobs.ts";
import { outboundRoutes } from "./outbound.ts";
import { policyRoutes } from "./policies.ts";
import { reviewRoutes } from "./reviews.ts";
import { runRoutes } from "./runs.ts";
import { listRoutes } from "./lists.ts";
import { loginRoutes } from "./logins.ts";
import { rescanLinkRoutes } from "./rescan-links.ts";
import { createRescanApp } from "./rescan.ts";
import { newRoutes } from "./routes.ts";

export type ApiDeps = Deps<
  "api" | "links" | "reviews" | "wechat" | "credentials" | "login" | "hermes" | "ownHermes"
> & {
  queue: AgentQueue;
  schedules: AccountSchedules;
  pollStarter: PollStarter;
};

const mostBodyBytes = 64 * 1024;

/** The management API. Its OpenAPI document is at `/api/openapi.json`. */
export function createApp(deps: ApiDeps) {
  const app = newRoutes();
  app.use(secureHeaders());
  app.use(bodyLimit({ maxSize: mostBodyBytes }));
  app.use("/api/*", harmlessAnswers);
  app.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: sessionCookie,
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
  });
  app.doc31("/api/openapi.json", describedAs);
  app.get("/api/docs", (c) => answerDocs(c, app.getOpenAPI31Document(describedAs)));
  app.use("/api/*", async (c, next) => {
    c.set("caller", await findCaller(deps, c));
    await next();
  });
  app.route("/rescan", createRescanApp(deps));
  app.notFound((c) =>
    problem(c, 404, {
      code: "route.unknown",
      message: "There is no such address.",
      whatToDo: "/api/openapi.json lists them.",
    }),
  );
  app.onError((error, c) => answerError(deps, c, error));
  return app
    .route("/", healthRoutes())
    .route("/", signInRoutes(deps))
    .route("/", meRoutes(deps))
    .route("/", userRoutes(deps))
    .route("/", tokenRoutes(deps))
    .route("/", auditRoutes(deps))
    .route("/", settingsRoutes(deps))
    .route("/", accountRoutes(deps))
    .route("/", accountVerbRoutes(deps))
    .route("/", loginRoutes(deps))
    .route("/", rescanLinkRoutes(deps))
    .route("/", conversationRoutes(deps))
    .route("/", reviewRoutes(deps))
    .route("/", runRoutes(deps))
    .route("/", outboundRoutes(deps))
    .route("/", deadJobRoutes(deps))
    .route("/", listRoutes(deps))
    .route("/", policyRoutes(deps))
    .route("/", hermesRoutes(deps))
    .route("/", statisticsRoutes(deps))
    .route("/", costRoutes(deps));
}

const describedAs = {
  openapi: "3.1.0",
  info: { title: "WeChat ClawBot Hub", version: "1" },
};

/** No answer is kept by anybody between, and none can do anything if a browser takes it for a page. */
const harmlessAnswers: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
  if (c.res.headers.has("content-security-policy")) return;
  c.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
};

/** All routes with what they take and give, for `hc<Api>` of hono/client. */
export type Api = ReturnType<typeof createApp>;
