import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { soon } from "./soon.ts";
import { functionFigures, queueFigures } from "#infra/figures.ts";
import { startDatabase } from "#local/database/database.ts";
import { startDatabaseProxy } from "#local/meter/database-proxy.ts";
import { createMeter } from "#local/meter/meter.ts";
import { startEventSourceMapping } from "#local/queue/event-source-mapping.ts";
import { startQueue } from "#local/queue/queue.ts";
import { startScheduler } from "#local/scheduler/scheduler.ts";
import { createLambdaHost, type FunctionLogLine } from "./host.ts";
import { functionArn } from "./function-definition.ts";

const undo: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const step of undo.toReversed()) await step();
});

const SOURCES = {
  api: `
    import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
    const scheduler = new SchedulerClient({});
    export const handler = async (event) => {
      await scheduler.send(new CreateScheduleCommand({
        Name: event.rawPath.slice(1), ScheduleExpression: "rate(1 minute)", FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: process.env.POLL_FUNCTION_ARN, RoleArn: "arn:aws:iam::000000000000:role/r",
          Input: JSON.stringify({ accountId: event.rawPath.slice(1) }) } }));
      return { statusCode: 204 };
    };`,
  poll: `
    import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
    import { MongoClient } from "mongodb";
    const db = new MongoClient(process.env.MONGODB_URI).db("hub");
    const sqs = new SQSClient({});
    export const handler = async ({ accountId }) => {
      const { insertedId } = await db.collection("messages").insertOne({ accountId, state: "stored" });
      await sqs.send(new SendMessageCommand({ QueueUrl: process.env.AGENT_QUEUE_URL,
        MessageBody: JSON.stringify({ id: String(insertedId) }), MessageGroupId: accountId,
        MessageDeduplicationId: String(insertedId) }));
    };`,
  agent: `
    import { MongoClient, ObjectId } from "mongodb";
    const db = new MongoClient(process.env.MONGODB_URI).db("hub");
    export const handler = async (event) => {
      for (const record of event.Records) {
        const _id = new ObjectId(JSON.parse(record.body).id);
        await db.collection("messages").updateOne({ _id }, { $set: { state: "answered" } }, { comment: "answer" });
      }
      return { batchItemFailures: [] };
    };`,
};

async function bundle(folder: string, name: keyof typeof SOURCES): Promise<string> {
  const outfile = path.join(folder, `${name}.mjs`);
  const require =
    "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";
  await build({
    stdin: { contents: SOURCES[name], resolveDir: import.meta.dirname, loader: "js" },
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: { js: require },
  });
  return outfile;
}

test("a schedule made over HTTP polls, stores, queues and answers", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "hub-runtime-test-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const meter = createMeter();
  const lines: FunctionLogLine[] = [];
  const database = await startDatabase({
    dataDir: ":memory:",
    log: () => undefined,
    env: { PATH: process.env["PATH"] },
  });
  undo.push(() => database.stop());
  const queue = await startQueue({ meter });
  undo.push(() => queue.stop());
  const host = await createLambdaHost({ meter, onLine: (line) => lines.push(line) });
  const scheduler = await startScheduler({ host, meter, minuteMs: 300 });
  undo.push(() => host.stop());
  undo.push(() => scheduler.stop());

  for (const name of ["api", "poll", "agent"] as const) {
    const proxy = await startDatabaseProxy({ targetUri: database.uri, label: name, meter });
    undo.push(() => proxy.stop());
    host.register({
      name,
      bundlePath: await bundle(folder, name),
      handler: "handler",
      ...functionFigures[name],
      retryAttempts: 0,
      maxEventAgeSeconds: 60,
      environment: {
        MONGODB_URI: proxy.uri,
        AGENT_QUEUE_URL: queue.agentQueueUrl,
        POLL_FUNCTION_ARN: functionArn("poll"),
        AWS_ENDPOINT_URL_SQS: queue.endpoint,
        AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
      },
    });
  }
  const mapping = await startEventSourceMapping({
    host,
    functionName: "agent",
    endpoint: queue.endpoint,
    queueUrl: queue.agentQueueUrl,
    maximumConcurrency: 5,
    batchSize: queueFigures.batchSize,
  });
  undo.push(() => mapping.stop());
  const { url } = await host.createFunctionUrl("api");

  expect((await fetch(`${url}/acc_1`, { method: "POST" })).status).toBe(204);
  await soon(() => expect(usage("agent")?.outcomes.success).toBeGreaterThan(1));

  expect(lines).toEqual([]);
  expect(scheduler.schedules()).toHaveLength(1);
  expect(meter.snapshot().database).toContainEqual(
    expect.objectContaining({
      label: "agent",
      command: "update",
      collection: "messages",
      comment: "answer",
    }),
  );
  expect(usage("poll")).toMatchObject({ coldStarts: expect.any(Number), throttles: 0 });
  function usage(name: string) {
    return meter.snapshot().functions[name];
  }
});
