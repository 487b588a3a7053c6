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
  /** Whether SQS forgets this deletion: the batch was handled, and comes back all the same. */
  losesDeletion?: (messageIds: readonly string[]) => boolean;
  onEvent?: (event: MappingEvent) => void;
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
  const client = new SQSClient({
    endpoint: options.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const visibilityMs = await readVisibilityMs(client, options.queueUrl);
  return new EventSourceMapping(options, client, visibilityMs);
}

export class EventSourceMapping {
  readonly #options: MappingOptions;
  readonly #client: SQSClient;
  readonly #visibilityMs: number;
  readonly #stopping = new AbortController();
  readonly #polling: Promise<void>;
  #active = 0;
  #placeFreed = Promise.withResolvers<void>();

  constructor(options: MappingOptions, client: SQSClient, visibilityMs: number) {
    this.#options = options;
    this.#client = client;
    this.#visibilityMs = visibilityMs;
    this.#polling = this.#poll();
  }

  /** Batches that are being handled. */
  inFlight(): number {
    return this.#active;
  }

  /**
   * Stops polling at once. Batches under way still end, and are deleted when they succeed; what
   * the host kills instead comes back, as everything does on at-least-once delivery.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#placeFreed.resolve();
    await this.#polling;
    if (this.#active === 0) this.#client.destroy();
  }

  async #poll(): Promise<void> {
    const { maximumConcurrency, batchSize } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const free = maximumConcurrency - this.#active;
      if (free > 0) {
        const messages = await this.#receive(Math.min(MAX_RECEIVE, free * batchSize));
        for (let at = 0; at < messages.length; at += batchSize) {
          void this.#handle(messages.slice(at, at + batchSize));
        }
      } else {
        await this.#placeFreed.promise;
      }
    }
  }

  async #receive(wanted: number): Promise<Message[]> {
    const { queueUrl, onEvent } = this.#options;
    const { signal } = this.#stopping;
    try {
      return await receive(this.#client, queueUrl, wanted, signal);
    } catch (error) {
      if (signal.aborted) return [];
      onEvent?.({ type: "poll_failed", messageIds: [], reason: String(error) });
      return delay(RETRY_MS, []);
    }
  }

  async #handle(batch: Message[]): Promise<void> {
    this.#active++;
    const giveUpAt = Date.now() + this.#visibilityMs;
    try {
      await handleBatch(this.#options, this.#client, { batch, giveUpAt });
    } catch (error) {
      this.#options.onEvent?.({ type: "left", messageIds: idsOf(batch), reason: String(error) });
    } finally {
      this.#active--;
      this.#placeFreed.resolve();
      this.#placeFreed = Promise.withResolvers();
      if (this.#stopping.signal.aborted && this.#active === 0) this.#client.destroy();
    }
  }
}

async function handleBatch(
  { host, functionName, queueUrl, losesDeletion, onEvent }: MappingOptions,
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
  if (losesDeletion?.(idsOf(done)) === true) {
    onEvent?.({ type: "left", messageIds: idsOf(done), reason: "the deletion was lost" });
    return;
  }
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
