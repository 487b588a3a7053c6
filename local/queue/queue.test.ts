import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, test } from "vitest";
import { soon } from "#local/lambda/soon.ts";
import { createMeter } from "#local/meter/meter.ts";
import { type LocalQueue, type LocalQueueOptions, startQueue } from "./queue.ts";

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function start(options: LocalQueueOptions = {}) {
  const queue = await startQueue(options);
  const client = clientOf(queue);
  undo.push(() => queue.stop());
  undo.push(async () => client.destroy());
  return { queue, client, ...actions(queue, client) };
}

function clientOf(queue: LocalQueue): SQSClient {
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  return new SQSClient({
    endpoint: queue.endpoint,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
  });
}

function actions(queue: LocalQueue, client: SQSClient) {
  const QueueUrl = queue.agentQueueUrl;
  return {
    send: (MessageBody: string, MessageGroupId = "g") =>
      client.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody,
          MessageGroupId,
          MessageDeduplicationId: MessageBody,
        }),
      ),
    receive: async (more: { url?: string; waitSeconds?: number; signal?: AbortSignal } = {}) => {
      const command = new ReceiveMessageCommand({
        QueueUrl: more.url ?? QueueUrl,
        WaitTimeSeconds: more.waitSeconds ?? 0,
        MaxNumberOfMessages: 10,
      });
      const { Messages = [] } = await client.send(
        command,
        more.signal ? { abortSignal: more.signal } : {},
      );
      return Messages;
    },
    changeVisibility: (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
      client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
      ),
  };
}

const bodies = (messages: { Body?: string | undefined }[]) =>
  messages.map((message) => message.Body);

const nameOf = (error: unknown) => (error instanceof Error ? error.name : "no error");

describe("the agent queue", () => {
  test("has the figures that infra deploys", async () => {
    const { queue, client } = await start();
    const command = new GetQueueAttributesCommand({
      QueueUrl: queue.agentQueueUrl,
      AttributeNames: ["All"],
    });
    const { Attributes } = await client.send(command);
    expect(Attributes).toMatchObject({
      FifoQueue: "true",
      VisibilityTimeout: "180",
      MessageRetentionPeriod: "345600",
      RedrivePolicy: expect.stringContaining('"maxReceiveCount":3'),
    });
  });

  test("moves what was received too often to the dead letters", async () => {
    const { queue, send, receive } = await start({ visibilitySeconds: 0, maxReceiveCount: 2 });
    await send("job");
    expect(bodies(await receive())).toEqual(["job"]);
    expect(bodies(await receive({ waitSeconds: 1 }))).toEqual(["job"]);
    await receive();
    expect(queue.depth()).toEqual({
      agent: { ready: 0, inFlight: 0 },
      deadLetters: { ready: 1, inFlight: 0 },
    });
    expect(bodies(await receive({ url: queue.deadLetterUrl }))).toEqual(["job"]);
    expect(queue.bodies("deadLetters")).toEqual(["job"]);
  });

  test("counts its requests by action", async () => {
    const meter = createMeter();
    const { send, receive } = await start({ meter });
    const before = meter.snapshot().queueRequests;
    await send("job");
    await receive();
    await receive();
    expect(before).toEqual({ CreateQueue: 2 });
    expect(meter.snapshot().queueRequests).toEqual({
      CreateQueue: 2,
      SendMessage: 1,
      ReceiveMessage: 2,
    });
  });

  test("gives a message back when the one who polled for it has gone", async () => {
    const meter = createMeter();
    const { queue, send, receive } = await start({ meter });
    const leaving = new AbortController();
    const abandoned = receive({ waitSeconds: 20, signal: leaving.signal }).catch(nameOf);
    await soon(() => expect(meter.snapshot().queueRequests["ReceiveMessage"]).toBe(1));
    leaving.abort();
    expect(await abandoned).toBe("AbortError");
    await send("job");
    expect(bodies(await receive({ waitSeconds: 2 }))).toEqual(["job"]);
    expect(queue.depth().agent).toEqual({ ready: 0, inFlight: 1 });
  });
});

describe("a queue with a data folder", () => {
  const folder = async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), "hub-queue-test-"));
    undo.push(() => rm(dataDir, { recursive: true, force: true }));
    return dataDir;
  };

  test("keeps its messages, and takes the figures of the new start", async () => {
    const dataDir = await folder();
    const first = await startQueue({ dataDir });
    const client = clientOf(first);
    await actions(first, client).send("job");
    client.destroy();
    await first.stop();
    const { queue, client: second, receive } = await start({ dataDir, visibilitySeconds: 7 });
    const command = new GetQueueAttributesCommand({
      QueueUrl: queue.agentQueueUrl,
      AttributeNames: ["VisibilityTimeout"],
    });
    expect((await second.send(command)).Attributes).toEqual({ VisibilityTimeout: "7" });
    expect(bodies(await receive())).toEqual(["job"]);
  });

  test("makes a message visible at once when its visibility is set to nothing", async () => {
    const { send, receive, changeVisibility } = await start({ dataDir: await folder() });
    await send("job");
    const [message] = await receive();
    await changeVisibility(message?.ReceiptHandle, 0);
    expect(bodies(await receive({ waitSeconds: 2 }))).toEqual(["job"]);
  });
});
