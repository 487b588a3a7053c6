import type { AgentQueue } from "#core/queue/agent-queue.ts";
import type { AccountSchedules, PresentSchedules } from "#core/schedules/account-schedules.ts";
import type { PollStarter } from "#core/schedules/poll-starter.ts";
import type { DeadLetters } from "#core/queue/dead-letters.ts";
import type { Deps } from "#core/shared/deps.ts";

export type SweepDeps = Deps<
  "hermes" | "ownHermes" | "credentials" | "retry" | "alerts" | "links"
> & {
  queue: AgentQueue;
  schedules: AccountSchedules & PresentSchedules;
  pollStarter: PollStarter;
  deadLetters: DeadLetters;
};

/** How one promise is kept: it looks for what was left undone and gives how much it took up. */
export type Sweep = {
  name: string;
  run(deps: SweepDeps): Promise<number>;
};

/** The most that one round of a sweep takes up, so that none keeps the others waiting. */
export const sweepLimit = 100;

/**
 * Does the work for each in turn, also behind one for which it fails, so that this one does not keep
 * the others waiting for ever. Throws the first failure when all were tried.
 */
export async function forEachOf<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
