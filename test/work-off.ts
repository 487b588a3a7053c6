import { dueRuns } from "#core/sweeps/due-runs.ts";
import { abandonedRuns } from "#core/sweeps/abandoned-runs.ts";
import { probeHermes } from "#core/sweeps/probe-hermes.ts";
import { TryLaterError } from "#core/shared/errors.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import type { SmallHub } from "./small-hub.ts";

/** What the agent Lambda would be billed for, in real time. */
export type WorkedOff = { invocations: number; agentSeconds: number };

/** Longer than any round of the retry Lambda and any probe. */
const roundMs = 31_000;
const longestMs = 80 * 60_000;

/**
 * Plays queue, agent Lambdas and retry Lambda in this process until `isDone`: jobs in their order,
 * one at a time per conversation, `lambdas` at once; what fails comes again. `sweepEveryMs` is the
 * pace of the retry Lambda's rounds; while nothing is at work its time comes at once. Throws when it
 * takes too long.
 */
export async function workOff(
  hub: SmallHub,
  options: {
    isDone: () => Promise<boolean>;
    lambdas?: number;
    sweepEveryMs?: number;
    /** Whether more may be written: then nothing to do is no reason to move the clock. */
    isOpen?: () => boolean;
  },
): Promise<WorkedOff> {
  const { isDone, lambdas = 15, sweepEveryMs = 1_000, isOpen = () => false } = options;
  const atWork = new Map<string, Promise<void>>();
  const endsAt = Date.now() + longestMs;
  const worked: WorkedOff = { invocations: 0, agentSeconds: 0 };
  let sweptAt = 0;
  for (;;) {
    for (const job of takeJobs(hub, atWork, lambdas - atWork.size)) {
      const work = workOnce(hub, job, worked).finally(() => atWork.delete(job.conversationId));
      atWork.set(job.conversationId, work);
    }
    const isIdle = atWork.size === 0 && hub.deps.jobs.length === 0 && !isOpen();
    if (isIdle && (await isDone())) return worked;
    if (Date.now() > endsAt) throw new Error("The backlog was not worked off in time.");
    if (isIdle) hub.deps.clock.moveOn(roundMs);
    if (isIdle || Date.now() - sweptAt > sweepEveryMs) {
      sweptAt = Date.now();
      for (const sweep of [probeHermes, dueRuns, abandonedRuns]) await hub.sweep(sweep);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The first jobs of conversations on which nobody works. */
function takeJobs(hub: SmallHub, atWork: ReadonlyMap<string, unknown>, most: number): NewJob[] {
  const taken: NewJob[] = [];
  const busy = new Set(atWork.keys());
  const rest = hub.deps.jobs.splice(0).filter((job) => {
    if (taken.length >= most || busy.has(job.conversationId)) return true;
    busy.add(job.conversationId);
    taken.push(job);
    return false;
  });
  hub.deps.jobs.unshift(...rest);
  return taken;
}

async function workOnce(hub: SmallHub, job: NewJob, worked: WorkedOff): Promise<void> {
  const startedAt = Date.now();
  try {
    await hub.work(job);
  } catch (error) {
    if (!(error instanceof TryLaterError)) throw error;
    hub.deps.jobs.push(job);
  } finally {
    worked.invocations += 1;
    worked.agentSeconds += (Date.now() - startedAt) / 1000;
  }
}
