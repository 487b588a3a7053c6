import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { AccountStatus, type Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { applySchedule } from "#core/accounts/apply-schedule.ts";
import * as change from "#core/accounts/change-account.ts";
import { createAccount } from "#core/accounts/create-account.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { settleAudit } from "#core/audit/record.ts";
import { defaultPolicyId } from "#core/policies/policy.ts";
import type { ApiDeps } from "./app.ts";
import { IdParam, jsonBody, route } from "./routes.ts";
import { AccountView, PageQuery, pageOf, toPage } from "./views.ts";

const NewAccountBody = z.object({
  name: z.string().trim().min(1).max(100),
  labels: z.array(z.string().trim().min(1).max(40)).max(20).default([]),
  owner: z.string().max(100).nullable().default(null),
  policyId: z.string().min(1).max(64).default(defaultPolicyId),
});

const actor: Actor = { kind: "operator", id: "api-token" };

type Verb = (deps: ApiDeps, actor: Actor, id: string) => Promise<Account>;

const verbs: readonly { path: string; summary: string; run: Verb }[] = [
  { path: "approve", summary: "Approve a scanned bot", run: change.approve },
  { path: "suspend", summary: "Stop its polling and answers at once", run: change.suspend },
  { path: "resume", summary: "Let a suspended bot work again", run: change.resume },
  { path: "start-polling", summary: "Start polling", run: change.startPolling },
  { path: "stop-polling", summary: "Stop polling", run: change.stopPolling },
  { path: "clean-up", summary: "Delete its login, messages and conversations", run: change.retire },
];

export function addAccountRoutes(app: OpenAPIHono, deps: ApiDeps): void {
  app.openapi(
    route({
      method: "post",
      path: "/api/accounts",
      summary: "Create a bot",
      request: jsonBody(NewAccountBody),
      answer: AccountView,
    }),
    async (c) => {
      const account = await createAccount(deps, actor, c.req.valid("json"));
      await settleAudit(deps, account);
      return c.json(AccountView.parse(account), 200);
    },
  );

  app.openapi(
    route({
      method: "get",
      path: "/api/accounts",
      summary: "List bots, the newest first",
      request: { query: PageQuery.extend({ status: AccountStatus.optional() }) },
      answer: pageOf(AccountView),
    }),
    async (c) => {
      const page = c.req.valid("query");
      const accounts = await accountStore(deps.db).list(page);
      return c.json(pageOf(AccountView).parse(toPage(accounts, page.limit)), 200);
    },
  );

  app.openapi(
    route({
      method: "get",
      path: "/api/accounts/{id}",
      summary: "Read a bot",
      request: { params: IdParam },
      answer: AccountView,
    }),
    async (c) => {
      const account = await accountStore(deps.db).get(c.req.valid("param").id);
      return c.json(AccountView.parse(account), 200);
    },
  );

  app.openapi(
    route({
      method: "put",
      path: "/api/accounts/{id}/policy",
      summary: "Choose what the bot may answer alone",
      request: {
        params: IdParam,
        ...jsonBody(z.object({ policyId: z.string().min(1).max(64) })),
      },
      answer: AccountView,
    }),
    async (c) => {
      const { policyId } = c.req.valid("json");
      const account = await change.setPolicy(deps, actor, c.req.valid("param").id, policyId);
      return c.json(AccountView.parse(account), 200);
    },
  );

  app.openapi(
    route({
      method: "put",
      path: "/api/accounts/{id}/echo-context-token",
      summary: "Choose whether bubbles carry the contact's context token",
      request: { params: IdParam, ...jsonBody(z.object({ echo: z.boolean() })) },
      answer: AccountView,
    }),
    async (c) => {
      const { echo } = c.req.valid("json");
      const account = await change.setEchoContextToken(deps, actor, c.req.valid("param").id, echo);
      return c.json(AccountView.parse(account), 200);
    },
  );

  for (const verb of verbs) addVerb(app, deps, verb);
}

function addVerb(app: OpenAPIHono, deps: ApiDeps, verb: (typeof verbs)[number]): void {
  app.openapi(
    route({
      method: "post",
      path: `/api/accounts/{id}/${verb.path}`,
      summary: verb.summary,
      request: { params: IdParam },
      answer: AccountView,
    }),
    async (c) => {
      const account = await verb.run(deps, actor, c.req.valid("param").id);
      await tryApplySchedule(deps, account);
      return c.json(AccountView.parse(account), 200);
    },
  );
}

/** What Scheduler does not take now, the retry Lambda brings there within a minute. */
async function tryApplySchedule(deps: ApiDeps, account: Account): Promise<void> {
  try {
    await applySchedule(deps, account);
  } catch (error) {
    deps.log.warn("schedule.not_applied", { accountId: account._id }, error);
  }
}
