import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AccountStatus, type Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { applySchedule } from "#core/accounts/apply-schedule.ts";
import * as change from "#core/accounts/change-account.ts";
import { createAccount } from "#core/accounts/create-account.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { settleAudit } from "#core/audit/record.ts";
import { defaultPolicyId } from "#core/policies/policy.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf, type ApiEnv, type Access } from "./caller.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { AccountView, PageQuery, pageOf, toPage } from "./views.ts";

const NewAccountBody = z.object({
  name: z.string().trim().min(1).max(100),
  labels: z.array(z.string().trim().min(1).max(40)).max(20).default([]),
  owner: z.string().max(100).nullable().default(null),
  policyId: z.string().min(1).max(64).default(defaultPolicyId),
});

/** Bots: create, look at, approve, start, stop, suspend and clean up. */
export function accountRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "post",
        path: "/api/accounts",
        summary: "Create a bot",
        access: "operator",
        request: jsonBody(NewAccountBody),
        answer: AccountView,
      }),
      async (c) => {
        const account = await createAccount(deps, actorOf(c), c.req.valid("json"));
        await settleAudit(deps, account);
        return c.json(AccountView.parse(account), 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/accounts",
        summary: "List bots, the newest first",
        access: "viewer",
        request: { query: PageQuery.extend({ status: AccountStatus.optional() }) },
        answer: pageOf(AccountView),
      }),
      async (c) => {
        const page = c.req.valid("query");
        const accounts = await accountStore(deps.db).list({ ...page, scope: scopeOf(c) });
        return c.json(pageOf(AccountView).parse(toPage(accounts, page.limit)), 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}",
        summary: "Read a bot",
        access: "viewer",
        request: { params: IdParam },
        answer: AccountView,
      }),
      async (c) => {
        const id = await idInScope(deps, c, c.req.valid("param").id);
        return c.json(AccountView.parse(await accountStore(deps.db).get(id)), 200);
      },
    )
    .openapi(
      route({
        method: "put",
        path: "/api/accounts/{id}/policy",
        summary: "Choose what the bot may answer alone",
        access: "operator",
        request: {
          params: IdParam,
          ...jsonBody(z.object({ policyId: z.string().min(1).max(64) })),
        },
        answer: AccountView,
      }),
      async (c) => {
        const id = await idInScope(deps, c, c.req.valid("param").id);
        const { policyId } = c.req.valid("json");
        const account = await change.setPolicy(deps, actorOf(c), id, policyId);
        return c.json(AccountView.parse(account), 200);
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
        const id = await idInScope(deps, c, c.req.valid("param").id);
        const { echo } = c.req.valid("json");
        const account = await change.setEchoContextToken(deps, actorOf(c), id, echo);
        return c.json(AccountView.parse(account), 200);
      },
    )
    .openapi(verbRoute("/api/accounts/{id}/approve", "Approve a scanned bot", "operator"), (c) =>
      answerVerb(deps, c, c.req.valid("param").id, change.approve),
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

async function answerVerb(deps: ApiDeps, c: Context<ApiEnv>, given: string, run: Verb) {
  const account = await run(deps, actorOf(c), await idInScope(deps, c, given));
  await tryApplySchedule(deps, account);
  return c.json(AccountView.parse(account), 200);
}

/** The id again, when the caller may see this account. */
async function idInScope(deps: ApiDeps, c: Context<ApiEnv>, id: string): Promise<string> {
  await requireInScope(deps.db, scopeOf(c), id);
  return id;
}

/** What Scheduler does not take now, the retry Lambda brings there within a minute. */
async function tryApplySchedule(deps: ApiDeps, account: Account): Promise<void> {
  try {
    await applySchedule(deps, account);
  } catch (error) {
    deps.log.warn("schedule.not_applied", { accountId: account._id }, error);
  }
}
