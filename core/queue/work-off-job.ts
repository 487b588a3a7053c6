import type { Deps } from "#core/shared/deps.ts";
import { TryLaterError } from "#core/shared/errors.ts";
import type { AgentQueue } from "./agent-queue.ts";
import { deadJobStore } from "./dead-job.ts";
import { Job } from "./job.ts";

export type ReceivedJob = {
  body: string;
  sqsMessageId: string;
  receiptHandle: string;
  receiveCount: number;
};

/**
 * Works one received job off; false when it has to come again, after a shortened visibility, since
 * only a kill should cost a whole one. A job that does not parse goes to `dead_jobs` at once: it
 * would never parse.
 */
export async function workOffJob(
  deps: Deps<"agent"> & { queue: AgentQueue },
  received: ReceivedJob,
  work: (job: Job) => Promise<void>,
): Promise<boolean> {
  const parsed = Job.safeParse(jsonOrNull(received.body));
  if (!parsed.success) {
    const { sqsMessageId, body } = received;
    const now = deps.clock.now();
    await deadJobStore(deps.db).keep({ sqsMessageId, why: "unreadable", body, now });
    deps.log.error("job.unreadable", { sqsMessageId });
    return true;
  }
  try {
    await work(parsed.data);
    return true;
  } catch (error) {
    const { jobId, conversationId } = parsed.data;
    const fields = { jobId, conversationId, receiveCount: received.receiveCount };
    if (error instanceof TryLaterError) deps.log.info("job.later", fields, error);
    else deps.log.error("job.failed", fields, error);
    await deps.queue.delay(received.receiptHandle, secondsUntilNextTry(deps, received, error));
    return false;
  }
}

function secondsUntilNextTry(deps: Deps<"agent">, received: ReceivedJob, error: unknown): number {
  if (error instanceof TryLaterError) return error.afterSeconds;
  const steps = deps.settings.agent.AGENT_RETRY_SECONDS;
  return steps[Math.min(received.receiveCount, steps.length) - 1] ?? 45;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Reported by the caller as an unreadable job, with its body kept in dead_jobs.
    return null;
  }
}
