import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AccountHealth, readHealth } from "#core/accounts/account-health.ts";
import { AccountStatus, type Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import * as change from "#core/accounts/change-account.ts";
import { createAccount } from "#core/accounts/create-account.ts";
import {
  accountSorts,
  LabelCount,
  listAccounts,
  listLabels,
} from "#core/accounts/list-accounts.ts";
import { findNamesakes, Namesake } from "#core/accounts/find-duplicates.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import { settleAudit } from "#core/audit/record.ts";
import { defaultPolicyId } from "#core/policies/policy.ts";
import { RequestError } from "#core/shared/errors.ts";
import { bearsName } from "#core/shared/search-keys.ts";
import { Reason, tryApplySchedule } from "./account-verbs.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf, type ApiEnv } from "./caller.ts";
import { eachOf } from "./each-of.ts";
import { createdUnder } from "./idempotency-key.ts";
import { CursorQuery, listOf } from "./pages.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { AccountView } from "./views.ts";

const Name = z.string().trim().min(1).max(100);
const Labels = z.array(z.string().trim().min(1).max(40)).max(20);
const Owner = z.string().max(100).nullable();

const NewAccountBody = z.object({
  name: Name,
  labels: Labels.default([]),
  owner: Owner.default(null),
  policyId: z.string().min(1).max(64).default(defaultPolicyId),
});

const ChangeBody = z.object({
  name: Name.optional(),
  labels: Labels.optional(),
  owner: Owner.optional(),
});

const ListQuery = CursorQuery.extend({
  cursor: z.string().max(400).optional(),
  status: AccountStatus.optional(),
  label: z.string().max(40).optional(),
  policyId: z.string().max(64).optional(),
  polling: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  /** The beginning of a name, of a word in it or of a label. */
  q: z.string().max(100).optional(),
  sort: z.enum(accountSorts).default("newest"),
  /** `asOf` of an earlier answer: only what changed since; merge it by `_id`. */
  since: z.iso.datetime({ offset: true }).optional(),
});

const DuplicatesQuery = z.object({
  /** Up to 200 ids with commas between. */
  ids: z
    .string()
    .max(8_000)
    // An address is no longer than some 16,000 bytes, and other letters take up to nine each.
    .regex(/^[\w,]*$/)
    .transform((text) => text.split(",").filter((id) => id !== ""))
    .pipe(z.array(z.string().max(64)).min(1).max(200)),
});

export const ListedAccount = AccountView.extend({ health: AccountHealth }).openapi("ListedAccount");

const bulkVerbs = [
  "approve",
  "reject",
  "suspend",
  "resume",
  "start-polling",
  "stop-polling",
  "set-policy",
] as const;

const BulkBody = z
  .object({
    verb: z.enum(bulkVerbs),
    ids: z.array(z.string().min(1).max(64)).min(1).max(200),
    /** For `set-policy`, and for `approve` where another is to be given. */
    policyId: z.string().min(1).max(64).optional(),
    /** For `reject`. */
    reason: Reason.optional(),
  })
  .refine(({ verb, reason }) => verb !== "reject" || reason !== undefined, {
    error: "reject needs a reason",
  })
  .refine(({ verb, policyId }) => verb !== "set-policy" || policyId !== undefined, {
    error: "set-policy needs a policyId",
  });
type Bulk = z.infer<typeof BulkBody>;

const BulkResults = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      done: z.boolean(),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
});

