import type { InboundMessage } from "#core/messages/message.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";

/** However long a contact goes on typing, the first message waits no longer than this. */
export const longestBurstSeconds = 15;

type Burst = { firstAt: Date; dueAt: Date; jobId: string; messageId: string };

/**
 * Holds back the jobs of bursts until they are complete, one job per burst. It lives in the poller,
 * which is awake anyway; what is lost with it is pushed by the retry Lambda.
 */
export function createPusher(deps: Deps & WithQueue) {
  const bursts = new Map<string, Burst>();

  async function push(due: [conversationId: string, burst: Burst][]): Promise<void> {
    if (due.length === 0) return;
    const jobs: NewJob[] = due.map(([conversationId, { jobId, messageId }]) => ({
      jobId,
      conversationId,
      do: "answer",
      ref: messageId,
    }));
    for (const [conversationId] of due) bursts.delete(conversationId);
    try {
      await deps.queue.push(jobs);
    } catch (error) {
      deps.log.warn("job.not_pushed", { jobs: jobs.length }, error);
    }
  }

  return {
    /** When the burst that a message of this conversation belongs to is taken for complete. */
    pushAfter(conversationId: string, now: Date, debounceSeconds: number): Date {
      const firstAt = bursts.get(conversationId)?.firstAt ?? now;
      const latest = plusSeconds(firstAt, longestBurstSeconds);
      const quiet = plusSeconds(now, debounceSeconds);
      return quiet < latest ? quiet : latest;
    },

    /** Takes stored messages in; the job's id follows from the burst's last message. */
    add(messages: readonly InboundMessage[]): void {
      for (const message of messages) {
        if (!message.pushAfter) continue;
        bursts.set(message.conversationId, {
          firstAt: bursts.get(message.conversationId)?.firstAt ?? message.receivedAt,
          dueAt: message.pushAfter,
          jobId: `job-${message._id}`,
          messageId: message._id,
        });
      }
    },

    async pushDue(): Promise<void> {
      const now = deps.clock.now();
      await push([...bursts].filter(([, burst]) => burst.dueAt <= now));
    },

    async pushAll(): Promise<void> {
      await push([...bursts]);
    },

    /** When the next burst is complete; null while none is held. */
    nextDueAt(): Date | null {
      const due = [...bursts.values()].map(({ dueAt }) => dueAt.getTime());
      return due.length > 0 ? new Date(Math.min(...due)) : null;
    },
  };
}

export type Pusher = ReturnType<typeof createPusher>;
