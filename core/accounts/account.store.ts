import type { Db, Filter, UpdateFilter } from "mongodb";
import type { AuditLine } from "#core/audit/audit-line.ts";
import { readEach } from "#core/database/read-each.ts";
import { RequestError } from "#core/shared/errors.ts";
import { allowedFrom } from "#core/shared/transitions.ts";
import type { Log } from "#core/telemetry/log.ts";
import { Account, accountTransitions, type AccountStatus } from "./account.ts";

export type Change = {
  id: string;
  now: Date;
  audit: AuditLine;
};

export type StatusChange = Change & {
  from: readonly AccountStatus[];
  to: AccountStatus;
  /** Further guards, such as the generation the caller saw. */
  guard?: Filter<Account>;
  set?: Partial<Account>;
  unset?: readonly (keyof Account)[];
  nextGeneration?: boolean;
};

/** Statements on `accounts`; what concerns polling is in `polling/lease.store.ts`. */
export function accountStore(db: Db) {
  const accounts = db.collection<Account>("accounts");
  return {
    async insert(account: Account): Promise<void> {
      await accounts.insertOne(account);
    },

    async find(id: string): Promise<Account | null> {
      const found = await accounts.findOne({ _id: id });
      return found && Account.parse(found);
    },

    /** Throws RequestError `account.unknown`. */
    async get(id: string): Promise<Account> {
      const found = await this.find(id);
      if (found) return found;
      throw new RequestError("not_found", "account.unknown", `There is no account ${id}.`, {
        accountId: id,
      });
    },

    /** The live account that this WeChat user lends, if any. */
    async findLiveByOwner(ilinkUserId: string): Promise<Account | null> {
      const found = await accounts.findOne({ ilinkUserId, live: true });
      return found && Account.parse(found);
    },

    /** The one that a request with this key made. */
    async findCreatedUnder(createdUnder: string): Promise<Account | null> {
      const found = await accounts.findOne({ createdUnder });
      return found && Account.parse(found);
    },

    /** One guarded step along `accountTransitions`; null when the account was not where it must be. */
    async changeStatus(change: StatusChange): Promise<Account | null> {
      const from = allowedFrom(accountTransitions, change.from, change.to);
      const update: UpdateFilter<Account> = {
        $set: { ...change.set, status: change.to, updatedAt: change.now },
        $inc: { version: 1, ...(change.nextGeneration ? { generation: 1 } : {}) },
        $push: { auditOutbox: change.audit },
      };
      if (change.unset) {
        update.$unset = Object.fromEntries(change.unset.map((field) => [field, true]));
      }
      return this.changeWhere({ _id: change.id, status: { $in: from }, ...change.guard }, update);
    },

    /** Sets fields of an account that is in one of the given statuses, and as `guard` says. */
    async changeFields(
      change: Change & {
        in: readonly AccountStatus[];
        set: Partial<Account>;
        guard?: Filter<Account>;
      },
    ): Promise<Account | null> {
      return this.changeWhere(
        { _id: change.id, status: { $in: [...change.in] }, ...change.guard },
        {
          $set: { ...change.set, updatedAt: change.now },
          $inc: { version: 1 },
          $push: { auditOutbox: change.audit },
        },
      );
    },

    async changeWhere(
      filter: Filter<Account>,
      update: UpdateFilter<Account>,
    ): Promise<Account | null> {
      const after = await accounts.findOneAndUpdate(filter, update, { returnDocument: "after" });
      return after && Account.parse(after);
    },

    /** Accounts whose schedule is not as wanted. */
    async listScheduleDiffers(limit: number, log: Pick<Log, "error">): Promise<Account[]> {
      const found = await accounts.find({ scheduleDiffers: true }).limit(limit).toArray();
      return readEach(Account, found, log);
    },

    /** Accounts whose clean-up is not done, the newest first. */
    async listRetiring(limit: number, log: Pick<Log, "error">): Promise<Account[]> {
      const found = await accounts
        .find({ status: "retiring" })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray();
      return readEach(Account, found, log);
    },

    /** Accounts that are to have a schedule. */
    async listScheduledIds(): Promise<string[]> {
      const found = await accounts
        .find({ scheduleWanted: "on" })
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return found.map(({ _id }) => _id);
    },

    /** Notes that Scheduler now has what was wanted; refused when somebody wants otherwise meanwhile. */
    async markScheduleApplied(id: string, applied: "on" | "off"): Promise<boolean> {
      const result = await accounts.updateOne(
        { _id: id, scheduleWanted: applied },
        { $set: { scheduleApplied: applied, scheduleDiffers: false }, $inc: { version: 1 } },
      );
      return result.matchedCount === 1;
    },
  };
}

export type AccountStore = ReturnType<typeof accountStore>;
