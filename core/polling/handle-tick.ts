import type { Deps } from "#core/shared/deps.ts";
import { leaseStore } from "./lease.store.ts";
import { pollerStore } from "./poller.store.ts";

/**
 * Whether the tick of this account's schedule has to start a poller. It has not if the account is in
 * the hands of one that is not closing, or if one with free places will take it within seconds. Any
 * tick thus keeps the whole fleet awake.
 */
export async function mustStartPoller(deps: Deps, accountId: string): Promise<boolean> {
  const now = deps.clock.now();
  const account = await leaseStore(deps.db).findPollable(accountId);
  if (!account) return false;
  const open = await pollerStore(deps.db).listOpen(now);
  const leased = account.lease.expiresAt > now;
  if (leased && open.some(({ _id }) => _id === account.lease.pollerId)) return false;
  return !open.some(({ freePlaces }) => freePlaces > 0);
}
