import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startQueue, type LocalQueue } from "#local/queue/queue.ts";

export type Received = { body: string; receiptHandle: string; group: string };

/** The agent queue and its dead-letter queue on a free port, with a client of the real SDK. */
export type TestQueue = LocalQueue & {
  client: SQSClient;
  /** One look at the agent queue; what it gives stays in flight. */
  receive(): Promise<Received[]>;
  /** Takes everything off the agent queue, in the order it is given out. */
  receiveAll(): Promise<Received[]>;
  remove(receiptHandle: string): Promise<void>;
};

export async function startTestQueue(): Promise<TestQueue> {
  const queue = await startQueue();
  const client = sqsClient(queue.endpoint);

  async function receive(): Promise<Received[]> {
    const answer = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.agentQueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 0,
        MessageSystemAttributeNames: ["MessageGroupId"],
      }),
    );
    return (answer.Messages ?? []).map(({ Body, ReceiptHandle, Attributes }) => ({
      body: Body ?? "",
      receiptHandle: ReceiptHandle ?? "",
      group: Attributes?.MessageGroupId ?? "",
    }));
  }

  async function remove(receiptHandle: string): Promise<void> {
    await client.send(
      new DeleteMessageCommand({ QueueUrl: queue.agentQueueUrl, ReceiptHandle: receiptHandle }),
    );
  }

  return {
    ...queue,
    client,
    receive,
    remove,
    async receiveAll() {
      const all: Received[] = [];
      for (let some = await receive(); some.length > 0; some = await receive()) {
        for (const each of some) await remove(each.receiptHandle);
        all.push(...some);
      }
      return all;
    },
    async stop() {
      client.destroy();
      await queue.stop();
    },
  };
}

export function sqsClient(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
}
