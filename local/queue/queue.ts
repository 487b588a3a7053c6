import {
  CreateQueueCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import { queueFigures } from "#infra/figures.ts";
import type { Meter } from "#local/meter/meter.ts";
import { withFastify } from "./fastify-hooks.ts";
import { addFauxqsHooks } from "./fauxqs-hooks.ts";

export type LocalQueueOptions = {
  meter?: Meter;
  /** 0, the default, takes a free one. */
  port?: number;
  /** Keeps messages between starts; without it they are gone. Deduplication ids are not kept. */
  dataDir?: string;
  /** For tests that cannot wait for the real one. */
  visibilitySeconds?: number;
  maxReceiveCount?: number;
};

export type QueueDepth = { ready: number; inFlight: number };

/** The agent queue with its dead-letter queue, on fauxqs (reference/local-parts.md). */
export type LocalQueue = {
  /** The endpoint for `@aws-sdk/client-sqs`. */
  readonly endpoint: string;
  readonly agentQueueUrl: string;
  readonly deadLetterUrl: string;
  depth: () => { agent: QueueDepth; deadLetters: QueueDepth };
  /** The bodies of what waits in the queue or is being handled, oldest first. */
  bodies: (queue: "agent" | "deadLetters") => string[];
  stop: () => Promise<void>;
};

export const AGENT_QUEUE = "AgentQueue.fifo";
export const DEAD_LETTER_QUEUE = "AgentDeadLetters.fifo";
const ACCOUNT = "000000000000";
const REGION = "us-east-1";
const DAY_SECONDS = 86_400;

export async function startQueue(options: LocalQueueOptions = {}): Promise<LocalQueue> {
  const { port = 0, dataDir, meter } = options;
  const server = await withFastify(
    () => startFauxqs({ port, logger: false, ...(dataDir !== undefined && { dataDir }) }),
    (fastify) => addFauxqsHooks(fastify, meter),
  );
  const endpoint = `http://127.0.0.1:${server.port}`;
  const present = (name: string) => server.inspectQueue(name) !== undefined;
  await createQueues(endpoint, options, present);
  const inspect = (name: string) => {
    const messages = server.inspectQueue(name)?.messages ?? { ready: [], inflight: [] };
    return { ready: messages.ready, inFlight: messages.inflight.map((entry) => entry.message) };
  };
  const depth = (name: string): QueueDepth => {
    const { ready, inFlight } = inspect(name);
    return { ready: ready.length, inFlight: inFlight.length };
  };
  return {
    endpoint,
    agentQueueUrl: urlOf(endpoint, AGENT_QUEUE),
    deadLetterUrl: urlOf(endpoint, DEAD_LETTER_QUEUE),
    depth: () => ({ agent: depth(AGENT_QUEUE), deadLetters: depth(DEAD_LETTER_QUEUE) }),
    bodies(queue) {
      const { ready, inFlight } = inspect(queue === "agent" ? AGENT_QUEUE : DEAD_LETTER_QUEUE);
      return [...inFlight, ...ready]
        .sort((one, other) => one.sentTimestamp - other.sentTimestamp)
        .map((message) => message.body);
    },
    stop: () => server.stop(),
  };
}

/** Queues kept from an earlier start get today's figures; making them anew would empty them. */
async function createQueues(
  endpoint: string,
  { visibilitySeconds = queueFigures.visibilitySeconds, maxReceiveCount }: LocalQueueOptions,
  present: (name: string) => boolean,
): Promise<void> {
  const client = new SQSClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const ensure = async (
    name: string,
    Attributes: Partial<Record<QueueAttributeName, string>>,
  ): Promise<void> => {
    if (present(name)) {
      const QueueUrl = urlOf(endpoint, name);
      await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    } else {
      const created = { QueueName: name, Attributes: { ...Attributes, FifoQueue: "true" } };
      await client.send(new CreateQueueCommand(created));
    }
  };
  try {
    await ensure(DEAD_LETTER_QUEUE, {
      MessageRetentionPeriod: `${queueFigures.deadLetterRetentionDays * DAY_SECONDS}`,
    });
    await ensure(AGENT_QUEUE, {
      VisibilityTimeout: `${visibilitySeconds}`,
      MessageRetentionPeriod: `${queueFigures.retentionDays * DAY_SECONDS}`,
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${DEAD_LETTER_QUEUE}`,
        maxReceiveCount: maxReceiveCount ?? queueFigures.maxReceiveCount,
      }),
    });
  } finally {
    client.destroy();
  }
}

function urlOf(endpoint: string, name: string): string {
  return `${endpoint}/${ACCOUNT}/${name}`;
}
