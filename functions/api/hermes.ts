import { z } from "@hono/zod-openapi";
import { removeOwnHermes, setOwnHermes } from "#core/agent-runs/own-hermes.ts";
import { HermesCalls, pauseCalls, resumeCalls } from "#core/agent-runs/pause-calls.ts";
import { askTestQuestion } from "#core/agent-runs/test-question.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import { HermesState, readHermesState } from "#core/statistics/hermes-state.ts";
import { createMemory } from "#core/statistics/remember.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf } from "./caller.ts";
import { mustSeeAllBots } from "./policies.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { AccountView } from "./views.ts";

const lifeMs = 10_000;

const OwnHermesBody = z.object({
  baseUrl: z.string().min(1).max(500),
  profile: z.string().min(1).max(64).nullable().optional(),
  model: z.string().min(1).max(200).nullable().optional(),
  /** Never shown again; may be left out where the host stays. */
  apiKey: z.string().min(1).max(500).optional(),
  extraHeaders: z.record(z.string().max(100), z.string().max(2_000)).optional(),
});

const TestQuestion = z.object({
  question: z.string().trim().min(1).max(2_000),
  /** Asks this bot's own Hermes, where it has one. */
  accountId: z.string().max(64).nullable().default(null),
});
const TestAnswer = z.object({
  answered: z.boolean(),
  text: z.string().nullable(),
  failure: z.object({ class: z.string(), row: z.string(), cause: z.string() }).nullable(),
  milliseconds: z.number(),
});

/** How each Hermes is, the switch that pauses all calls, a test question, and bots' own Hermes. */
export function hermesRoutes(deps: ApiDeps) {
  const memory = createMemory<HermesState>(deps.clock, lifeMs);
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/hermes",
        summary: "How each Hermes is: reachability, places, latency, backlog; at most 10 s old",
        access: "viewer",
        request: {},
        answer: HermesState.extend({ asOf: z.date() }),
      }),
      async (c) => {
        const scope = scopeOf(c);
        const state = await memory.get(JSON.stringify(scope), () => readHermesState(deps, scope));
        return c.json({ ...state, asOf: deps.clock.now() }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/hermes/pause",
        summary: "Have nobody ask Hermes until it is resumed; questions wait",
        access: "operator",
        request: jsonBody(z.object({ reason: z.string().trim().min(1).max(500) })),
        answer: HermesCalls,
      }),
      async (c) => {
        mustSeeAllBots(c);
        const { reason } = c.req.valid("json");
        const calls = await pauseCalls(deps, actorOf(c), reason);
        memory.forget();
        return c.json(calls, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/hermes/resume",
        summary: "Let Hermes be asked again; what waits is taken up within minutes",
        access: "operator",
        request: {},
        answer: HermesCalls,
      }),
      async (c) => {
        mustSeeAllBots(c);
        const calls = await resumeCalls(deps, actorOf(c));
        memory.forget();
        return c.json(calls, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/hermes/test-question",
        summary: "Ask Hermes something in a session of its own",
        access: "operator",
        request: jsonBody(TestQuestion),
        answer: TestAnswer,
      }),
      async (c) => {
        const asked = c.req.valid("json");
        if (asked.accountId !== null) await requireInScope(deps.db, scopeOf(c), asked.accountId);
        return c.json(await askTestQuestion(deps, actorOf(c), asked), 200);
      },
    )
    .openapi(
      route({
        method: "put",
        path: "/api/accounts/{id}/hermes",
        summary: "Give a bot a Hermes of its own",
        access: "owner",
        request: { params: IdParam, ...jsonBody(OwnHermesBody) },
        answer: AccountView,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        const { profile = null, model = null, baseUrl, apiKey, extraHeaders } = c.req.valid("json");
        await requireInScope(deps.db, scopeOf(c), id);
        const account = await setOwnHermes(deps, actorOf(c), id, {
          baseUrl,
          profile,
          model,
          ...(apiKey === undefined ? {} : { apiKey }),
          ...(extraHeaders === undefined ? {} : { extraHeaders }),
        });
        return c.json(AccountView.parse(account), 200);
      },
    )
    .openapi(
      route({
        method: "delete",
        path: "/api/accounts/{id}/hermes",
        summary: "Have the Hermes of the settings answer for a bot again",
        access: "owner",
        request: { params: IdParam },
        answer: AccountView,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        await requireInScope(deps.db, scopeOf(c), id);
        return c.json(AccountView.parse(await removeOwnHermes(deps, actorOf(c), id)), 200);
      },
    );
}
