import { expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { builtInPolicies } from "#core/policies/policy.ts";
import { apiClient } from "#test/api-client.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const api = apiClient(deps);

function wanted(changed: object = {}): object {
  return { ...builtInPolicies.find(({ _id }) => _id === "auto"), name: "Evening", ...changed };
}

test("a policy is made once per key; its mode says whether a person must look", async () => {
  const headers = {
    authorization: `Bearer ${deps.settings.api.API_TOKEN}`,
    "idempotency-key": "evening-1",
  };
  const body = wanted({ mode: "manual-review" });
  const first = await api.call("POST", "/api/policies", body, headers);
  const second = await api.call("POST", "/api/policies", body, headers);
  expect(first.answer).toMatchObject({ name: "Evening", requiresHumanReview: true, version: 1 });
  expect(second.answer).toEqual(first.answer);
  const lines = await auditStore(db()).listOf(String(first.answer["_id"]), 10);
  expect(lines.map(({ action }) => action)).toEqual(["policy.created"]);
});

test("a change leaves before and after in the audit log, once, and refuses an old version", async () => {
  const { answer: made } = await api.call(
    "POST",
    "/api/policies",
    wanted({ noticeText: "Later." }),
  );
  const path = `/api/policies/${String(made["_id"])}`;
  const change = wanted({ debounceSeconds: 7, version: 1 });
  const { answer } = await api.call("PUT", path, change);
  expect(answer).toMatchObject({ debounceSeconds: 7, version: 2 });
  expect(answer).not.toHaveProperty("noticeText");
  expect((await api.call("PUT", path, change)).answer).toEqual(answer);
  const stale = await api.call("PUT", path, wanted({ debounceSeconds: 9, version: 1 }));
  expect(stale).toMatchObject({ status: 409, answer: { error: { code: "policy.changed" } } });
  const [line, ...others] = await auditStore(db()).listOf(String(made["_id"]), 10);
  expect(JSON.parse(String(line?.details["before"]))).toEqual({
    debounceSeconds: 2,
    noticeText: "Later.",
  });
  expect(JSON.parse(String(line?.details["after"]))).toEqual({ debounceSeconds: 7 });
  expect(others).toHaveLength(1);
});

test("policies are found by a word of their name, by page, and by what changed since", async () => {
  const began = new Date().toISOString();
  const named = async (query: string) =>
    (await api.list(`/api/policies?${query}`)).items.map(({ name }) => name);
  const { answer: made } = await api.call("POST", "/api/policies", wanted({ name: "Night Shift" }));
  expect(await named("q=shift")).toEqual(["Night Shift"]);
  expect(await named("q=review")).toEqual(["manual-review"]);
  const change = wanted({ name: "Weekend", version: 1 });
  await api.call("PUT", `/api/policies/${String(made["_id"])}`, change);
  expect(await named("q=shift")).toEqual([]);
  expect(await named("q=week")).toEqual(["Weekend"]);
  const first = await api.list("/api/policies?limit=2");
  const rest = await named(`limit=200&cursor=${first.nextCursor}`);
  expect(first.items.map(({ name }) => name)).toEqual(["auto", "manual-review"]);
  expect(rest).toContain("Weekend");
  expect(rest).not.toContain("auto");
  const { items } = await api.list(`/api/policies?since=${began}&q=week`);
  expect(items).toMatchObject([{ _id: made["_id"], version: 2, accountCount: 0 }]);
});

test("what cannot be right changes nothing", async () => {
  const before = await api.call("GET", "/api/policies");
  const refused = [
    wanted({ debounceSeconds: 60 }),
    wanted({ mode: "sometimes" }),
    wanted({ name: " " }),
    wanted({ continueWords: [""] }),
    {},
  ];
  for (const body of refused) {
    expect((await api.call("POST", "/api/policies", body)).status).toBe(400);
  }
  expect(await api.call("GET", "/api/policies")).toEqual(before);
  expect((await api.call("GET", "/api/policies/pol_none")).status).toBe(404);
});

test("each policy names the bots that it is for, among those that the caller may see", async () => {
  const store = accountStore(db());
  await store.insert(approvedAccount(deps, { name: "seen", labels: ["shop"], policyId: "off" }));
  await store.insert(approvedAccount(deps, { name: "hidden", labels: ["bank"], policyId: "off" }));
  const owner = await api.call("GET", "/api/policies/off");
  expect(owner.answer).toMatchObject({ accounts: [{ name: "seen" }, { name: "hidden" }] });
  const limited = await api.as("operator", ["shop"]);
  const { answer } = await api.call("GET", "/api/policies/off", undefined, limited);
  expect(answer["accounts"]).toMatchObject([{ name: "seen" }]);
  const { items } = await api.list("/api/policies", limited);
  expect(items.find(({ _id }) => _id === "off")).toMatchObject({ accountCount: 1 });
  const change = await api.call("PUT", "/api/policies/off", wanted({ version: 1 }), limited);
  expect(change).toMatchObject({ status: 403, answer: { error: { code: "caller.limited" } } });
});
