import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { createUser } from "#core/users/manage-users.ts";
import { createToken } from "#core/users/tokens.ts";
import { operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { createApp } from "./app.ts";
import { createFront } from "./front.ts";

const { db } = withDatabase();
const deps = {
  ...testDeps(db(), { PUBLIC_URL: "https://hub.example" }),
  schedules: { put: async () => {}, remove: async () => {} },
  pollStarter: { watchLogin: async () => {} },
};
const whole = createApp(deps);
const front = createFront(deps);
const password = "a long password";
const owner = { authorization: `Bearer ${deps.settings.api.API_TOKEN}` };

type Asked = { path: string; method: string; headers?: Record<string, string>; body?: string };
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const Problem = z.object({ error: z.object({ code: z.string() }) });

async function routesOf(): Promise<Asked[]> {
  const answer = await front.request("/api/openapi.json");
  const { paths } = Document.parse(await answer.json());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      path: path.replaceAll(/\{\w+\}/g, "none_1"),
      method: method.toUpperCase(),
    })),
  );
}

/** What came back without what is new each time: times, ids of requests, nonces, made secrets. */
async function answerOf(
  app: { request: typeof whole.request },
  { path, method, headers = {}, body }: Asked,
) {
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const answer = await app.request(path, init);
  const lasting = (text: string) => text.replaceAll(/nonce-?="?[^"' ]+|nonce-[^']+/g, "nonce");
  const text = lasting(await answer.text());
  const problem = z.string().transform(parsed).pipe(Problem).safeParse(text);
  return {
    asked: `${method} ${path}`,
    status: answer.status,
    headers: [...answer.headers].map(([name, value]) => [name, lasting(value)]),
    code: problem.success ? problem.data.error.code : null,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

async function alike(asked: Asked) {
  const expected = await answerOf(whole, asked);
  expect(await answerOf(front, asked)).toEqual(expected);
  return expected;
}

test("the document and its page are the same in parts", async () => {
  for (const path of ["/api/openapi.json", "/api/docs"]) {
    const texts = await Promise.all(
      [whole, front].map(async (app) => (await app.request(path)).text()),
    );
    const digests = texts.map((text) =>
      createHash("sha256")
        .update(text.replaceAll(/nonce="[^"]+"/g, ""))
        .digest("hex"),
    );
    expect(digests[1]).toBe(digests[0]);
    await alike({ path, method: "GET" });
  }
});

test("each route is reached as in the whole, by nobody, by a viewer and by an owner", async () => {
  const wanted = { name: "a viewer", role: "viewer", labels: null, password } as const;
  const user = await createUser(deps, operator, wanted);
  const token = { name: "walk", role: "viewer", expiresAt: null } as const;
  const { secret } = await createToken(deps, operator, user, token);
  const routes = await routesOf();
  expect(routes.length).toBeGreaterThan(60);
  for (const route of routes) {
    for (const headers of [{}, { authorization: `Bearer ${secret}` }, owner]) {
      const { code } = await alike({ ...route, headers });
      expect(code, `${route.method} ${route.path}`).not.toBe("route.unknown");
    }
  }
});

test("pages behind a rescan link are reached as in the whole", async () => {
  for (const [method, path] of [
    ["GET", "/rescan/none"],
    ["GET", "/rescan/none/state"],
    ["POST", "/rescan/none/login"],
    ["POST", "/rescan/none/verify-code"],
  ] as const) {
    expect((await alike({ path, method })).code).not.toBe("route.unknown");
  }
});

test("an address that there is not has the one shape, beside and below what there is", async () => {
  const routes = await routesOf();
  const paths = ["/", "/api", "/api/nowhere", "/nowhere", "/rescan", "/api/health/more"];
  for (const path of [...paths, ...routes.map((route) => `${route.path}/more/of/it`)]) {
    const { status, code } = await alike({ path, method: "GET", headers: owner });
    expect({ status, code }, path).toEqual({ status: 404, code: "route.unknown" });
  }
  for (const method of ["PATCH", "OPTIONS", "HEAD"]) {
    await alike({ path: "/api/accounts", method, headers: owner });
  }
});

test("what is refused before a handler is refused alike", async () => {
  const json = { ...owner, "content-type": "application/json" };
  const post = { path: "/api/accounts", method: "POST" };
  const tooLarge = JSON.stringify({ name: "x".repeat(100_000) });
  const codes = [];
  for (const asked of [
    { ...post, headers: json, body: "{}" },
    { ...post, headers: json, body: "{" },
    { ...post, headers: json, body: tooLarge },
    { ...post, headers: { authorization: "Bearer wrong" }, body: "{}" },
  ]) {
    codes.push((await alike(asked)).code);
  }
  expect(codes).toEqual([
    "request.invalid",
    "request.invalid",
    "request.too_large",
    "caller.unknown",
  ]);
});

test("a browser of another site is refused alike", async () => {
  const cookie = await signedIn();
  const asked = { path: "/api/policies", method: "POST", headers: { cookie } };
  expect((await alike(asked)).code).toBe("request.cross_site");
  const own = { ...asked, headers: { cookie, "x-hub-csrf": "1" } };
  expect((await alike(own)).code).toBe("request.invalid");
});

/** The cookie of a new owner's browser. */
async function signedIn(): Promise<string> {
  const name = "a browser";
  await createUser(deps, operator, { name, role: "owner", labels: null, password });
  const answer = await front.request("/api/sign-in", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  expect(answer.status).toBe(200);
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}
