import type { Db, Filter } from "mongodb";
import { Account, freeLease } from "#core/accounts/account.ts";

export type LeaseRef = { accountId: string; leaseId: string; generation: number };

/**
 * A poller's statements on accounts. Each write names the lease and the login generation, so that a
 * poller which lost either cannot disturb whoever came after it.
 */
export function leaseStore(db: Db) {
  const accounts = db.collection<Account>("accounts");
  const held = (ref: LeaseRef): Filter<Account> => ({
    _id: ref.accountId,
    "lease.id": ref.leaseId,
    generation: ref.generation,
  });
  return {
    /** The account as a tick sees it; null when it is not to be polled. */
    async findPollable(accountId: string): Promise<Account | null> {
      const found = await accounts.findOne({ _id: accountId, scheduleWanted: "on" });
      return found && Account.parse(found);
    },

    /**
     * Takes up to `places` due accounts for a poller and gives them. Candidates are read without
     * locking and taken by one guarded statement under a fresh lease id; what carries that id
     * afterwards is ours (reference/local-parts.md, MongoDB).
     */
    async takeDue(wanted: {
      pollerId: string;
      leaseId: string;
      now: Date;
      expiresAt: Date;
      places: number;
    }): Promise<Account[]> {
      const due: Filter<Account> = {
        scheduleWanted: "on",
        status: "approved",
        "lease.expiresAt": { $lte: wanted.now },
        pollAfter: { $lte: wanted.now },
      };
      const candidates = await accounts
        .find(due, { projection: { _id: 1 } })
        .limit(wanted.places)
        .toArray();
      if (candidates.length === 0) return [];
      const ids = candidates.map(({ _id }) => _id);
      const lease = { id: wanted.leaseId, pollerId: wanted.pollerId, expiresAt: wanted.expiresAt };
      const taken = await accounts.updateMany(
        { _id: { $in: ids }, ...due },
        { $set: { lease }, $inc: { version: 1 } },
      );
      if (taken.modifiedCount === 0) return [];
      const found = await accounts
        .find({ _id: { $in: ids }, "lease.id": wanted.leaseId })
        .toArray();
      return found.map((account) => Account.parse(account));
    },

    /** What of the accounts the poller holds is still so, and whether each is still to be polled. */
    async listHeld(
      pollerId: string,
    ): Promise<
      { accountId: string; leaseId: string | null; generation: number; wanted: boolean }[]
    > {
      const found = await accounts
        .find(
          { "lease.pollerId": pollerId },
          { projection: { _id: 1, lease: 1, generation: 1, status: 1, scheduleWanted: 1 } },
        )
        .toArray();
      return found.map(({ _id, lease, generation, status, scheduleWanted }) => ({
        accountId: _id,
        leaseId: lease.id,
        generation,
        wanted: status === "approved" && scheduleWanted === "on",
      }));
    },

    /** Renews all leases of a poller, and notes which accounts answered their polls since last time. */
    async renew(poller: {
      pollerId: string;
      polledAccountIds: readonly string[];
      now: Date;
      expiresAt: Date;
    }): Promise<void> {
      await accounts.bulkWrite(
        [
          {
            updateMany: {
              filter: { "lease.pollerId": poller.pollerId },
              update: { $set: { "lease.expiresAt": poller.expiresAt } },
            },
          },
          {
            updateMany: {
              filter: {
                _id: { $in: [...poller.polledAccountIds] },
                "lease.pollerId": poller.pollerId,
              },
              update: { $set: { lastGoodPollAt: poller.now, pollFailures: 0 } },
            },
          },
        ],
        { ordered: true },
      );
    },

    /** Moves the cursor on; false when lease or login is no longer ours. */
    async advanceCursor(
      ref: LeaseRef,
      cursor: string,
      lastInboundAt: Date | null,
    ): Promise<boolean> {
      const result = await accounts.updateOne(held(ref), {
        $set: { cursor, ...(lastInboundAt ? { lastInboundAt } : {}) },
      });
      return result.matchedCount === 1;
    },

    /** Gives the account back; it is due again at `pollAfter`. */
    async release(
      ref: LeaseRef,
      state: { pollAfter: Date; pollFailures: number; lastGoodPollAt: Date | null },
    ): Promise<void> {
      await accounts.updateOne(held(ref), {
        $set: {
          lease: freeLease,
          pollAfter: state.pollAfter,
          pollFailures: state.pollFailures,
          ...(state.lastGoodPollAt ? { lastGoodPollAt: state.lastGoodPollAt } : {}),
        },
        $inc: { version: 1 },
      });
    },
  };
}
