import { PollerAtWork, type PollerDeps } from "./poller-at-work.ts";

/**
 * Polls for up to `POLL_PACK_SIZE` accounts until its lifetime is over and each account's running
 * hold has returned. `endsAt` is when Lambda would kill it. Gives how many accounts it took.
 */
export async function runPoller(deps: PollerDeps, endsAt: Date): Promise<{ accounts: number }> {
  const poller = new PollerAtWork(deps, endsAt);
  try {
    await poller.announce();
    while (!poller.isDone()) {
      await poller.look();
      await poller.pause();
    }
  } finally {
    await poller.wrapUp();
  }
  return { accounts: poller.everHeld };
}
