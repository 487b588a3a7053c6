import type { Db } from "mongodb";
import { readEach } from "#core/database/read-each.ts";
import type { Log } from "#core/telemetry/log.ts";
import { Account } from "./account.ts";

/** Accounts by the Hermes of their own. */
export function ownHermesStore(db: Db) {
  const accounts = db.collection<Account>("accounts");
  return {
    /** One that has this Hermes for its own, by its base URL, and may use it. */
    async findUser(baseUrl: string): Promise<Account | null> {
      const found = await accounts.findOne({ "hermes.baseUrl": baseUrl, live: true });
      return found && Account.parse(found);
    },

    /** Whose waiting runs have not all been moved to the Hermes that it has now. */
    async listMoved(limit: number, log: Pick<Log, "error">): Promise<Account[]> {
      const found = await accounts.find({ hermesMoved: true }).limit(limit).toArray();
      return readEach(Account, found, log);
    },
  };
}
