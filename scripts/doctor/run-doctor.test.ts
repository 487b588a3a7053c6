import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { startHermesSim, type HermesSim } from "#local/hermes-sim/server.ts";
import { startScheduler, type Scheduler } from "#local/scheduler/scheduler.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps, testSettings } from "#test/test-deps.ts";
import { startTestQueue, type TestQueue } from "#test/test-queue.ts";
import { withDatabase } from "#test/with-database.ts";
import { describeArea, describeEnd } from "./report-text.ts";
import { runDoctor } from "./run-doctor.ts";
import { hideSecrets } from "./secrets.ts";
import { faultsIn, testContext } from "./test-context.ts";

const database = withDatabase();
let hermes: HermesSim;
let queue: TestQueue;
let scheduler: Scheduler;
let hub: Record<string, string>;
beforeAll(async () => {
  hermes = await startHermesSim();
  queue = await startTestQueue();
  scheduler = await startScheduler({ host: { invokeAsync: () => ({ requestId: "r" }) } });
  hub = {
    ...testSettings,
    MONGODB_URI: database.uri,
    MONGODB_DATABASE: database.name,
    AGENT_QUEUE_URL: queue.agentQueueUrl,
    DEAD_LETTER_QUEUE_URL: queue.deadLetterUrl,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
    HERMES_API_BASE_URL: hermes.baseUrl,
    HERMES_API_KEY: hermes.apiKey,
  };
  const account = approvedAccount(testDeps(database.db()), { lastGoodPollAt: new Date() });
  await database.db().collection<Account>("accounts").insertOne(account);
});
afterAll(async () => {
  await scheduler.stop();
  await queue.stop();
  await hermes.stop();
});

const Report = z.object({
  ok: z.boolean(),
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  checks: z.array(z.object({ area: z.string(), name: z.string(), status: z.string() })),
});

describe("a hub on which all is well", () => {
  test("passes everywhere; only TLS is not used on one machine", async () => {
    const report = await runDoctor(testContext(hub));
    expect(faultsIn(report.checks)).toEqual([]);
    expect(report).toMatchObject({ ok: true, failed: 0, skipped: 1 });
    expect(report.checks.filter(({ status }) => status === "skipped")).toMatchObject([
      { area: "hermes", name: "tls" },
    ]);
    expect([...new Set(report.checks.map(({ area }) => area))]).toEqual([
      "settings",
      "database",
      "queue",
      "schedules",
      "hermes",
      "bots",
    ]);
  });
});

