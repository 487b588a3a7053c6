import { queueFigures } from "./figures.ts";
import { stage } from "./settings.ts";

/** Jobs that failed as often as they may; the retry Lambda drains them into the database. */
export const agentDeadLetters = new sst.aws.Queue("AgentDeadLetters", {
  fifo: true,
  transform: { queue: keeping(queueFigures.deadLetterRetentionDays) },
});

/** One job per conversation that has something to do; the group is the conversation. */
export const agentQueue = new sst.aws.Queue("AgentQueue", {
  fifo: true,
  visibilityTimeout: `${queueFigures.visibilitySeconds} seconds`,
  dlq: { queue: agentDeadLetters.arn, retry: queueFigures.maxReceiveCount },
  transform: {
    queue: (args, opts) => {
      keeping(queueFigures.retentionDays)(args, opts);
      // Each conversation has its own order, so each may have its own throughput.
      args.deduplicationScope = "messageGroup";
      args.fifoThroughputLimit = "perMessageGroupId";
    },
  },
});

/** Wake-ups that Scheduler could not deliver; it takes only a standard queue for them. */
export const scheduleDeadLetters = new sst.aws.Queue("ScheduleDeadLetters", {
  transform: { queue: keeping(queueFigures.deadLetterRetentionDays) },
});

function keeping(days: number) {
  return (args: aws.sqs.QueueArgs, opts: $util.CustomResourceOptions): undefined => {
    args.messageRetentionSeconds = days * 86_400;
    args.sqsManagedSseEnabled = true;
    opts.retainOnDelete = stage.keepsData;
  };
}
