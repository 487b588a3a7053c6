import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { lambdaOf, planned, plans } from "./planned.ts";
import { runPlan } from "./run-plan.ts";

const LogGroup = z.object({ retentionInDays: z.number() });
const dataTypes = ["aws:sqs/queue:Queue", "aws:cloudwatch/logGroup:LogGroup"];

test("production cannot be removed by mistake, and keeps its queues and logs even then", () => {
  const { app, resources } = plans.production;
  expect(app).toMatchObject({ protect: true, removal: "retain" });
  const data = resources.filter(({ type }) => dataTypes.includes(type));
  expect(data).toHaveLength(7);
  for (const { name, isKept } of data) expect(isKept, name).toBe(true);
});

test.each(["staging", "personal"] as const)("%s goes without a trace", (stage) => {
  const { app, resources } = plans[stage];
  expect(app).toMatchObject({ protect: false, removal: "remove" });
  expect(resources.filter(({ isKept }) => isKept)).toEqual([]);
});

test("logs are kept for as long as the stage is worth", () => {
  const days = Object.entries(plans).map(([stage, plan]) => [
    stage,
    new Set(
      planned(plan, "cloudwatch/logGroup:LogGroup", LogGroup).map(
        ({ inputs }) => inputs.retentionInDays,
      ),
    ),
  ]);
  expect(Object.fromEntries(days)).toEqual({
    production: new Set([90]),
    staging: new Set([30]),
    personal: new Set([7]),
  });
});

test("no two stages share a database or a schedule group", () => {
  const shared = Object.values(plans).map((plan) => lambdaOf(plan, "retry").environment.variables);
  expect(new Set(shared.map(({ MONGODB_DATABASE }) => MONGODB_DATABASE)).size).toBe(3);
  expect(new Set(shared.map(({ SCHEDULE_GROUP }) => SCHEDULE_GROUP)).size).toBe(3);
});

test("everything is tagged with project and stage", () => {
  const Providers = z.object({ aws: z.object({ defaultTags: z.object({ tags: z.unknown() }) }) });
  const { aws } = Providers.parse(plans.personal.app.providers);
  expect(aws.defaultTags.tags).toEqual({ project: "wechat-clawbot-hub", stage: "lin" });
});

describe("npm run plan", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hub-plan-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("prints every resource for people", async () => {
    const printed = await runPlan(["--stage", "staging"]);
    expect(printed).toContain("wechat-clawbot-hub, stage staging");
    for (const { name } of plans.staging.resources) {
      // SST names a subscriber after the queue's ARN, which is another one in each plan.
      expect(printed).toContain(name.replace(/Subscriber.+/, "Subscriber"));
    }
  });

  test("stops at a wrong setting as a deployment would, and says what to write", async () => {
    const settings = join(folder, "stage.env");
    await writeFile(settings, "HERMES_API_BASE_URL=http://localhost:8642/v1\nAPI_TOKEN=hidden\n");
    const failed = await runPlan(["--stage", "staging"], settings).catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed).toMatchObject({ code: 1 });
    expect(failed).toHaveProperty("stderr", expect.stringContaining("- API_TOKEN: is a secret"));
    expect(failed).toHaveProperty("stderr", expect.stringContaining("Lambda cannot reach"));
    expect(failed).toHaveProperty("stderr", expect.not.stringContaining("hidden"));
  });
});
