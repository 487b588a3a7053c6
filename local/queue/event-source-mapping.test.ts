import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { afterEach, describe, expect, test } from "vitest";
import { soon } from "#local/lambda/soon.ts";
import { type HostUnderTest, startTestHost } from "#local/lambda/testing.ts";
import { createMeter } from "#local/meter/meter.ts";
import {
  type EventSourceMapping,
  type MappingEvent,
  type MappingOptions,
  startEventSourceMapping,
} from "./event-source-mapping.ts";
import { type LocalQueue, type LocalQueueOptions, startQueue } from "./queue.ts";

type Story = {
  queue: LocalQueue;
  host: HostUnderTest;
  events: MappingEvent[];
  mapping: EventSourceMapping;
  send: (body: object, group?: string) => Promise<unknown>;
  /** What the function wrote, one value per line. */
  written: () => unknown[];
};
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** A queue, a mapping and a function that gets each parsed body, the record and the event. */
async function start(
  perRecord: string,
  options: Partial<MappingOptions> & LocalQueueOptions & { answer?: string } = {},
): Promise<Story> {
  const queue = await startQueue({ visibilitySeconds: 30, ...options });
  undo.push(() => queue.stop());
  const host = await startTestHost();
  undo.push(() => host.stop());
  const source = `
    const write = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    export const handler = async (event) => {
      const failed = [];
      for (const record of event.Records) {
        const body = JSON.parse(record.body);
        try { ${perRecord} } catch (error) { failed.push({ itemIdentifier: record.messageId }); }
      }
      return ${options.answer ?? "{ batchItemFailures: failed }"};
    };`;
  host.add("agent", source);
  const client = new SQSClient({
    endpoint: queue.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  undo.push(async () => client.destroy());
  const events: MappingEvent[] = [];
  const mapping = await startEventSourceMapping({
    host,
    functionName: "agent",
    endpoint: queue.endpoint,
    queueUrl: queue.agentQueueUrl,
    maximumConcurrency: 5,
    batchSize: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  undo.push(() => mapping.stop());
  let count = 0;
  const send = (body: object, group = "a") =>
    client.send(
      new SendMessageCommand({
        QueueUrl: queue.agentQueueUrl,
        MessageBody: JSON.stringify(body),
        MessageGroupId: group,
        MessageDeduplicationId: `${count++}`,
      }),
    );
  const written = () =>
    host.lines.filter((line) => line.stream === "stdout").map((line) => JSON.parse(line.line));
  return { queue, host, events, mapping, send, written };
}

const EMPTY = { agent: { ready: 0, inFlight: 0 }, deadLetters: { ready: 0, inFlight: 0 } };

describe("a message", () => {
  test("reaches the function as Lambda would hand it over, and is deleted", async () => {
    const { queue, send, written } = await start("write(record);");
    await send({ jobId: "j1" }, "conversation-1");
    await soon(() => expect(queue.depth()).toEqual(EMPTY));
    const record: Partial<SQSEvent["Records"][number]> = {
      body: '{"jobId":"j1"}',
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:AgentQueue.fifo",
      attributes: expect.objectContaining({
        ApproximateReceiveCount: "1",
        MessageGroupId: "conversation-1",
        MessageDeduplicationId: "0",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
      }),
    };
    await soon(() => expect(written()).toEqual([expect.objectContaining(record)]));
  });

  test("of one group waits for the one before, while other groups go on", async () => {
    const { queue, send, written } = await start(
      "write(['start', body.n]); await sleep(body.ms ?? 0); write(['end', body.n]);",
    );
    await send({ n: 1, ms: 400 }, "a");
    await send({ n: 2 }, "a");
    await send({ n: 3 }, "b");
    await soon(() => expect(queue.depth()).toEqual(EMPTY));
    await soon(() => expect(written()).toHaveLength(6));
    const order = written().map((entry) => String(entry));
    expect(order.indexOf("start,2")).toBeGreaterThan(order.indexOf("end,1"));
    expect(order.indexOf("end,3")).toBeLessThan(order.indexOf("end,1"));
  });

  test("that failed comes back when its visibility ends, as often as allowed", async () => {
    const { queue, send, events } = await start("throw new Error('no');", {
      visibilitySeconds: 0,
      maxReceiveCount: 3,
    });
    await send({ jobId: "j1" });
    await soon(() => expect(queue.depth().deadLetters.ready).toBe(1));
    const ofType = (type: string) => events.filter((event) => event.type === type);
    expect(ofType("invoked")).toHaveLength(3);
    const left = expect.objectContaining({ type: "left", reason: "reported by the function" });
    await soon(() => expect(ofType("left")).toEqual([left, left, left]));
  });

  test("comes back sooner when the function shortened its visibility", async () => {
    const { queue, send, written, host } = await start(
      "write(record.attributes); write(record.receiptHandle); await sleep(300); throw new Error('later');",
    );
    await send({ jobId: "j1" });
    await soon(() => expect(written()).toHaveLength(2));
    const client = new SQSClient({
      endpoint: queue.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
    const [, ReceiptHandle] = written();
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queue.agentQueueUrl,
        ReceiptHandle: String(ReceiptHandle),
        VisibilityTimeout: 1,
      }),
    );
    client.destroy();
    await soon(() => expect(written()[2]).toMatchObject({ ApproximateReceiveCount: "2" }));
    expect(host.meter.snapshot().functions["agent"]?.invocations).toBeGreaterThan(0);
  });
});

describe("a batch", () => {
  test("loses only what succeeded", async () => {
    const { queue, send, events } = await start(
      "if (body.bad) throw new Error('no'); await sleep(50);",
      {
        batchSize: 10,
        maximumConcurrency: 1,
      },
    );
    // The first keeps the only place, so the next two arrive together.
    await send({ n: 1 }, "a");
    await send({ n: 2, bad: true }, "b");
    await send({ n: 3 }, "c");
    await soon(() => expect(queue.depth().agent).toEqual({ ready: 0, inFlight: 1 }));
    await soon(() => expect(queue.bodies("agent")).toEqual(['{"n":2,"bad":true}']));
    expect(events.some((event) => event.type === "invoked" && event.messageIds.length > 1)).toBe(
      true,
    );
  });

  test.each([
    ["throws", "(() => { throw new Error('no'); })()"],
    ["answers another shape", "{ batchItemFailures: 'none' }"],
    ["names a message it did not get", "{ batchItemFailures: [{ itemIdentifier: 'x' }] }"],
    ["names no message", "{ batchItemFailures: [{ itemIdentifier: '' }] }"],
  ])("stays whole when the function %s", async (_title, answer) => {
    const { queue, send, events } = await start("", { answer });
    await send({ n: 1 });
    await soon(() => expect(events.at(-1)).toMatchObject({ type: "left" }));
    expect(queue.depth().agent).toEqual({ ready: 0, inFlight: 1 });
  });

  test.each([
    "undefined",
    "null",
    "{}",
    "{ batchItemFailures: null }",
    "{ batchItemFailures: [] }",
  ])("is done when the function answers %s", async (answer) => {
    const { queue, send, events } = await start("", { answer });
    await send({ n: 1 });
    await soon(() => expect(events.at(-1)).toMatchObject({ type: "deleted" }));
    expect(queue.depth()).toEqual(EMPTY);
  });
});

describe("the mapping", () => {
  test("runs no more batches at once than it may", async () => {
    const { queue, send, host } = await start("await sleep(150);", { maximumConcurrency: 2 });
    const seen = new Set<number>();
    for (let n = 0; n < 6; n++) await send({ n }, `group-${n}`);
    await soon(() => {
      seen.add(host.running("agent").length);
      expect(queue.depth()).toEqual(EMPTY);
    });
    expect(Math.max(...seen)).toBe(2);
  });

  test("waits with few requests when there is nothing to do", async () => {
    const meter = createMeter();
    const { send, events } = await start("", { meter });
    await send({ n: 1 });
    await soon(() => expect(events.at(-1)?.type).toBe("deleted"));
    const { ReceiveMessage, DeleteMessageBatch } = meter.snapshot().queueRequests;
    expect({ ReceiveMessage, DeleteMessageBatch }).toEqual({
      ReceiveMessage: 2,
      DeleteMessageBatch: 1,
    });
  });

  test("stops at once, and takes no message any more", async () => {
    const { queue, send, mapping, events } = await start("");
    const startedAt = Date.now();
    await mapping.stop();
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await send({ n: 1 });
    await soon(() => expect(queue.depth().agent).toEqual({ ready: 1, inFlight: 0 }));
    expect(events).toEqual([]);
  });

  test("hands a message over again when its deletion was lost", async () => {
    let losses = 1;
    const { queue, send, host } = await start("", {
      visibilitySeconds: 1,
      losesDeletion: () => losses-- > 0,
    });
    await send({ n: 1 });
    await soon(() => expect(queue.depth()).toEqual(EMPTY));
    expect(host.meter.snapshot().functions["agent"]?.outcomes.success).toBe(2);
  });

  test("leaves a message whose function was killed", async () => {
    const { queue, send, host, events } = await start("await sleep(60_000);");
    await send({ n: 1 });
    await soon(() => expect(host.running("agent")).toHaveLength(1));
    await host.kill("agent");
    await soon(() => expect(events.at(-1)).toMatchObject({ type: "left" }));
    expect(queue.depth().agent.inFlight).toBe(1);
  });
});
