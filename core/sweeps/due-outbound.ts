import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { sweepLimit, type Sweep } from "./sweep.ts";

const putOffSeconds = 240;

/**
 * Has outbound messages sent whose next try is due. One that is going out right now is due as well;
 * the grace keeps this from pushing a job for each.
 */
export const dueOutbound: Sweep = {
  name: "due_outbound",
  async run(deps) {
    const now = deps.clock.now();
    const outbound = outboundStore(deps.db);
    const before = plusSeconds(now, -deps.settings.retry.RETRY_GRACE_SECONDS);
    const jobs: NewJob[] = [];
    for (const message of await outbound.listDue(before, sweepLimit, deps.log)) {
      const claimed = await outbound.claimPush(message, plusSeconds(now, putOffSeconds));
      if (!claimed) continue;
      jobs.push({
        jobId: deps.newId("job"),
        conversationId: message.conversationId,
        do: "send",
        ref: message._id,
      });
    }
    await deps.queue.push(jobs);
    return jobs.length;
  },
};
