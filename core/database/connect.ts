import { MongoClient, type Db } from "mongodb";
import type { Settings } from "#core/settings/settings.ts";

export type Database = { db: Db; client: MongoClient };

/**
 * One client for the life of a Lambda instance, made outside the handler; it connects at the first
 * command. The pool is small because Atlas counts connections per node, and idle sockets go before a
 * frozen instance could wake up with dead ones.
 */
export function connectDatabase(settings: Settings["database"], name: string): Database {
  const client = new MongoClient(settings.MONGODB_URI, {
    appName: `clawbot-hub-${name}`,
    maxPoolSize: 5,
    minPoolSize: 0,
    maxIdleTimeMS: 60_000,
    waitQueueTimeoutMS: 5_000,
    serverSelectionTimeoutMS: 8_000,
    retryWrites: true,
    ignoreUndefined: true,
  });
  return { client, db: client.db(settings.MONGODB_DATABASE) };
}
