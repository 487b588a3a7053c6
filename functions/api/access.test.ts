import { describe, expect, test } from "vitest";
import { z } from "zod";
import { accountStore } from "#core/accounts/account.store.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import { createUser } from "#core/users/manage-users.ts";
import { createToken } from "#core/users/tokens.ts";
import { isAtLeast, Role, roles } from "#core/users/user.ts";
import { apiClient } from "#test/api-client.ts";
import { approvedAccount, operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { createApp } from "./app.ts";
import { sessionCookie } from "./caller.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const app = createApp({
  ...deps,
  schedules: { put: async () => {}, remove: async () => {} },
  pollStarter: { watchLogin: async () => {} },
});
const owner = { authorization: `Bearer ${deps.settings.api.API_TOKEN}` };
const Problem = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    whatToDo: z.string().min(1),
    requestId: z.string().min(1),
  }),
});
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ "x-access": z.string() }))),
});

type Route = { path: string; method: string; access: string };

async function routesOf(): Promise<Route[]> {
  const { paths } = Document.parse(await (await app.request("/api/openapi.json")).json());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { "x-access": access }]) => ({ path, method, access })),
  );
}

/** Asks for it with made-up ids and no body, so that only who asks decides. */
function ask({ path, method }: Route, headers: Record<string, string> = {}) {
  return app.request(path.replaceAll(/\{\w+\}/g, "none_1"), {
    method: method.toUpperCase(),
    headers,
  });
}

async function problemOf(response: Response) {
  return Problem.parse(await response.json()).error;
}

describe("each route", () => {
  test("says in the OpenAPI document who may call it, and refuses who is not signed in", async () => {
    const routes = await routesOf();
    expect(routes.length).toBeGreaterThan(10);
    for (const each of routes) {
      const { path, method, access } = each;
      expect(access, path).toMatch(/^(viewer|reviewer|operator|owner|signed-in|public)$/);
      if (access === "public") continue;
      const answer = await ask(each);
      expect(answer.status, `${method} ${path}`).toBe(401);
      expect(await problemOf(answer)).toMatchObject({ code: "caller.unknown" });
    }
  });

  test.each(roles)("lets a %s do what the role may do, and nothing else", async (role) => {
    const wanted = { name: `a ${role}`, role, labels: null, password: "a long password" };
    const user = await createUser(deps, operator, wanted);
    const { secret } = await createToken(deps, operator, user, {
      name: "walk",
      role,
      expiresAt: null,
    });
    for (const each of await routesOf()) {
      const { path, method, access } = each;
      // It ends the very token that walks.
      if (path.endsWith("/revoke")) continue;
      const answer = await ask(each, { authorization: `Bearer ${secret}` });
      const least = Role.safeParse(access).data ?? "viewer";
      const name = `${role}: ${method} ${path} gave ${answer.status}`;
      expect(answer.status, name).toBeLessThan(500);
      expect(answer.status === 403, name).toBe(!isAtLeast(role, least));
      expect(answer.status, name).not.toBe(401);
    }
  });
});

describe("what cannot be served", () => {
  test("an unknown address, a wrong body and one that is no JSON name cause and next step", async () => {
    const unknown = await app.request("/api/nowhere", { headers: owner });
    expect(unknown.status).toBe(404);
    expect(await problemOf(unknown)).toMatchObject({ code: "route.unknown" });
    const headers = { ...owner, "content-type": "application/json" };
    const wrong = await app.request("/api/accounts", { method: "POST", headers, body: "{}" });
    expect(wrong.status).toBe(400);
    expect((await problemOf(wrong)).message).toContain("name");
    const broken = await app.request("/api/accounts", { method: "POST", headers, body: "{" });
    expect(broken.status).toBe(400);
    await problemOf(broken);
  });

  test("a body beyond the limit is refused in the same shape", async () => {
    const headers = { ...owner, "content-type": "application/json" };
    const body = JSON.stringify({ name: "x".repeat(100_000) });
    const answer = await app.request("/api/accounts", { method: "POST", headers, body });
    expect(answer.status).toBe(413);
    expect(await problemOf(answer)).toMatchObject({ code: "request.too_large" });
  });
});

test("whoever asks is told that the api answers, and which version of it", async () => {
  const named = testDeps(db(), { HUB_VERSION: "1.2.0-abc" });
  const { app: other, call } = apiClient(named);
  const { answer } = await call("GET", "/api/health", undefined, {});
  expect(answer).toEqual({ status: "ok", version: "1.2.0-abc" });
  for (const path of ["/api/me", "/api/nowhere", "/api/health"]) {
    expect((await other.request(path)).headers.get("x-hub-version"), path).toBe("1.2.0-abc");
  }
});

