import type { Deps } from "#core/shared/deps.ts";
import { leaseStore } from "./lease.store.ts";
import { areTooFew } from "./neighbours.ts";
import { pollerStore } from "./poller.store.ts";

/**
 * Whether the tick of this account's schedule has to start a poller. It has not if the account is in
 * the hands of one that is not closing, or if those at work have places enough for it and for all
 * that is about to be handed over. Any tick thus keeps the whole fleet awake.
 */
export async function mustStartPoller(deps: Deps<"polling">, accountId: string): Promise<boolean> {
  const now = deps.clock.now();
  const account = await leaseStore(deps.db).findPollable(accountId);
  if (!account) return false;
  const pollers = await pollerStore(deps.db).listAlive(now);
  const { lease } = account;
  const holder = lease.expiresAt > now ? pollers.find(({ _id }) => _id === lease.pollerId) : null;
  if (holder && !holder.closing) return false;
  return areTooFew(pollers, holder ? 0 : 1, deps.settings.polling.POLL_PACK_SIZE);
}
