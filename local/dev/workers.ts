import type { Db } from "mongodb";
import { freeLease, type Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { systemOf } from "#core/database/system.ts";
import type { Login } from "#core/logins/login.ts";
import type { Poller } from "#core/polling/poller.ts";

/**
 * Frees what the workers of an earlier start held, so that nobody waits until it runs out by itself.
 * Only for a database that is ours alone, before any function runs: then all of them are dead.
 */
export async function freeWhatTheDeadHold(db: Db): Promise<void> {
  await freePollers(db, await listPollers(db));
  await db
    .collection<Login>("logins")
    .updateMany(
      { open: true },
      { $set: { lease: { holder: null, expiresAt: new Date(0) } }, $inc: { version: 1 } },
    );
  await db
    .collection<Conversation>("conversations")
    .updateMany({ turn: { $ne: null } }, { $set: { turn: null }, $inc: { version: 1 } });
  await systemOf(db).updateMany(
    { holder: { $exists: true } },
    { $set: { expiresAt: new Date(0) } },
  );
}

/** Every poller there is a record of, dead ones included. */
export async function listPollers(db: Db): Promise<string[]> {
  const found = await pollersOf(db)
    .find({}, { projection: { _id: 1 } })
    .toArray();
  return found.map(({ _id }) => _id);
}

/** Lets others poll the accounts of these pollers, which must be dead. */
export async function freePollers(db: Db, ids: readonly string[]): Promise<void> {
  await db
    .collection<Account>("accounts")
    .updateMany(
      { "lease.pollerId": { $in: [...ids] } },
      { $set: { lease: freeLease }, $inc: { version: 1 } },
    );
  await pollersOf(db).deleteMany({ _id: { $in: [...ids] } });
}

function pollersOf(db: Db) {
  return db.collection<Poller>("pollers");
}
