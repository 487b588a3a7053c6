import { Hono } from "hono";
import { whenFirstAsked } from "#core/shared/when-first-asked.ts";
import { answerError } from "./answer-error.ts";
import type { ApiDeps } from "./app.ts";
import type { ApiEnv } from "./caller.ts";
import { newFrame } from "./frame.ts";
import { newRoutes } from "./routes.ts";

type Part = {
  /** The addresses that it answers; the first part in the list that names one answers. */
  at: readonly string[];
  routes: (deps: ApiDeps) => Promise<Hono<ApiEnv>>;
};

/**
 * The API of `createApp` in parts: the routes behind an address are imported when it is first asked
 * for, so that an instance answers sooner. What every request goes through is the same code.
 */
export function createFront(deps: ApiDeps): Hono {
  const front = new Hono();
  const answerBy = (at: readonly string[], make: () => Promise<Hono<ApiEnv>>) => {
    const app = whenFirstAsked(make);
    front.on("ALL", [...at], async (c) => (await app()).fetch(c.req.raw, c.env));
  };
  for (const { at, routes } of parts) {
    answerBy(at, async () => newFrame(deps).route("/", await routes(deps)));
  }
  answerBy(["/api/openapi.json", "/api/docs"], async () =>
    (await import("./app.ts")).createApp(deps),
  );
  answerBy(["*"], async () => newFrame(deps));
  front.onError((error, c) => answerError(deps, c, error));
  return front;
}

const parts: readonly Part[] = [
  { at: ["/api/health"], routes: async (deps) => (await import("./health.ts")).healthRoutes(deps) },
  {
    at: ["/api/me", "/api/sign-in", "/api/sign-out", "/api/invites/look", "/api/invites/accept"],
    routes: async (deps) => (await import("./parts/own.ts")).ownPart(deps),
  },
  {
    at: ["/api/users/*", "/api/invites", "/api/tokens/*"],
    routes: async (deps) => (await import("./parts/people.ts")).peoplePart(deps),
  },
  {
    at: ["/api/hermes/*", "/api/accounts/:id/hermes"],
    routes: async (deps) => (await import("./hermes.ts")).hermesRoutes(deps),
  },
  {
    at: ["/api/accounts/*", "/api/logins/*"],
    routes: async (deps) => (await import("./parts/bots.ts")).botPart(deps),
  },
  {
    at: ["/api/policies/*"],
    routes: async (deps) => (await import("./policies.ts")).policyRoutes(deps),
  },
  {
    at: ["/api/conversations/*", "/api/reviews/*"],
    routes: async (deps) => (await import("./parts/talks.ts")).talkPart(deps),
  },
  {
    at: ["/api/agent-runs/*", "/api/outbound/*", "/api/dead-jobs/*"],
    routes: async (deps) => (await import("./parts/work.ts")).workPart(deps),
  },
  {
    at: ["/api/audit/*", "/api/settings"],
    routes: async (deps) => (await import("./parts/trail.ts")).trailPart(deps),
  },
  {
    at: ["/api/statistics/*", "/api/cost"],
    routes: async (deps) => (await import("./parts/figures.ts")).figuresPart(deps),
  },
  {
    at: ["/rescan/*"],
    routes: async (deps) => {
      const { createRescanApp } = await import("./rescan.ts");
      return newRoutes().route("/rescan", createRescanApp(deps));
    },
  },
];
