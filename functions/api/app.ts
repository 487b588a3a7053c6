import type { AgentQueue } from "#core/queue/agent-queue.ts";
import type { AccountSchedules } from "#core/schedules/account-schedules.ts";
import type { PollStarter } from "#core/schedules/poll-starter.ts";
import type { Deps } from "#core/shared/deps.ts";
import { sessionCookie } from "./caller.ts";
import { answerDocs } from "./docs.ts";
import { newFrame } from "./frame.ts";
import { healthRoutes } from "./health.ts";
import { hermesRoutes } from "./hermes.ts";
import { botPart } from "./parts/bots.ts";
import { figuresPart } from "./parts/figures.ts";
import { ownPart } from "./parts/own.ts";
import { peoplePart } from "./parts/people.ts";
import { talkPart } from "./parts/talks.ts";
import { trailPart } from "./parts/trail.ts";
import { workPart } from "./parts/work.ts";
import { policyRoutes } from "./policies.ts";
import { createRescanApp } from "./rescan.ts";

export type ApiDeps = Deps<
  "api" | "links" | "reviews" | "wechat" | "credentials" | "login" | "hermes" | "ownHermes"
> & {
  queue: AgentQueue;
  schedules: AccountSchedules;
  pollStarter: PollStarter;
};

/**
 * The whole management API: its OpenAPI document at `/api/openapi.json`, the types of its client, and
 * what tests ask. Lambda answers by the same routes in parts (`front.ts`).
 */
export function createApp(deps: ApiDeps) {
  const app = newFrame(deps);
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
  app.route("/rescan", createRescanApp(deps));
  return app
    .route("/", healthRoutes(deps))
    .route("/", ownPart(deps))
    .route("/", peoplePart(deps))
    .route("/", trailPart(deps))
    .route("/", botPart(deps))
    .route("/", talkPart(deps))
    .route("/", workPart(deps))
    .route("/", policyRoutes(deps))
    .route("/", hermesRoutes(deps))
    .route("/", figuresPart(deps));
}

const describedAs = {
  openapi: "3.1.0",
  info: { title: "WeChat ClawBot Hub", version: "1" },
};

/** All routes with what they take and give, for `hc<Api>` of hono/client. */
export type Api = ReturnType<typeof createApp>;
