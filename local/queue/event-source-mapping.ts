import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { ThrottledError } from "#local/lambda/errors.ts";
import type { InvocationResult } from "#local/lambda/function-pool.ts";
import type { LambdaHost } from "#local/lambda/host.ts";
import { failedMessageIds } from "./batch-result.ts";
import { sqsEvent } from "./sqs-event.ts";

export type MappingEvent = {
  /** "left" messages come back when their visibility ends. */
  type: "invoked" | "deleted" | "left" | "poll_failed";
  messageIds: string[];
  reason?: string;
};

export type MappingOptions = {
  host: Pick<LambdaHost, "invoke">;
  functionName: string;
  endpoint: string;
  queueUrl: string;
  maximumConcurrency: number;
  /** At most 10 on a FIFO queue. */
  batchSize: number;
  onEvent?: (event: MappingEvent) => void;
};

export type EventSourceMapping = {
  /** Batches that are being handled. */
  inFlight: () => number;
  /**
   * Stops polling at once. Batches under way still end, and are deleted when they succeed; what
   * the host kills instead comes back, as everything does on at-least-once delivery.
   */
  stop: () => Promise<void>;
};

/** The longest SQS allows, and what Lambda's pollers use. */
const WAIT_SECONDS = 20;
const MAX_RECEIVE = 10;
const RETRY_MS = 500;

/**
 * What Lambda runs between a queue and a function (reference/aws.md 2). One loop polls. fauxqs
 * hands out one message of a FIFO group at a time, so order within a group needs nothing here.
 */
export async function startEventSourceMapping(
  options: MappingOptions,
): Promise<EventSourceMapping> {
  const { endpoint, queueUrl, maximumConcurrency, batchSize, onEvent } = options;
  const client = new SQSClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const visibilityMs = await readVisibilityMs(client, queueUrl);
  const stopping = new AbortController();
  const { signal } = stopping;
  let active = 0;
  let wake = () => {};

  const start = async (batch: Message[]) => {
    active++;
    try {
      await handleBatch(options, client, { batch, giveUpAt: Date.now() + visibilityMs });
    } catch (error) {
      onEvent?.({ type: "left", messageIds: idsOf(batch), reason: String(error) });
    } finally {
      active--;
      wake();
      if (signal.aborted && active === 0) client.destroy();
    }
  };

  const poll = async () => {
    while (!signal.aborted) {
      if (active >= maximumConcurrency) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      const wanted = Math.min(MAX_RECEIVE, (maximumConcurrency - active) * batchSize);
      const messages = await receive(client, queueUrl, wanted, signal).catch((error: unknown) => {
        if (signal.aborted) return [];
        onEvent?.({ type: "poll_failed", messageIds: [], reason: String(error) });
        return delay(RETRY_MS, []);
      });
      for (let at = 0; at < messages.length; at += batchSize) {
        void start(messages.slice(at, at + batchSize));
      }
    }
  };

  const polling = poll();
  return {
    inFlight: () => active,
    async stop() {
      stopping.abort();
      wake();
      await polling;
      if (active === 0) client.destroy();
    },
  };
}

async function handleBatch(
  { host, functionName, queueUrl, onEvent }: MappingOptions,
  client: SQSClient,
  { batch, giveUpAt }: { batch: Message[]; giveUpAt: number },
): Promise<void> {
  const event = sqsEvent(batch, queueUrl);
  onEvent?.({ type: "invoked", messageIds: idsOf(batch) });
  const result = await invokeWhenPossible(host, functionName, event, giveUpAt);
  if (result === undefined) {
    onEvent?.({ type: "left", messageIds: idsOf(batch), reason: "throttled" });
    return;
  }
  const failed = failedMessageIds(result, idsOf(batch));
  const done = batch.filter((message) => !failed.ids.has(message.MessageId ?? ""));
  if (failed.ids.size > 0) {
    onEvent?.({ type: "left", messageIds: [...failed.ids], reason: failed.reason });
  }
  if (done.length === 0) return;
  await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: done.map((message, index) => ({
        Id: `${index}`,
        ReceiptHandle: message.ReceiptHandle,
      })),
    }),
  );
  onEvent?.({ type: "deleted", messageIds: idsOf(done) });
}

/** Undefined when the function stayed throttled for as long as the messages are ours. */
async function invokeWhenPossible(
  host: MappingOptions["host"],
  functionName: string,
  event: SQSEvent,
  giveUpAt: number,
): Promise<InvocationResult | undefined> {
  do {
    try {
      return await host.invoke(functionName, event);
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      await delay(RETRY_MS, undefined, { ref: false });
    }
  } while (Date.now() < giveUpAt);
  return undefined;
}

async function receive(
  client: SQSClient,
  QueueUrl: string,
  MaxNumberOfMessages: number,
  abortSignal: AbortSignal,
): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages,
    WaitTimeSeconds: WAIT_SECONDS,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  });
  const { Messages = [] } = await client.send(command, { abortSignal });
  return Messages;
}

async function readVisibilityMs(client: SQSClient, QueueUrl: string): Promise<number> {
  const command = new GetQueueAttributesCommand({
    QueueUrl,
    AttributeNames: ["VisibilityTimeout"],
  });
  const { Attributes } = await client.send(command);
  return Number(Attributes?.VisibilityTimeout ?? 30) * 1000;
}

function idsOf(messages: Message[]): string[] {
  return messages.map((message) => message.MessageId ?? "");
}
