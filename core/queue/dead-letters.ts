import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import { whenFirstAsked } from "#core/shared/when-first-asked.ts";

export type DeadLetter = { body: string; receiptHandle: string; sqsMessageId: string };

export type DeadLetters = {
  /** Up to ten jobs that failed as often as they may; they come again unless removed. */
  receive(): Promise<DeadLetter[]>;
  remove(letter: DeadLetter): Promise<void>;
};

/** The queue's dead-letter queue, read by the retry Lambda only. */
export function createDeadLetters(options: { queueUrl: string }, given?: SQSClient): DeadLetters {
  const sqs = whenFirstAsked(async () => {
    const sdk = await import("@aws-sdk/client-sqs");
    return { ...sdk, client: given ?? new sdk.SQSClient({}) };
  });
  return {
    async receive() {
      const { client, ReceiveMessageCommand } = await sqs();
      const answer = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: options.queueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 0,
        }),
      );
      return (answer.Messages ?? []).flatMap(toLetter);
    },

    async remove({ receiptHandle }) {
      const { client, DeleteMessageCommand } = await sqs();
      await client.send(
        new DeleteMessageCommand({ QueueUrl: options.queueUrl, ReceiptHandle: receiptHandle }),
      );
    },
  };
}

function toLetter({ Body, ReceiptHandle, MessageId }: Message): DeadLetter[] {
  if (Body === undefined || !ReceiptHandle || !MessageId) return [];
  return [{ body: Body, receiptHandle: ReceiptHandle, sqsMessageId: MessageId }];
}
