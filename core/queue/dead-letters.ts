import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";

export type DeadLetter = { body: string; receiptHandle: string; sqsMessageId: string };

export type DeadLetters = {
  /** Up to ten jobs that failed as often as they may; they come again unless removed. */
  receive(): Promise<DeadLetter[]>;
  remove(letter: DeadLetter): Promise<void>;
};

/** The queue's dead-letter queue, read by the retry Lambda only. */
export function createDeadLetters(
  options: { queueUrl: string },
  client: SQSClient = new SQSClient({}),
): DeadLetters {
  return {
    async receive() {
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
