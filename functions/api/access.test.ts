import { describe, expect, test } from "vitest";
import { z } from "zod";
import { accountStore } from "#core/accounts/account.store.ts";
import { requireInScope } from "#core/accounts/scope.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { createApp } from "./app.ts";

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

async function problemOf(response: Response) {
  return Problem.parse(await response.json()).error;
}

describe("each route", () => {
  test("says in the OpenAPI document who may call it, and refuses who is not signed in", async () => {
    const { paths } = Document.parse(await (await app.request("/api/openapi.json")).json());
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { "x-access": access }]) => ({ path, method, access })),
    );
    expect(routes.length).toBeGreaterThan(10);
    for (const { path, method, access } of routes) {
      expect(access, path).toMatch(/^(viewer|reviewer|operator|owner|signed-in|public)$/);
      if (access === "public") continue;
      const answer = await app.request(path.replace(/\{\w+\}/, "acc_1"), {
        method: method.toUpperCase(),
      });
      expect(answer.status, `${method} ${path}`).toBe(401);
      expect(await problemOf(answer)).toMatchObject({ code: "caller.unknown" });
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

test("an account outside a caller's labels is as unknown as one that is not there", async () => {
  const account = approvedAccount(deps, { labels: ["clinic"] });
  await accountStore(db()).insert(account);
  await requireInScope(db(), ["clinic", "shop"], account._id);
  await requireInScope(db(), null, account._id);
  const refused = { reason: "not_found", code: "account.unknown" };
  await expect(requireInScope(db(), ["shop"], account._id)).rejects.toMatchObject(refused);
  await expect(requireInScope(db(), [], account._id)).rejects.toMatchObject(refused);
});
