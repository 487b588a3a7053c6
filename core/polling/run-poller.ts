import type { Account } from "#core/accounts/account.ts";
import { createPolicyCache } from "#core/policies/policy-cache.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";
import { leaseStore, type LeaseRef } from "./lease.store.ts";
import { pollAccount, type HeldAccount, type PollContext } from "./poll-account.ts";
import { pollerStore } from "./poller.store.ts";
import { createPusher } from "./pusher.ts";

export type PollerDeps = Deps<"answering" | "polling" | "wechat" | "credentials"> & WithQueue;

/** What has to fit between the last hold's end and Lambda's own timeout. */
const wrapUpSeconds = 10;

/**
 * Polls for up to `POLL_PACK_SIZE` accounts until its lifetime is over and each account's running
 * hold has returned. `endsAt` is when Lambda would kill it. Gives how many accounts it held.
 */
export async function runPoller(deps: PollerDeps, endsAt: Date): Promise<{ accounts: number }> {
  const poller = createPollerState(deps, endsAt);
  try {
    await poller.register();
    while (!poller.isDone()) {
      await poller.look();
      await poller.pause();
    }
  } finally {
    await poller.wrapUp();
  }
  return { accounts: poller.accountsHeld() };
}

function createPollerState(deps: PollerDeps, endsAt: Date) {
  const { polling } = deps.settings;
  const pollers = pollerStore(deps.db);
  const leases = leaseStore(deps.db);
  const pollerId = deps.newId("poller");
  const startedAt = deps.clock.now();
  const closesAt = plusSeconds(startedAt, polling.POLL_LIFETIME_SECONDS);
  const lastHoldEndsBy = plusSeconds(endsAt, -wrapUpSeconds);
  const ending = new AbortController();
  const held = new Map<string, HeldAccount>();
  const loops = new Set<Promise<void>>();
  const everHeld = new Set<string>();
  const pusher = createPusher(deps);
  let closing = false;
  let hasSuccessor = false;
  let registered = false;
  let idleLooks = 0;
  let leasesUntil = plusSeconds(startedAt, polling.POLL_LEASE_SECONDS);
  let renewAt = plusSeconds(startedAt, polling.POLL_RENEW_SECONDS);

  const context: PollContext = {
    pusher,
    policies: createPolicyCache(deps),
    signal: ending.signal,
    mayPoll(durationMs) {
      const returnsBy = deps.clock.now().getTime() + durationMs;
      if (ending.signal.aborted || returnsBy > lastHoldEndsBy.getTime()) return "no";
      if (closing && hasSuccessor) return "no";
      return returnsBy > leasesUntil.getTime() ? "later" : "yes";
    },
  };

  function freePlaces(): number {
    return closing ? 0 : Math.max(0, polling.POLL_PACK_SIZE - held.size);
  }

  async function announce(): Promise<void> {
    const expiresAt = plusSeconds(deps.clock.now(), polling.POLL_LEASE_SECONDS);
    await pollers.update(pollerId, { freePlaces: freePlaces(), closing, expiresAt });
  }

  async function take(): Promise<void> {
    const places = freePlaces();
    if (places === 0) return;
    const now = deps.clock.now();
    const accounts = await leases.takeDue({
      pollerId,
      leaseId: deps.newId("lease"),
      now,
      expiresAt: plusSeconds(now, polling.POLL_LEASE_SECONDS),
      places,
    });
    for (const account of accounts) begin(account);
    if (accounts.length > 0) await announce();
  }

  function begin(account: Account): void {
    if (held.has(account._id) || account.lease.id === null) return;
    const taken: HeldAccount = {
      ref: {
        accountId: account._id,
        leaseId: account.lease.id,
        generation: account.generation,
      },
      account,
      unwanted: false,
      lost: false,
      cursor: account.cursor,
      failures: account.pollFailures,
      lastGoodPollAt: null,
      polledSinceRenewal: false,
    };
    held.set(account._id, taken);
    everHeld.add(account._id);
    const loop = pollUntilGivenBack(taken).finally(() => {
      held.delete(account._id);
      loops.delete(loop);
    });
    loops.add(loop);
  }

  async function pollUntilGivenBack(taken: HeldAccount): Promise<void> {
    try {
      await pollAccount(deps, taken, context);
      if (!taken.lost) await giveBack(taken.ref, taken.failures, taken.lastGoodPollAt);
    } catch (error) {
      // One account's trouble ends its own loop only; the next look gives the lease back.
      deps.log.error("poll.ended", { accountId: taken.ref.accountId }, error);
    }
  }

  function giveBack(ref: LeaseRef, pollFailures: number, lastGoodPollAt: Date | null) {
    return leases.release(ref, { pollAfter: deps.clock.now(), pollFailures, lastGoodPollAt });
  }

  async function noteWishes(): Promise<void> {
    if (everHeld.size === 0) return;
    const now = new Map((await leases.listHeld(pollerId)).map((each) => [each.accountId, each]));
    for (const { accountId, leaseId, generation } of now.values()) {
      // A loop that ended in an error left its lease behind; renewing it would keep others out.
      if (held.has(accountId) || leaseId === null) continue;
      await giveBack({ accountId, leaseId, generation }, 0, null);
    }
    for (const [accountId, taken] of held) {
      const state = now.get(accountId);
      if (state?.leaseId !== taken.ref.leaseId || state.generation !== taken.ref.generation) {
        // Only a statement of this very poller could have freed it, or somebody who took it over.
        if (held.get(accountId) === taken) taken.lost = true;
      } else if (!state.wanted) taken.unwanted = true;
    }
  }

  async function renew(): Promise<void> {
    const now = deps.clock.now();
    const polled = [...held.values()].filter(({ polledSinceRenewal }) => polledSinceRenewal);
    const expiresAt = plusSeconds(now, polling.POLL_LEASE_SECONDS);
    for (const each of polled) each.polledSinceRenewal = false;
    await leases.renew({
      pollerId,
      polledAccountIds: polled.map(({ ref }) => ref.accountId),
      now,
      expiresAt,
    });
    leasesUntil = expiresAt;
    renewAt = plusSeconds(now, polling.POLL_RENEW_SECONDS);
    await announce();
  }

  return {
    accountsHeld: () => everHeld.size,

    /** Over when it is closing and has given everything back, or when there is nothing to poll. */
    isDone(): boolean {
      if (!registered) return true;
      if (held.size > 0) return false;
      return closing || idleLooks > 1;
    },

    /**
     * Registers, and steps back when an older poller has places: of several that woke at once, one
     * stays.
     */
    async register(): Promise<void> {
      const now = deps.clock.now();
      await pollers.insert({
        _id: pollerId,
        startedAt: now,
        freePlaces: freePlaces(),
        closing: false,
        expiresAt: plusSeconds(now, polling.POLL_LEASE_SECONDS),
      });
      registered = true;
      const open = await pollers.listOpen(now);
      const older = open.some((other) => other._id < pollerId && other.freePlaces > 0);
      if (!older) return;
      registered = false;
      await pollers.remove(pollerId);
    },

    /** One round: close when it is time, take what is due, hear what is still wanted, renew. */
    async look(): Promise<void> {
      try {
        const now = deps.clock.now();
        if (!closing && now >= closesAt) {
          closing = true;
          await announce();
        }
        if (now >= renewAt) await renew();
        if (closing) {
          const open = await pollers.listOpen(now);
          hasSuccessor = open.some(({ _id }) => _id !== pollerId);
        }
        await noteWishes();
        await take();
        idleLooks = held.size === 0 ? idleLooks + 1 : 0;
      } catch (error) {
        // The database may be away for a moment; leases that are not renewed stop the polls by themselves.
        deps.log.error("poller.look_failed", { pollerId }, error);
        if (deps.clock.now() >= lastHoldEndsBy) throw error;
      }
    },

    /** Waits for the next round, pushing bursts as they become complete. */
    async pause(): Promise<void> {
      const until = deps.clock.now().getTime() + polling.POLL_TAKE_INTERVAL_MS;
      for (;;) {
        await pusher.pushDue();
        const now = deps.clock.now().getTime();
        if (now >= until || (closing && held.size === 0)) return;
        const dueAt = pusher.nextDueAt()?.getTime() ?? until;
        await deps.clock.sleep(Math.max(1, Math.min(until, dueAt, now + 100) - now));
      }
    },

    async wrapUp(): Promise<void> {
      ending.abort();
      await Promise.all(loops);
      await pusher.pushAll();
      if (registered) await pollers.remove(pollerId);
    },
  };
}