/** Bots: create, find, name, and change many at once. */
export function accountRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "post",
        path: "/api/accounts",
        summary: "Create a bot; a repeat with the same Idempotency-Key gives the one that is there",
        access: "operator",
        request: jsonBody(NewAccountBody),
        answer: AccountView,
      }),
      async (c) => {
        const wanted = c.req.valid("json");
        mayLabel(c, [], wanted.labels);
        const account = await createAccount(deps, actorOf(c), {
          ...wanted,
          createdUnder: createdUnder(c),
        });
        await settleAudit(deps, account);
        return c.json(AccountView.parse(account), 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/accounts",
        summary: "List bots with how they fare",
        access: "viewer",
        request: { query: ListQuery },
        answer: listOf(ListedAccount),
      }),
      async (c) => {
        const asOf = deps.clock.now();
        const { since, ...query } = c.req.valid("query");
        const { items, nextCursor } = await listAccounts(deps.db, {
          ...query,
          since: since === undefined ? undefined : new Date(since),
          scope: scopeOf(c),
        });
        return c.json({ items: await withHealth(deps, items), nextCursor, asOf }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/accounts/labels",
        summary: "List the labels in use, with how many bots bear each",
        access: "viewer",
        request: {
          query: z.object({
            /** The beginning of a label or of a word in it. */
            q: z.string().max(100).optional(),
          }),
        },
        answer: z.object({ items: z.array(LabelCount) }),
      }),
      async (c) => {
        const { q } = c.req.valid("query");
        const all = await listLabels(deps.db, scopeOf(c));
        const items = q === undefined ? all : all.filter(({ label }) => bearsName([label], q));
        return c.json({ items }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/accounts/duplicates",
        summary: "For each of these bots, the others of the same name among all that one may see",
        access: "viewer",
        request: { query: DuplicatesQuery },
        answer: z.object({
          items: z.array(z.object({ _id: z.string(), namesakes: z.array(Namesake) })),
        }),
      }),
      async (c) => {
        const { ids } = c.req.valid("query");
        const found = await findNamesakes(deps.db, { ids, scope: scopeOf(c) });
        const items = [...found].map(([_id, namesakes]) => ({ _id, namesakes }));
        return c.json({ items }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/accounts/bulk",
        summary: "Do the same with many bots; each has its own result",
        access: "operator",
        request: jsonBody(BulkBody),
        answer: BulkResults,
      }),
      async (c) => {
        const bulk = c.req.valid("json");
        const ids = [...new Set(bulk.ids)].map((_id) => ({ _id }));
        const results = await eachOf(ids, async ({ _id }) => {
          await requireInScope(deps.db, scopeOf(c), _id);
          await tryApplySchedule(deps, await doOne(deps, c, _id, bulk));
        });
        return c.json({ results }, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/accounts/{id}",
        summary: "Read a bot",
        access: "viewer",
        request: { params: IdParam },
        answer: ListedAccount,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        await requireInScope(deps.db, scopeOf(c), id);
        return c.json(await listed(deps, await accountStore(deps.db).get(id)), 200);
      },
    )
    .openapi(
      route({
        method: "put",
        path: "/api/accounts/{id}",
        summary: "Name, label and assign a bot; what is not given stays",
        access: "operator",
        request: { params: IdParam, ...jsonBody(ChangeBody) },
        answer: AccountView,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        await requireInScope(deps.db, scopeOf(c), id);
        const wanted = c.req.valid("json");
        if (wanted.labels) {
          mayLabel(c, (await accountStore(deps.db).get(id)).labels, wanted.labels);
        }
        const account = await change.describe(deps, actorOf(c), id, wanted);
        return c.json(AccountView.parse(account), 200);
      },
    );
}

function doOne(deps: ApiDeps, c: Context<ApiEnv>, id: string, bulk: Bulk): Promise<Account> {
  const { verb, policyId = "", reason = "" } = bulk;
  const verbs = {
    approve: () => change.approve(deps, actorOf(c), id, bulk.policyId),
    reject: () => change.reject(deps, actorOf(c), id, reason),
    suspend: () => change.suspend(deps, actorOf(c), id),
    resume: () => change.resume(deps, actorOf(c), id),
    "start-polling": () => change.startPolling(deps, actorOf(c), id),
    "stop-polling": () => change.stopPolling(deps, actorOf(c), id),
    "set-policy": () => change.setPolicy(deps, actorOf(c), id, policyId),
  };
  return verbs[verb]();
}

/** Who is limited to labels makes no bot that they would not see, and gives none to others. */
function mayLabel(c: Context<ApiEnv>, before: readonly string[], after: readonly string[]): void {
  const scope = scopeOf(c);
  if (scope === null) return;
  const changed = [
    ...after.filter((label) => !before.includes(label)),
    ...before.filter((label) => !after.includes(label)),
  ];
  const isTheirs = after.some((label) => scope.includes(label));
  if (isTheirs && changed.every((label) => scope.includes(label))) return;
  throw new RequestError(
    "forbidden",
    "account.label_not_yours",
    "You may give and take your own labels only, and a bot must keep one of them.",
    {},
    { whatToDo: `Your labels are: ${scope.join(", ")}.` },
  );
}

async function withHealth(deps: ApiDeps, accounts: readonly Account[]) {
  const ids = accounts.map(({ _id }) => _id);
  const times = { now: deps.clock.now(), ageNow: deps.clock.ageNow() };
  const health = await readHealth(deps.db, ids, times);
  return accounts.map((account) =>
    ListedAccount.parse({ ...account, health: health.get(account._id) }),
  );
}

async function listed(deps: ApiDeps, account: Account) {
  const health = await withHealth(deps, [account]);
  return ListedAccount.parse(health[0]);
}