test("an account outside a caller's labels is as unknown as one that is not there", async () => {
  const account = approvedAccount(deps, { labels: ["clinic"] });
  await accountStore(db()).insert(account);
  await requireInScope(db(), ["clinic", "shop"], account._id);
  await requireInScope(db(), null, account._id);
  const refused = { reason: "not_found", code: "account.unknown" };
  await expect(requireInScope(db(), ["shop"], account._id)).rejects.toMatchObject(refused);
  await expect(requireInScope(db(), [], account._id)).rejects.toMatchObject(refused);
});

describe("a browser's session", () => {
  const json = { "content-type": "application/json" };
  const ownPages = { ...json, "x-hub-csrf": "1", "sec-fetch-site": "same-origin" };

  async function signIn() {
    const body = JSON.stringify({ name: "desk", password: "a long password" });
    const answer = await app.request("/api/sign-in", { method: "POST", headers: json, body });
    return { answer, cookie: answer.headers.get("set-cookie") ?? "" };
  }

  test("is a cookie that scripts and other sites cannot use", async () => {
    await createUser(deps, operator, {
      name: "desk",
      role: "operator",
      labels: null,
      password: "a long password",
    });
    const { answer, cookie } = await signIn();
    expect(await answer.json()).toMatchObject({ name: "desk", role: "operator", via: "session" });
    expect(cookie).toMatch(new RegExp(`^${sessionCookie}=[\\w-]{43};.*Path=/api`));
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    const sent = { cookie: cookie.split(";")[0] ?? "" };
    expect((await app.request("/api/me", { headers: sent })).status).toBe(200);

    const create = (headers: Record<string, string>) =>
      app.request("/api/accounts", {
        method: "POST",
        headers: { ...headers, ...sent },
        body: '{"name":"shop"}',
      });
    for (const foreign of [json, { ...ownPages, "sec-fetch-site": "cross-site" }]) {
      const refused = await create(foreign);
      expect(refused.status).toBe(403);
      expect(await problemOf(refused)).toMatchObject({ code: "request.cross_site" });
    }
    expect((await create(ownPages)).status).toBe(200);
    const out = await app.request("/api/sign-out", {
      method: "POST",
      headers: { ...ownPages, ...sent },
    });
    expect(out.status).toBe(200);
    expect((await app.request("/api/me", { headers: sent })).status).toBe(401);
  });

  test("is not opened by a name that is not there, and says no more than for a wrong password", async () => {
    const enter = async (name: string) => {
      const body = JSON.stringify({ name, password: "wrong password" });
      const answer = await app.request("/api/sign-in", { method: "POST", headers: json, body });
      const { requestId: _id, ...said } = await problemOf(answer);
      return { status: answer.status, said };
    };
    expect(await enter("desk")).toEqual(await enter("no such desk"));
  });
});

test("the audit log is read by page, by what it is about, and as a file that spreadsheets run nothing of", async () => {
  const account = approvedAccount(deps, { name: "=cmd()" });
  await accountStore(db()).insert(account);
  for (const verb of ["stop-polling", "start-polling", "suspend"]) {
    const path = `/api/accounts/${account._id}/${verb}`;
    expect((await app.request(path, { method: "POST", headers: owner })).status).toBe(200);
  }
  const Page = z.object({
    items: z.array(z.object({ _id: z.string(), action: z.string() })),
    nextCursor: z.string().nullable(),
  });
  const read = async (query: string) => {
    const path = `/api/audit?subjectId=${account._id}&${query}`;
    return Page.parse(await (await app.request(path, { headers: owner })).json());
  };
  const first = await read("limit=2");
  const rest = await read(`limit=2&cursor=${first.nextCursor}`);
  expect([...first.items, ...rest.items].map(({ action }) => action)).toEqual([
    "account.suspended",
    "account.polling_started",
    "account.polling_stopped",
  ]);
  const csv = await app.request(`/api/audit/export?format=csv&subjectId=${account._id}`, {
    headers: owner,
  });
  const lines = (await csv.text()).trim().split("\r\n");
  expect(lines).toHaveLength(4);
  expect(lines[1]).toContain('"account.suspended"');
  const jsonl = await app.request(`/api/audit/export?subjectId=${account._id}`, { headers: owner });
  expect((await jsonl.text()).trim().split("\n")).toHaveLength(3);
});
