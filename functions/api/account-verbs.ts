import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { applySchedule } from "#core/accounts/apply-schedule.ts";
import * as change from "#core/accounts/change-account.ts";
import { CleanUpPreview, previewCleanUp } from "#core/accounts/preview-clean-up.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf, type Access, type ApiEnv } from "./caller.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { AccountView } from "./views.ts";

/** Why a scanned bot is turned away. */
export const Reason = z.string().trim().min(1).max(500);
const PolicyId = z.string().min(1).max(64);

/** What people do with a bot: approve, reject, start, stop, suspend, resume, clean up. */
export function accountVerbRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "put",
        path: "/api/accounts/{id}/policy",
        summary: "Choose what the bot may answer alone",
        access: "operator",
        request: { params: IdParam, ...jsonBody(z.object({ policyId: PolicyId })) },
        answer: AccountView,
      }),
      async (c) => {
        const { policyId } = c.req.valid("json");
        return answerVerb(deps, c, c.req.valid("param").id, (ready, actor, id) =>
          change.setPolicy(ready, actor, id, policyId),
        );
      },
    )
    .openapi(
      route({
        method: "put",
        path: "/api/accounts/{id}/echo-context-token",
        summary: "Choose whether bubbles carry the contact's context token",
        access: "operator",
        request: { params: IdParam, ...jsonBody(z.object({ echo: z.boolean() })) },
        answer: AccountView,
      }),
      async (c) => {
        const { echo } = c.req.valid("json");
        return answerVerb(deps, c, c.req.valid("param").id, (ready, actor, id) =>
          change.setEchoContextToken(ready, actor, id, echo),
        );
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/accounts/{id}/approve",
        summary: "Approve a scanned bot, under the policy that it has or another",
        access: "operator",
        request: {
          params: IdParam,
          body: {
            required: false,
            content: {
              "application/json": { schema: z.object({ policyId: PolicyId.optional() }) },
            },
          },
        },
        answer: AccountView,
      }),
      async (c) => {
        const { policyId } = c.req.valid("json") ?? {};
        return answerVerb(deps, c, c.req.valid("param").id, (ready, actor, id) =>
          change.approve(ready, actor, id, policyId),
        );
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/accounts/{id}/reject",
        summary: "Turn a scanned bot away; it is cleaned up, the reason stays",
        access: "operator",
        request: { params: IdParam, ...jsonBody(z.object({ reason: Reason })) },
        answer: AccountView,
      }),
      async (c) => {
        const { reason } = c.req.valid("json");
        return answerVerb(deps, c, c.req.valid("param").id, (ready, actor, id) =>
          change.reject(ready, actor, id, reason),
        );
      },
    )
    .openapi(
      verbRoute("/api/accounts/{id}/suspend", "Stop its polling and answers at once", "operator"),
      (c) => answerVerb(deps, c, c.req.valid("param").id, change.suspend),
    )
    .openapi(
      verbRoute("/api/accounts/{id}/resume", "Let a suspended bot work again", "operator"),
      (c) => answerVerb(deps, c, c.req.valid("param").id, change.resume),
    )
    .openapi(verbRoute("/api/accounts/{id}/start-polling", "Start polling", "operator"), (c) =>
      answerVerb(deps, c, c.req.valid("param").id, change.startPolling),
    )
    .openapi(verbRoute("/api/accounts/{id}/stop-polling", "Stop polling", "operator"), (c) =>
      answerVerb(deps, c, c.req.valid("param").id, change.stopPolling),
    )
    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}/clean-up",
        summary: "Count what a clean-up would take away",
        access: "owner",
        request: { params: IdParam },
        answer: CleanUpPreview,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        await requireInScope(deps.db, scopeOf(c), id);
        await accountStore(deps.db).get(id);
        return c.json(await previewCleanUp(deps.db, id), 200);
      },
    )
    .openapi(
      verbRoute(
        "/api/accounts/{id}/clean-up",
        "Delete its login, messages and conversations",
        "owner",
      ),
      (c) => answerVerb(deps, c, c.req.valid("param").id, change.retire),
    );
}

function verbRoute<const Path extends string>(path: Path, summary: string, access: Access) {
  const request = { params: IdParam };
  return route({ method: "post", path, summary, access, request, answer: AccountView });
}

type Verb = (deps: ApiDeps, actor: Actor, id: string) => Promise<Account>;

async function answerVerb(deps: ApiDeps, c: Context<ApiEnv>, id: string, run: Verb) {
  await requireInScope(deps.db, scopeOf(c), id);
  const account = await run(deps, actorOf(c), id);
  await tryApplySchedule(deps, account);
  return c.json(AccountView.parse(account), 200);
}

/** What Scheduler does not take now, the retry Lambda brings there within a minute. */
export async function tryApplySchedule(deps: ApiDeps, account: Account): Promise<void> {
  try {
    await applySchedule(deps, account);
  } catch (error) {
    deps.log.warn("schedule.not_applied", { accountId: account._id }, error);
  }
}
