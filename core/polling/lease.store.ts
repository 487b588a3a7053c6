import type { AnyBulkWriteOperation, Db, Filter } from "mongodb";
import { Account, freeLease } from "#core/accounts/account.ts";

export type LeaseRef = { accountId: string; leaseId: string; generation: number };

/** What a poller writes down as it gives an account back; absent fields stay as they are. */
export type Learned = {
  /** When it is due again. */
  pollAfter: Date;
  pollFailures?: number;
  lastGoodPollAt?: Date;
  /** Where empty answers moved it to; one that brought messages is kept as these are stored. */
  cursor?: string;
};

/** Accounts that are to be polled and that nobody polls. */
export function dueAt(now: Date): Filter<Account> {
  return {
    scheduleWanted: "on",
    status: "approved",
    "lease.expiresAt": { $lte: now },
    pollAfter: { $lte: now },
  };
}

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
     * Takes those of the given due accounts that nobody else was quicker to take, under one fresh
     * lease id, and gives them as they are now. Nobody is locked out meanwhile: each is one guarded
     * update of one unordered bulk (reference/local-parts.md, MongoDB).
     */
    async take(wanted: {
      due: readonly Account[];
      pollerId: string;
      leaseId: string;
      now: Date;
      expiresAt: Date;
    }): Promise<Account[]> {
      if (wanted.due.length === 0) return [];
      const { pollerId, leaseId, expiresAt } = wanted;
      const lease = { id: leaseId, pollerId, expiresAt };
      const taken = await accounts.bulkWrite(
        wanted.due.map(({ _id, generation, cursor }) => ({
          updateOne: {
            filter: { _id, generation, cursor, ...dueAt(wanted.now) },
            update: { $set: { lease }, $inc: { version: 1 } },
          },
        })),
        { ordered: false },
      );
      // What was read is what was taken, since the filter names all that a poll depends on.
      if (taken.modifiedCount === wanted.due.length) {
        return wanted.due.map((account) => ({ ...account, lease, version: account.version + 1 }));
      }
      if (taken.modifiedCount === 0) return [];
      const ids = wanted.due.map(({ _id }) => _id);
      const found = await accounts.find({ _id: { $in: ids }, "lease.id": leaseId }).toArray();
      return found.map((account) => Account.parse(account));
    },

    /** Renews all leases of a poller by one statement, and notes whose polls were answered. */
    async renew(poller: {
      pollerId: string;
      polled: readonly LeaseRef[];
      now: Date;
      expiresAt: Date;
    }): Promise<void> {
      const renewal: AnyBulkWriteOperation<Account> = {
        updateMany: {
          filter: { "lease.pollerId": poller.pollerId },
          update: { $set: { "lease.expiresAt": poller.expiresAt } },
        },
      };
      const answered = { $set: { lastGoodPollAt: poller.now, pollFailures: 0 } };
      const notes = poller.polled.map((ref) => ({
        updateOne: { filter: held(ref), update: answered },
      }));
      await accounts.bulkWrite([renewal, ...notes], { ordered: true });
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

    /** Whether this login has been followed by another one, or by a clean-up. */
    async isOldLogin({ accountId, generation }: LeaseRef): Promise<boolean> {
      const same = await accounts.findOne(
        { _id: accountId, generation: { $lte: generation } },
        { projection: { _id: 1 } },
      );
      return same === null;
    },

    /** Gives the account back, with what was learned while it was held. */
    async release(ref: LeaseRef, learned: Learned): Promise<void> {
      await accounts.updateOne(held(ref), {
        $set: { ...learned, lease: freeLease },
        $inc: { version: 1 },
      });
    },
  };
}
