import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { z } from "zod";
import type { DoctorReport } from "#scripts/doctor/run-doctor.ts";
import { workConversation } from "#core/agent-runs/work-conversation.ts";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { workOffJob } from "#core/queue/work-off-job.ts";
import { createTypingTickets } from "#core/sending/typing-tickets.ts";
import { layGround } from "./shared/ground.ts";
import { endOf, handle } from "./shared/handle.ts";

const ground = layGround("agent", [
  "queue",
  "agent",
  "answering",
  "hermes",
  "ownHermes",
  "sending",
  "wechat",
  "credentials",
]);
const queue = createAgentQueue({ queueUrl: ground.settings.queue.AGENT_QUEUE_URL });
const deps = { ...ground, queue, typingTickets: createTypingTickets(ground.clock) };

const OnDemand = z.object({ do: z.literal("doctor") });

/**
 * Woken by the agent queue, one job at a time; a job that failed is reported, so that it comes again.
 * `npm run doctor -- --stage X` asks it to look at its own settings, rights and network instead.
 */
export const handler = handle(
  ground,
  async (event: SQSEvent, context): Promise<SQSBatchResponse | DoctorReport> => {
    if (OnDemand.safeParse(event).success) {
      const { runDoctorInside } = await import("#scripts/doctor/inside.ts");
      return runDoctorInside();
    }
    const endsAt = endOf(context, ground.clock.now());
    const batchItemFailures = [];
    for (const record of event.Records) {
      const received = {
        body: record.body,
        sqsMessageId: record.messageId,
        receiptHandle: record.receiptHandle,
        receiveCount: Number(record.attributes.ApproximateReceiveCount),
      };
      const done = await workOffJob(deps, received, (job) => workConversation(deps, job, endsAt));
      if (!done) batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  },
);
