import type { Db, Filter } from "mongodb";
import { Account } from "#core/accounts/account.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";

/** The right to send one account's notice, as it was claimed. */
export type NoticeClaim = { accountId: string; generation: number; attempts: number };

/**
 * Statements on the notices that accounts carry. A claim is one guarded statement, so that of any
 * number of sweeps one sends; what a sweep writes afterwards names its own claim.
 */
export function expiryNoticeStore(db: Db) {
  const accounts = db.collection<Account>("accounts");
  const due = (now: Date): Filter<Account> => ({
    status: "login_expired",
    "expiryNotice.open": true,
    "expiryNotice.dueAt": { $lte: now },
  });
  const claimed = (claim: NoticeClaim): Filter<Account> => ({
    _id: claim.accountId,
    generation: claim.generation,
    "expiryNotice.state": "claimed",
    "expiryNotice.attempts": claim.attempts,
  });
  return {
    /** The longest due first. */
    async listDue(now: Date, limit: number): Promise<{ accountId: string; generation: number }[]> {
      const found = await accounts
        .find(due(now), { projection: { _id: 1, generation: 1 } })
        .sort({ "expiryNotice.dueAt": 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id, generation }) => ({ accountId: _id, generation }));
    },

    /** How many were told since then, as far as `atMost`. */
    async countSentSince(since: Date, atMost: number): Promise<number> {
      return accounts.countDocuments(
        { "expiryNotice.open": false, "expiryNotice.sentAt": { $gt: since } },
        { limit: atMost },
      );
    },

    /** Null when another sweep has it, or the account was scanned meanwhile. */
    async claim(
      { accountId, generation }: Pick<NoticeClaim, "accountId" | "generation">,
      now: Date,
      until: Date,
    ): Promise<{ account: Account; claim: NoticeClaim } | null> {
      const after = await accounts.findOneAndUpdate(
        { _id: accountId, generation, ...due(now) },
        {
          $set: { "expiryNotice.state": "claimed", "expiryNotice.dueAt": until },
          $inc: { "expiryNotice.attempts": 1, version: 1 },
        },
        { returnDocument: "after" },
      );
      if (!after) return null;
      const account = Account.parse(after);
      const attempts = account.expiryNotice?.attempts ?? 0;
      return { account, claim: { accountId, generation, attempts } };
    },

    /** Null when the claim was lost meanwhile. */
    async markSent(claim: NoticeClaim, now: Date, audit: AuditLine): Promise<Account | null> {
      const after = await accounts.findOneAndUpdate(
        claimed(claim),
        {
          $set: {
            "expiryNotice.state": "sent",
            "expiryNotice.open": false,
            "expiryNotice.sentAt": now,
          },
          $push: { auditOutbox: audit },
          $inc: { version: 1 },
        },
        { returnDocument: "after" },
      );
      return after && Account.parse(after);
    },

    async putOff(claim: NoticeClaim, dueAt: Date): Promise<void> {
      await accounts.updateOne(claimed(claim), {
        $set: { "expiryNotice.state": "waiting", "expiryNotice.dueAt": dueAt },
        $inc: { version: 1 },
      });
    },
  };
}