describe("what the doctor shows", () => {
  test("never holds a secret, however badly everything is set", async () => {
    const secrets = {
      MONGODB_URI: "mongodb://hubuser:db%2Fpassw0rd@127.0.0.1:1/?directConnection=true",
      HERMES_API_KEY: "hermes-secret-key-1",
      HERMES_EXTRA_HEADERS: '{"CF-Access-Client-Id":"hub-id.access","X-S":"header-secret-2"}',
      CREDENTIAL_KEY: "broken-credential-key-3",
      API_TOKEN: "short-token",
      ALERT_WEBHOOK_URL: "robot-secret-4",
      AWS_ACCESS_KEY_ID: "AKIA",
      AWS_SECRET_ACCESS_KEY: "aws-secret-5",
    };
    const parts = ["db%2Fpassw0rd", "db/passw0rd", "hub-id.access", "header-secret-2"];
    const { HERMES_EXTRA_HEADERS: _whole, AWS_ACCESS_KEY_ID: _id, ...whole } = secrets;
    for (const baseUrl of [
      hermes.baseUrl,
      "http://user:base-secret-6@127.0.0.1:1/v1",
      "http://user:base-secret-6@127.0.0.1:1/v1?key=query-secret-7",
    ]) {
      const env = { ...hub, ...secrets, HERMES_API_BASE_URL: baseUrl };
      const areas: string[] = [];
      const report = await runDoctor(testContext(env), (area, lines) =>
        areas.push(describeArea(area, lines)),
      );
      const shown = `${areas.join("\n")}\n${JSON.stringify(report)}`;
      for (const secret of [...Object.values(whole), ...parts, "base-secret-6", "query-secret-7"]) {
        expect(shown).not.toContain(secret);
      }
      expect(report.ok).toBe(false);
    }
  });

  test("hides a secret that got into a line all the same, in whichever spelling", () => {
    const env = {
      MONGODB_URI: "mongodb://hubuser:db%2Fpassw0rd@127.0.0.1/",
      HERMES_API_KEY: "hermes-secret-key-1",
      HERMES_EXTRA_HEADERS: '{"CF-Access-Client-Id":"hub-id.access"}',
      API_TOKEN: "on",
    };
    const seen = "db%2Fpassw0rd, db/passw0rd, hermes-secret-key-1, hub-id.access, on Monday";
    const line = { area: "hermes", name: "key", status: "pass", seen } as const;
    expect(hideSecrets(line, env).seen).toBe("[hidden], [hidden], [hidden], [hidden], on Monday");
  });

  test("says on each line from where it was tried, inside a deployed function", async () => {
    const inside = { AWS_LAMBDA_FUNCTION_NAME: "hub-staging-agent", AWS_REGION: "eu-central-1" };
    const env = { ...hub, ...inside, HERMES_API_KEY: "another-key", MONGODB_URI: "" };
    const areas: string[] = [];
    const { checks } = await runDoctor(testContext(env), (area, lines) =>
      areas.push(describeArea(area, lines)),
    );
    const where = "hub-staging-agent in eu-central-1";
    expect(new Set(checks.map((line) => line.where))).toEqual(new Set([where]));
    expect(areas.join("\n")).toContain(`HTTP 401 invalid_api_key (wrong_key) (from ${where})`);
  });

  test("has a fault's cause and cure under its line, and shares lines that say the same", async () => {
    const env = { ...hub, HERMES_API_KEY: "another-key", MONGODB_URI: "", API_TOKEN: "" };
    const areas = new Map<string, string>();
    const report = await runDoctor(testContext(env), (area, lines) =>
      areas.set(area, describeArea(area, lines)),
    );
    expect(areas.get("hermes")).toContain(
      [
        "  ✗ key            HTTP 401 invalid_api_key (wrong_key)",
        "                   wrong_key: HERMES_API_KEY is not the API_SERVER_KEY that Hermes was started with.",
        "                   → Make both the same; restart Hermes after a change. A profile has a key of its own.",
        "  – models, capabilities, question waits for hermes.key",
      ].join("\n"),
    );
    expect(areas.get("database")).toBe(
      [
        "database",
        "  – connect        set MONGODB_URI",
        "  – write, schema, indexes waits for database.connect",
      ].join("\n"),
    );
    expect(describeEnd(report)).toMatch(/^\d+ passed, 1 failed, \d+ skipped\. docs\/hermes\.md/);
  });
});

describe("npm run doctor", () => {
  const program = join(import.meta.dirname, "..", "doctor.ts");

  function run(env: Record<string, string>, ...args: string[]) {
    return new Promise<{ code: number; stdout: string }>((resolve) => {
      const PATH = process.env["PATH"] ?? "";
      const child = execFile(
        process.execPath,
        [program, ...args],
        { env: { PATH, ...env } },
        (_error, stdout) => resolve({ code: child.exitCode ?? -1, stdout }),
      );
    });
  }

  test("exits with 0 when nothing failed, in words and as JSON", async () => {
    const [text, json] = await Promise.all([run(hub), run(hub, "--json")]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/\n\d+ passed, 0 failed, 1 skipped\n$/);
    expect(json.code).toBe(0);
    expect(Report.parse(JSON.parse(json.stdout))).toMatchObject({ ok: true, failed: 0 });
  });

  test("exits with 1 when something failed", async () => {
    const json = await run({ HERMES_API_BASE_URL: "http://127.0.0.1:8642" }, "--json");
    expect(json.code).toBe(1);
    expect(Report.parse(JSON.parse(json.stdout))).toMatchObject({ ok: false, failed: 2 });
  });
});
