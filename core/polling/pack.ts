import type { Account } from "#core/accounts/account.ts";
import { plusMs } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { leaseStore, type LeaseRef, type Learned } from "./lease.store.ts";
import type { Mine } from "./look-around.ts";
import { pollAccount, type HeldAccount, type PollContext } from "./poll-account.ts";

export type PackDeps = Deps<"answering" | "polling" | "wechat" | "credentials">;

export type Pack = ReturnType<typeof createPack>;

/** The accounts that one poller holds, each polled by a loop of its own. */
export function createPack(deps: PackDeps, context: PollContext) {
  const leases = leaseStore(deps.db);
  const held = new Map<string, HeldAccount>();
  const loops = new Set<Promise<void>>();
  let everHeld = 0;

  async function pollUntilGivenBack(account: HeldAccount): Promise<void> {
    const { accountId } = account.ref;
    try {
      await pollAccount(deps, account, context);
    } catch (error) {
      // One account's trouble ends its own loop only, and it is not tried again at once.
      deps.log.error("poll.ended", { accountId }, error);
      account.retryAt = plusMs(deps.clock.now(), deps.settings.polling.POLL_LONG_RETRY_MS);
    }
    if (account.lost) return;
    try {
      await leases.release(account.ref, learnedOf(account, deps.clock.now()));
    } catch (error) {
      // The next look gives it back; without one the lease runs out.
      deps.log.error("poll.not_given_back", { accountId }, error);
    }
  }

  /** A loop that could not give its account back left the lease behind; renewing it would keep others out. */
  async function giveBackLeftover(ref: LeaseRef): Promise<void> {
    await leases.release(ref, { pollAfter: deps.clock.now() });
  }

  return {
    size: () => held.size,
    /** How many accounts it took, ever. */
    everHeld: () => everHeld,

    /** Whether this login of the account is being polled still, even if it is no longer ours. */
    polls: (account: Account) => held.has(keyOf(account._id, account.generation)),

    begin(account: Account): void {
      const taken = heldOf(account);
      if (taken === null) return;
      const key = keyOf(account._id, account.generation);
      held.set(key, taken);
      everHeld += 1;
      const loop = pollUntilGivenBack(taken).finally(() => {
        held.delete(key);
        loops.delete(loop);
        context.changed();
      });
      loops.add(loop);
    },

    /** Tells each loop what the database says of its account. */
    async compare(mine: readonly Mine[]): Promise<void> {
      const stored = new Map(mine.map((each) => [keyOf(each._id, each.generation), each]));
      for (const [key, account] of held) {
        const state = stored.get(key);
        // Only somebody who took it over can have freed it, or another login of the same bot.
        if (state?.lease.id !== account.ref.leaseId) account.lost = true;
        else {
          account.leaseUntil = state.lease.expiresAt;
          account.unwanted = state.status !== "approved" || state.scheduleWanted !== "on";
        }
      }
      for (const [key, { _id, lease, generation }] of stored) {
        if (held.has(key)) continue;
        await giveBackLeftover({ accountId: _id, leaseId: lease.id, generation });
      }
    },

    /** Whose polls were answered since this was asked last. */
    takePolled(): LeaseRef[] {
      const polled = [...held.values()].filter(({ polledSinceRenewal }) => polledSinceRenewal);
      for (const account of polled) account.polledSinceRenewal = false;
      return polled.map(({ ref }) => ref);
    },

    /** Resolves when no loop is left; `signal` of the context has them end. */
    async ended(): Promise<void> {
      await Promise.all(loops);
    },
  };
}

/** An account that logs in anew is polled at once, while the old login's hold is still to return. */
function keyOf(accountId: string, generation: number): string {
  return `${accountId} ${generation}`;
}

function heldOf(account: Account): HeldAccount | null {
  const { _id, lease, generation, cursor, pollFailures } = account;
  if (lease.id === null) return null;
  return {
    ref: { accountId: _id, leaseId: lease.id, generation },
    account,
    leaseUntil: lease.expiresAt,
    unwanted: false,
    lost: false,
    cursor,
    failures: pollFailures,
    retryAt: new Date(0),
    lastGoodPollAt: null,
    polledSinceRenewal: false,
  };
}

function learnedOf(account: HeldAccount, now: Date): Learned {
  const { retryAt, failures, cursor, lastGoodPollAt } = account;
  return {
    pollAfter: retryAt > now ? retryAt : now,
    pollFailures: failures,
    cursor,
    ...(lastGoodPollAt ? { lastGoodPollAt } : {}),
  };
}
