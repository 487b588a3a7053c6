import type { SendMessageBatchCommand as SendMessageBatch, SQSClient } from "@aws-sdk/client-sqs";
import { HubError } from "#core/shared/errors.ts";
import { whenFirstAsked } from "#core/shared/when-first-asked.ts";
import { jobVersion, type Job } from "./job.ts";

export type NewJob = Omit<Job, "version">;

export type AgentQueue = {
  /** Pushes jobs, ten to a request. Throws QueueError when any was not taken; a repeat is absorbed. */
  push(jobs: readonly NewJob[]): Promise<void>;
  /** Has a received job come again after this many seconds instead of the queue's whole visibility. */
  delay(receiptHandle: string, seconds: number): Promise<void>;
};

/** SQS did not take all jobs; what was not pushed is found by the retry Lambda. */
export class QueueError extends HubError {}

const batchSize = 10;

/**
 * The FIFO queue in front of the agent Lambda: the group is the conversation, the job's id is the
 * deduplication id (reference/aws.md 2).
 */
export function createAgentQueue(options: { queueUrl: string }, given?: SQSClient): AgentQueue {
  const sqs = whenFirstAsked(async () => {
    const sdk = await import("@aws-sdk/client-sqs");
    return { ...sdk, client: given ?? new sdk.SQSClient({}) };
  });
  return {
    async push(jobs) {
      for (let at = 0; at < jobs.length; at += batchSize) {
        await pushBatch(await sqs(), options.queueUrl, jobs.slice(at, at + batchSize));
      }
    },

    async delay(receiptHandle, seconds) {
      const { client, ChangeMessageVisibilityCommand } = await sqs();
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: options.queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
  };
}

type Sqs = { client: SQSClient; SendMessageBatchCommand: typeof SendMessageBatch };

async function pushBatch(
  { client, SendMessageBatchCommand }: Sqs,
  queueUrl: string,
  jobs: readonly NewJob[],
): Promise<void> {
  const answer = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: jobs.map((job, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify({ version: jobVersion, ...job }),
        MessageGroupId: job.conversationId,
        MessageDeduplicationId: job.jobId,
      })),
    }),
  );
  const failed = answer.Failed ?? [];
  if (failed.length > 0) {
    throw new QueueError("queue.refused", "SQS refused some jobs; they are pushed again later.", {
      refused: failed.length,
      code: failed[0]?.Code ?? null,
    });
  }
}
