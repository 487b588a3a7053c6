import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import {
  changePolicy,
  countPolicyUsers,
  createPolicy,
  listPolicyUsers,
  PolicyUser,
  WantedPolicy,
} from "#core/policies/change-policy.ts";
import { Policy } from "#core/policies/policy.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { RequestError } from "#core/shared/errors.ts";
import type { ApiDeps } from "./app.ts";
import { actorOf, scopeOf, type ApiEnv } from "./caller.ts";
import { createdUnder } from "./idempotency-key.ts";
import { IdParam, jsonBody, newRoutes, route } from "./routes.ts";
import { changedPage, LiveQuery, nextOf } from "./work-pages.ts";

const mostUsers = 200;
const mostListed = 200;

const ListQuery = LiveQuery.extend({
  limit: z.coerce.number().int().min(1).max(mostListed).default(mostListed),
  /** The beginning of a name or of a word in it. */
  q: z.string().max(100).optional(),
});

const PolicyView = Policy.extend({}).openapi("Policy");
const ListedPolicy = Policy.extend({ accountCount: z.number().int() }).openapi("ListedPolicy");
const PoliciesPage = z.object({
  items: z.array(ListedPolicy),
  nextCursor: z.string().nullable(),
  asOf: z.date(),
});
const PolicyDetail = Policy.extend({
  /** The first two hundred bots that it is for. */
  accounts: z.array(PolicyUser),
}).openapi("PolicyDetail");

/** What bots may answer alone, and which bots each policy is for. */
export function policyRoutes(deps: ApiDeps) {
  return newRoutes()
    .openapi(
      route({
        method: "get",
        path: "/api/policies",
        summary: "List policies with how many bots each is for",
        access: "viewer",
        request: { query: ListQuery },
        answer: PoliciesPage,
      }),
      async (c) => {
        const asOf = deps.clock.now();
        const [{ policies, nextCursor }, counts] = await Promise.all([
          readPage(deps, c.req.valid("query")),
          countPolicyUsers(deps.db, scopeOf(c)),
        ]);
        const items = policies.map((policy) => {
          return { ...policy, accountCount: counts.get(policy._id) ?? 0 };
        });
        return c.json({ items, nextCursor, asOf }, 200);
      },
    )
    .openapi(
      route({
        method: "post",
        path: "/api/policies",
        summary:
          "Make a policy; a repeat with the same Idempotency-Key gives the one that is there",
        access: "operator",
        request: jsonBody(WantedPolicy),
        answer: PolicyView,
      }),
      async (c) => {
        mustSeeAllBots(c);
        const wanted = c.req.valid("json");
        const policy = await createPolicy(deps, actorOf(c), wanted, createdUnder(c));
        return c.json(policy, 200);
      },
    )
    .openapi(
      route({
        method: "get",
        path: "/api/policies/{id}",
        summary: "Read a policy and which bots it is for",
        access: "viewer",
        request: { params: IdParam },
        answer: PolicyDetail,
      }),
      async (c) => {
        const { id } = c.req.valid("param");
        const policy = await policyStore(deps.db).get(id);
        const accounts = await listPolicyUsers(deps.db, id, scopeOf(c), mostUsers);
        return c.json({ ...policy, accounts }, 200);
      },
    )
    .openapi(
      route({
        method: "put",
        path: "/api/policies/{id}",
        summary: "Change a policy as it was at `version`; it holds from the next question on",
        access: "operator",
        request: {
          params: IdParam,
          ...jsonBody(WantedPolicy.extend({ version: z.number().int() })),
        },
        answer: PolicyView,
      }),
      async (c) => {
        mustSeeAllBots(c);
        const { id } = c.req.valid("param");
        return c.json(await changePolicy(deps, actorOf(c), id, c.req.valid("json")), 200);
      },
    );
}

async function readPage(
  deps: ApiDeps,
  { cursor, limit, q, since }: z.infer<typeof ListQuery>,
): Promise<{ policies: Policy[]; nextCursor: string | null }> {
  const store = policyStore(deps.db);
  if (since !== undefined) {
    const page = { q, ...changedPage({ since, cursor, limit }) };
    const { items: policies, next } = await store.listChanged(page);
    return { policies, nextCursor: nextOf(next) };
  }
  const policies = await store.list({ after: cursor, limit, q });
  return {
    policies,
    nextCursor: policies.length === limit ? (policies.at(-1)?._id ?? null) : null,
  };
}

/** What concerns all bots is not for who is limited to some of them. */
export function mustSeeAllBots(c: Context<ApiEnv>): void {
  if (scopeOf(c) === null) return;
  throw new RequestError(
    "forbidden",
    "caller.limited",
    "This concerns all bots, and you are limited to those of your labels.",
    {},
    { whatToDo: "Ask an owner, or an operator who is not limited to labels." },
  );
}
