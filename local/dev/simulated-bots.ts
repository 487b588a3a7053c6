import type { Db } from "mongodb";
import type { Account } from "#core/accounts/account.ts";

const onThisMachine = { baseUrl: /^http:\/\/127\.0\.0\.1:\d+$/ };

/** Bots keep the address that WeChat gave them; the simulator's changes with its port. */
export async function moveSimulatedBots(db: Db, simulatorUrl: string): Promise<void> {
  await accountsOf(db).updateMany(onThisMachine, { $set: { baseUrl: simulatorUrl } });
}

/** How many live bots only a simulator knows. */
export function countSimulatedBots(db: Db): Promise<number> {
  return accountsOf(db).countDocuments({ ...onThisMachine, live: true });
}

function accountsOf(db: Db) {
  return db.collection<Account>("accounts");
}
