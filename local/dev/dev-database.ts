import { join } from "node:path";
import { MongoClient, MongoError, type Db } from "mongodb";
import { schemaVersion } from "#core/database/indexes.ts";
import { findSchemaVersion } from "#core/database/system.ts";
import { startDatabase } from "../database/database.ts";
import { DevError } from "./dev-error.ts";
import { shortPath } from "./options.ts";

export type DevDatabase = {
  uri: string;
  /** False when it is the one of MONGODB_URI, which others may use as well. */
  isOurs: boolean;
  /** What it is, for people and without a password. */
  name: string;
  stop: () => Promise<void>;
};

const ANSWER_TIMEOUT_MS = 8_000;

/** Starts the database that keeps its data in the folder, or takes the one of MONGODB_URI. */
export async function openDatabase(options: {
  uri: string | null;
  databaseName: string;
  dataDir: string;
  log: (line: string) => void;
}): Promise<DevDatabase> {
  const database = await startDatabase({
    dataDir: join(options.dataDir, "database"),
    log: options.log,
    env: { ...process.env, MONGODB_URI: options.uri ?? "" },
  });
  const isOurs = database.kind !== "given";
  const name = isOurs ? database.kind : `${database.description}, ${options.databaseName}`;
  return { uri: database.uri, isOurs, name, stop: () => database.stop() };
}

/** Looks whether this release can use the data. Throws DevError. */
export async function requireUsable(db: Db, dataDir: string, isOurs: boolean): Promise<void> {
  const version = await versionOf(db);
  if (version <= schemaVersion) return;
  const where = isOurs
    ? `The data in ${shortPath(dataDir)}`
    : `The database ${db.databaseName} of MONGODB_URI`;
  const other = isOurs ? "--data .data/other" : "another MONGODB_DATABASE";
  throw new DevError(
    "dev.data_newer",
    `${where} was made by a newer hub: it has schema version ${version}, this source knows ${schemaVersion}. ` +
      `Bring the source up to date (git pull && npm ci), or use other data: ${other}.`,
  );
}

async function versionOf(db: Db): Promise<number> {
  try {
    return await findSchemaVersion(db);
  } catch (cause) {
    if (!(cause instanceof MongoError)) throw cause;
    throw new DevError(
      "dev.database_unusable",
      `The database cannot be used: ${cause.message}\nIs MONGODB_URI in .env right, with user and ` +
        "password, and does that server let this machine in? Without MONGODB_URI a local database is used.",
      { cause },
    );
  }
}

/** A client for the tools around the functions; it gives up sooner than the driver's half minute. */
export function connectTo(uri: string): MongoClient {
  const says = new URLSearchParams(uri.split("?")[1]).has("serverSelectionTimeoutMS");
  return new MongoClient(uri, says ? {} : { serverSelectionTimeoutMS: ANSWER_TIMEOUT_MS });
}
