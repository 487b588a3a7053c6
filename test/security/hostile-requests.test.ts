import { expect, test } from "vitest";
import { z } from "zod";
import { workOffJob } from "#core/queue/work-off-job.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { SettingsError } from "#core/shared/errors.ts";
import { apiClient } from "../api-client.ts";
import { approvedAccount } from "../records.ts";
import { testDeps, testSettings } from "../test-deps.ts";
import { withDatabase } from "../with-database.ts";
import { dump } from "./trail.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const { app, call } = apiClient(deps);
const owner = { authorization: `Bearer ${testSettings.API_TOKEN}` };

/** Everything stored, to see that nothing was. */
async function all(): Promise<string[]> {
  return (await dump(db())).sort();
}

const nested = "[".repeat(20_000) + "]".repeat(20_000);
const bodies: [string, string | Uint8Array, number][] = [
  ["larger than 64 KB", JSON.stringify({ name: "x".repeat(70_000) }), 413],
  ["of twenty thousand levels", `{"name":${nested}}`, 400],
  ["that are no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0xfe]), 400],
  ["that are cut off", '{"name": "front', 400],
  ["that are a list", "[]", 400],
  ["with a number for a name", '{"name": 7}', 400],
  ["with an operator for a name", '{"name": {"$gt": ""}}', 400],
];
const routes: [string, string][] = [
  ["POST", "/api/accounts"],
  ["POST", "/api/users"],
  ["POST", "/api/tokens"],
  ["POST", "/api/policies"],
  ["POST", "/api/sign-in"],
  ["POST", "/api/invites/accept"],
];

test.each(bodies)(
  "bodies %s are refused in words on every route, and nothing is changed",
  async (_what, body, status) => {
    const before = await all();
    for (const [method, path] of routes) {
      const headers = { ...owner, "content-type": "application/json" };
      const response = await app.request(path, { method, headers, body });
      const answer: unknown = await response.json();
      expect(answer, path).toMatchObject({
        error: { code: expect.any(String), whatToDo: expect.any(String) },
      });
      // A token is made by users only, whatever the body.
      expect([status, 403, 401], path).toContain(response.status);
    }
    expect(await all()).toEqual(before);
  },
);

test.each([
  "/api/accounts?limit=1e9",
  "/api/runs?cursor=%ff%fe",
  `/api/accounts/${"a".repeat(400)}`,
  "/api/accounts/%00",
  "/api/conversations/..%2f..%2fusers",
  "/rescan/%ff",
])("a look at %s is answered with a clear no", async (path) => {
  const response = await app.request(path, { headers: owner });
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
});

test("script and HTML come back as JSON that no browser takes for a page", async () => {
  const name = `<script>alert("1")</script><img src=x onerror=y>`;
  const made = await call("POST", "/api/accounts", { name });
  expect(made).toMatchObject({ status: 200, answer: { name } });
  const response = await app.request("/api/accounts", { headers: owner });
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
});

test.each([
  ["no JSON", "\u0000\ud800"],
  ["a hundred thousand levels", "[".repeat(100_000) + "]".repeat(100_000)],
  ["a job of wrong types", '{"version":"1","jobId":{},"conversationId":7,"do":[],"ref":null}'],
  [
    "a job with an operator",
    '{"version":1,"jobId":"j","conversationId":{"$ne":""},"do":"answer","ref":"r"}',
  ],
  [
    "somebody else's conversation",
    '{"version":1,"jobId":"j","conversationId":"acc_1","do":"send","ref":"r"}',
  ],
])("a queue message that is %s is put aside and never worked", async (_what, body) => {
  const worked: unknown[] = [];
  const sqsMessageId = `m-${body.length}`;
  const received = { body, sqsMessageId, receiptHandle: "r", receiveCount: 1 };
  expect(await workOffJob(deps, received, async (job) => void worked.push(job))).toBe(true);
  expect(worked).toEqual([]);
  const id = `dead_${sqsMessageId}`;
  const kept = await db().collection<{ _id: string }>("dead_jobs").findOne({ _id: id });
  expect(kept).toMatchObject({ why: "unreadable" });
});

test.each([
  ["CREDENTIAL_KEY", "k1:dG9vIHNob3J0"],
  ["CREDENTIAL_KEY", `k1:${"A".repeat(1_000_000)}`],
  ["HERMES_EXTRA_HEADERS", "[".repeat(100_000)],
  ["HERMES_EXTRA_HEADERS", '{"X-A":"a\\r\\nHost: evil"}'],
  ["HERMES_API_BASE_URL", "file:///etc/passwd"],
  ["HERMES_API_BASE_URL", "javascript:alert(1)//v1"],
  ["WECHAT_BASE_URL", "ftp://weixin.qq.com"],
  ["POLL_PACK_SIZE", "1e999"],
  ["POLL_PACK_SIZE", "-1"],
])("the setting %s as %.20s stops the start and is not repeated", (name, value) => {
  const slices = ["credentials", "hermes", "wechat", "polling"] as const;
  const read = () => readSettings(slices, { ...testSettings, [name]: value });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(name);
  expect(read).not.toThrow(value.slice(0, 40));
});

test("an account that nobody can read is named in the log, and the answer says nothing of it", async () => {
  const good = approvedAccount(deps, { name: "readable" });
  await db()
    .collection<{ _id: string }>("accounts")
    .insertOne(Object.assign({ ...good }, { labels: 7 }));
  const { status, answer } = await call("GET", `/api/accounts/${good._id}`);
  expect(status).toBe(500);
  expect(answer).toMatchObject({ error: { code: "hub.fault" } });
  expect(JSON.stringify(answer)).not.toContain("labels");
  const { requestId } = z
    .object({ error: z.object({ requestId: z.string() }) })
    .parse(answer).error;
  const told = deps.logLines.find((line) => line.includes("api.failed"));
  expect(told, "by the id that its reader has").toContain(requestId);
});
