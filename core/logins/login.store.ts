import type { Db, UpdateFilter } from "mongodb";
import type { AuditLine } from "#core/audit/audit-line.ts";
import { readEach } from "#core/database/read-each.ts";
import { LeaseLostError, RequestError } from "#core/shared/errors.ts";
import { statusesBefore } from "#core/shared/transitions.ts";
import type { Log } from "#core/telemetry/log.ts";
import {
  failureTexts,
  Login,
  loginTransitions,
  type LoginFailure,
  type LoginStatus,
} from "./login.ts";

export function loginStore(db: Db) {
  const logins = db.collection<Login>("logins");
  return {
    async insert(login: Login): Promise<void> {
      await logins.insertOne(login);
    },

    async find(id: string): Promise<Login | null> {
      const found = await logins.findOne({ _id: id });
      return found && Login.parse(found);
    },

    /** Throws RequestError `login.unknown`. */
    async get(id: string): Promise<Login> {
      const found = await this.find(id);
      if (found) return found;
      throw new RequestError(
        "not_found",
        "login.unknown",
        `There is no login ${id}; logins are deleted after 30 days. Start a new one.`,
        { loginId: id },
      );
    },

    /** The account's newest first; old ones go by themselves. */
    async listOf(accountId: string, limit: number): Promise<Login[]> {
      const found = await logins.find({ accountId }).sort({ _id: -1 }).limit(limit).toArray();
      return found.map((login) => Login.parse(login));
    },

    /** The account's open login that takes the same person's scan. */
    async findOpenOf(
      accountId: string,
      now: Date,
      expectedIlinkUserId: string | null = null,
    ): Promise<Login | null> {
      const found = await logins
        .find({ accountId, open: true, expectedIlinkUserId, expiresAt: { $gt: now } })
        .sort({ _id: -1 })
        .limit(1)
        .toArray();
      return found[0] ? Login.parse(found[0]) : null;
    },

    /** Takes the right to watch the login; null when another worker has it or it is over. */
    async takeLease(id: string, holder: string, now: Date, expiresAt: Date): Promise<Login | null> {
      const taken = await logins.findOneAndUpdate(
        { _id: id, open: true, "lease.expiresAt": { $lte: now } },
        { $set: { lease: { holder, expiresAt } }, $inc: { version: 1 } },
        { returnDocument: "after" },
      );
      return taken && Login.parse(taken);
    },

    /** Renews the lease and reads what the console wrote meanwhile. Throws LeaseLostError. */
    async renewLease(id: string, holder: string, expiresAt: Date): Promise<Login> {
      return this.changeHeld(id, holder, { $set: { "lease.expiresAt": expiresAt } });
    },

    async releaseLease(id: string, holder: string): Promise<void> {
      await logins.updateOne(
        { _id: id, "lease.holder": holder },
        { $set: { lease: { holder: null, expiresAt: new Date(0) } } },
      );
    },

    /** One step along `loginTransitions` by the worker that holds the login. Throws LeaseLostError. */
    async changeStatus(
      id: string,
      holder: string,
      to: LoginStatus,
      set: Partial<Login> = {},
    ): Promise<Login> {
      const from = [...statusesBefore(loginTransitions, to), to];
      return this.changeHeld(
        id,
        holder,
        { $set: { ...set, status: to }, $inc: { version: 1 } },
        from,
      );
    },

    /** Throws LeaseLostError when another worker holds the login, or it is over. */
    async changeHeld(
      id: string,
      holder: string,
      update: UpdateFilter<Login>,
      from?: readonly LoginStatus[],
    ): Promise<Login> {
      const after = await logins.findOneAndUpdate(
        {
          _id: id,
          open: true,
          "lease.holder": holder,
          ...(from ? { status: { $in: [...from] } } : {}),
        },
        update,
        { returnDocument: "after" },
      );
      if (after) return Login.parse(after);
      throw new LeaseLostError("login.lost", "Another worker watches this login now.", {
        loginId: id,
      });
    },

    /** Marks the login as done with its outcome, and forgets the credential it carried. */
    async complete(id: string, outcome: Login["outcome"]): Promise<void> {
      await logins.updateOne(
        { _id: id, open: true, status: { $in: statusesBefore(loginTransitions, "completed") } },
        {
          $set: { status: "completed", open: false, outcome },
          $unset: { confirmed: true },
          $inc: { version: 1 },
        },
      );
    },

    /** Ends a login whose confirmation is not to be used, and forgets the credential it carried. */
    async refuseConfirmed(id: string, failureCode: LoginFailure): Promise<void> {
      await logins.updateOne(
        { _id: id, open: true, status: "confirmed" },
        {
          $set: { status: "failed", open: false, failureCode, failure: failureTexts[failureCode] },
          $unset: { confirmed: true },
          $inc: { version: 1 },
        },
      );
    },

    /** Hands a typed verify code to the worker; false when WeChat asks for none now. */
    async writeVerifyCode(id: string, code: string, audit: AuditLine): Promise<boolean> {
      const result = await logins.updateOne(
        { _id: id, open: true, status: "verify_code_needed" },
        {
          $set: { verifyCode: code, verifyCodeWrong: false },
          $push: { auditOutbox: audit },
          $inc: { version: 1 },
        },
      );
      return result.matchedCount === 1;
    },

    /** Open logins that nobody watches. */
    async listUnattended(before: Date, limit: number, log: Pick<Log, "error">): Promise<Login[]> {
      const found = await logins
        .find({ open: true, "lease.expiresAt": { $lte: before } })
        .limit(limit)
        .toArray();
      return readEach(Login, found, log);
    },
  };
}

export type LoginStore = ReturnType<typeof loginStore>;
