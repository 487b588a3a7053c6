import { expect, test, describe, beforeEach } from "vitest";
import { z } from "zod";
import { approvedAccount } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { createApp } from "./app.ts";

const { db } = withDatabase();
const deps = testDeps(db(), { PUBLIC_URL: "https://hub.example" });
const app = createApp({
  ...deps,
  schedules: { put: async () => {}, remove: async () => {} },
  pollStarter: { watchLogin: async () => {} },
});
const { API_TOKEN } = deps.settings.api;

beforeEach(async () => {
  for (const name of ["users", "audit_log"]) await db().collection(name).deleteMany({});
});

const User = z.looseObject({ _id: z.string(), name: z.string() });
const Page = z.object({ items: z.array(z.looseObject({})), nextCursor: z.string().nullable() });
const Tokens = z.object({ items: z.array(z.object({ name: z.string() })) });
const Link = z.object({ secret: z.string(), user: User });
const Made = z.object({ secret: z.string(), token: z.object({ _id: z.string() }) });

type Sent = { body?: unknown; key?: string; token?: string };

function send(method: string, path: string, { body, key, token = API_TOKEN }: Sent = {}) {
  return app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function ok(method: string, path: string, sent: Sent = {}): Promise<unknown> {
  const answer = await send(method, path, sent);
  const json: unknown = await answer.json();
  expect(answer.status, JSON.stringify(json)).toBe(200);
  return json;
}

async function namesIn(path: string): Promise<unknown[]> {
  return Page.parse(await ok("GET", path)).items.map(({ name }) => name);
}

const password = "a long password";

function makeUser(name: string, more: Record<string, unknown> = {}, key?: string) {
  const body = { name, role: "viewer", password, ...more };
  return ok("POST", "/api/users", { body, ...(key === undefined ? {} : { key }) });
}

async function actionsOf(subjectId: string): Promise<unknown[]> {
  const { items } = Page.parse(await ok("GET", `/api/audit?subjectId=${subjectId}&sort=oldest`));
  return items.map(({ action }) => action);
}

describe("users", () => {
  test("are found by name and label, as they are called now, and listed from either end", async () => {
    const mei = User.parse(await makeUser("Mei 美", { labels: ["tea shop"] }));
    await makeUser("Lin");
    expect(await namesIn("/api/users")).toEqual(["Mei 美", "Lin"]);
    expect(await namesIn("/api/users?sort=newest")).toEqual(["Lin", "Mei 美"]);
    for (const q of ["mei", "美", "SHOP"])
      expect(await namesIn(`/api/users?q=${q}`)).toEqual(["Mei 美"]);
    await ok("PUT", `/api/users/${mei._id}`, { body: { labels: ["clinic"] } });
    expect(await namesIn("/api/users?q=shop")).toEqual([]);
    expect(await namesIn("/api/users?q=clin")).toEqual(["Mei 美"]);
    const first = Page.parse(await ok("GET", "/api/users?sort=newest&limit=1"));
    expect(await namesIn(`/api/users?sort=newest&limit=1&cursor=${first.nextCursor}`)).toEqual([
      "Mei 美",
    ]);
  });

  test("that changed since a list was read are told page by page, with a newer version", async () => {
    const began = new Date().toISOString();
    const [mei, lin] = [User.parse(await makeUser("Mei")), User.parse(await makeUser("Lin"))];
    for (const { _id } of [lin, mei])
      await ok("PUT", `/api/users/${_id}`, { body: { labels: ["clinic"] } });
    const since = `/api/users?since=${began}`;
    const first = Page.parse(await ok("GET", `${since}&limit=1`));
    const second = Page.parse(await ok("GET", `${since}&limit=1&cursor=${first.nextCursor}`));
    expect([...first.items, ...second.items]).toMatchObject([
      { _id: lin._id, version: 2 },
      { _id: mei._id, version: 2, labels: ["clinic"] },
    ]);
    expect(await namesIn(`${since}&q=clin`)).toEqual(["Lin", "Mei"]);
    const later = new Date(Date.now() + 11_000).toISOString();
    expect(await namesIn(`/api/users?since=${later}`)).toEqual([]);
  });
});

test("one's tokens are found by a word of their name", async () => {
  await makeUser("Mei", { role: "owner" });
  const body = { name: "Mei", password };
  const signedIn = await send("POST", "/api/sign-in", { body });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const headers = { cookie, "x-hub-csrf": "1", "content-type": "application/json" };
  for (const name of ["nightly report", "till"]) {
    const body = JSON.stringify({ name, role: "viewer" });
    expect((await app.request("/api/tokens", { method: "POST", headers, body })).status).toBe(200);
  }
  const found = async (query: string) => {
    const answer = await app.request(`/api/tokens${query}`, { headers });
    return Tokens.parse(await answer.json()).items.map(({ name }) => name);
  };
  expect(await found("")).toEqual(["nightly report", "till"]);
  expect(await found("?q=REP")).toEqual(["nightly report"]);
  expect(await found("?q=port")).toEqual([]);
});

describe("a request that is sent twice under one Idempotency-Key", () => {
  test("makes one user with one audit line, also when both come at once", async () => {
    const both = await Promise.all([
      makeUser("Mei", {}, "key-one-1"),
      makeUser("Mei", {}, "key-one-1"),
    ]);
    const again = User.parse(await makeUser("Mei", {}, "key-one-1"));
    expect(both.map((user) => User.parse(user)._id)).toEqual([again._id, again._id]);
    expect(await actionsOf(again._id)).toEqual(["user.created"]);
    const other = await send("POST", "/api/users", {
      body: { name: "mei", role: "viewer", password },
      key: "key-two-2",
    });
    expect(other.status).toBe(409);
  });

  test("invites one person, by the link that was given last, until they accepted", async () => {
    const invite = { body: { name: "Lin", role: "viewer" }, key: "key-invite" };
    const first = Link.parse(await ok("POST", "/api/invites", invite));
    const second = Link.parse(await ok("POST", "/api/invites", invite));
    expect(second.user._id).toBe(first.user._id);
    const accept = (secret: string) =>
      send("POST", "/api/invites/accept", { body: { secret, name: null, password } });
    expect((await accept(first.secret)).status).toBe(404);
    expect((await accept(second.secret)).status).toBe(200);
    expect((await send("POST", "/api/invites", invite)).status).toBe(409);
    expect(await namesIn("/api/users?q=lin")).toEqual(["Lin"]);
  });

  test("makes one token; the secret that was given last works, and later none is given", async () => {
    await makeUser("Mei", { role: "owner" });
    const signIn = await send("POST", "/api/sign-in", { body: { name: "Mei", password } });
    const cookie = signIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const make = () =>
      app.request("/api/tokens", {
        method: "POST",
        headers: {
          cookie,
          "x-hub-csrf": "1",
          "content-type": "application/json",
          "idempotency-key": "key-token",
        },
        body: JSON.stringify({ name: "nightly", role: "viewer" }),
      });
    const [first, second] = [
      Made.parse(await (await make()).json()),
      Made.parse(await (await make()).json()),
    ];
    expect(second.token._id).toBe(first.token._id);
    expect((await send("GET", "/api/me", { token: first.secret })).status).toBe(401);
    expect((await send("GET", "/api/me", { token: second.secret })).status).toBe(200);
    await deps.clock.advance(601_000);
    expect((await make()).status).toBe(409);
    expect((await send("GET", "/api/me", { token: second.secret })).status).toBe(200);
  });
});

test("the audit log is searched by who did it and by what it was done to", async () => {
  const mei = User.parse(await makeUser("Mei"));
  const account = approvedAccount(deps, {
    name: "Harbour café",
    searchKeys: searchKeysOf(["Harbour café"]),
  });
  await db().collection<{ _id: string }>("accounts").insertOne(account);
  await ok("POST", `/api/accounts/${account._id}/suspend`);
  const found = async (q: string) =>
    Page.parse(await ok("GET", `/api/audit?q=${q}`)).items.map(({ subjectId }) => subjectId);
  expect(await found("harb")).toEqual([account._id]);
  expect(await found("mei")).toEqual([mei._id]);
  expect(await found("nobody")).toEqual([]);
  const ever = "from=0422-03-27T11:10:36Z&to=%2B020000-01-01T00:00:00Z";
  expect(await found(`mei&${ever}`)).toEqual([mei._id]);
  const file = await (await send("GET", "/api/audit/export?q=harb")).text();
  expect(file).toContain("account.suspended");
  expect(file).not.toContain("user.created");
});
