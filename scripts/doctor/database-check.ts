import { MongoClient, MongoServerError, type Db, type IndexDescriptionInfo } from "mongodb";
import { declaredIndexes, schemaVersion, type DeclaredIndex } from "#core/database/indexes.ts";
import { findSchemaVersion, systemOf } from "#core/database/system.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { inOrder, linesOf, type CheckLine } from "./check-line.ts";
import { errorCodeOf, settingOf, type DoctorContext } from "./context.ts";
import type { FaultName } from "./faults.ts";

export type DatabaseFindings = {
  lines: CheckLine[];
  /** Where the bots are to be looked for; null when it cannot be read. */
  db: Db | null;
  close: () => Promise<void>;
};

const { pass, fail, skip } = linesOf("database");
const namespaceNotFound = 26;

/** Sign-in, the right to write, the schema's version and every declared index. */
export async function checkDatabase(context: DoctorContext): Promise<DatabaseFindings> {
  const opened = open(context);
  if ("line" in opened) {
    const lines = await inOrder(
      "database",
      steps(() => opened.line),
    );
    return { lines, db: null, close: async () => {} };
  }
  const { client, db } = opened;
  const lines = await inOrder(
    "database",
    steps(() => checkConnection(db), db),
  );
  const isReadable = lines.find(({ name }) => name === "schema")?.status === "pass";
  return { lines, db: isReadable ? db : null, close: () => client.close() };
}

function steps(connect: () => CheckLine | Promise<CheckLine>, db?: Db) {
  const told = (name: string, run: (db: Db) => Promise<CheckLine>) => ({
    name,
    run: () => (db === undefined ? skip(name, "") : tell(name, () => run(db))),
  });
  return [
    { name: "connect", run: connect },
    { ...told("write", checkWriting), goOn: "always" as const },
    told("schema", checkVersion),
    told("indexes", checkIndexes),
  ];
}

function open({
  env,
  waitsMs,
}: DoctorContext): { client: MongoClient; db: Db } | { line: CheckLine } {
  if (settingOf(env, "MONGODB_URI") === undefined) {
    return { line: skip("connect", "set MONGODB_URI") };
  }
  try {
    const { database } = readSettings(["database"], env);
    const client = new MongoClient(database.MONGODB_URI, {
      appName: "clawbot-hub-doctor",
      serverSelectionTimeoutMS: waitsMs.database,
      connectTimeoutMS: waitsMs.database,
      maxPoolSize: 2,
    });
    return { client, db: client.db(database.MONGODB_DATABASE) };
  } catch (error) {
    return { line: fail("connect", "database_address", describe(error)) };
  }
}

async function checkConnection(db: Db): Promise<CheckLine> {
  return tell("connect", async () => {
    await db.command({ ping: 1 });
    return pass("connect", `signed in, database ${db.databaseName}`);
  });
}

/** Leaves nothing behind but, on a new database, the empty collection that a migration makes too. */
async function checkWriting(db: Db): Promise<CheckLine> {
  const _id = "doctor";
  await systemOf(db).updateOne({ _id }, { $set: { expiresAt: new Date() } }, { upsert: true });
  await systemOf(db).deleteOne({ _id });
  return pass("write", "may write");
}

async function checkVersion(db: Db): Promise<CheckLine> {
  const version = await findSchemaVersion(db);
  const seen = `schema version ${version}, this release needs ${schemaVersion}`;
  return version < schemaVersion
    ? fail("schema", "database_not_migrated", seen)
    : pass("schema", seen);
}

async function checkIndexes(db: Db): Promise<CheckLine> {
  const collections = [...new Set(declaredIndexes.map(({ collection }) => collection))];
  const troubles: string[] = [];
  for (const collection of collections) {
    const present = await indexesOf(db, collection);
    for (const declared of declaredIndexes.filter((each) => each.collection === collection)) {
      const found = present.find(({ name }) => name === declared.name);
      const what = `${collection}.${declared.name}`;
      if (found === undefined) troubles.push(`${what} is missing`);
      else if (!isAsDeclared(found, declared)) troubles.push(`${what} differs`);
    }
  }
  return troubles.length === 0
    ? pass("indexes", `all ${declaredIndexes.length} declared indexes are there`)
    : fail("indexes", "database_index_missing", troubles.join(", "));
}

/** None where the collection is not there at all. */
async function indexesOf(db: Db, collection: string): Promise<IndexDescriptionInfo[]> {
  try {
    return await db.collection(collection).indexes();
  } catch (error) {
    if (error instanceof MongoServerError && error.code === namespaceNotFound) return [];
    throw error;
  }
}

function isAsDeclared(found: object, declared: DeclaredIndex): boolean {
  const shape = (index: Partial<DeclaredIndex>) =>
    JSON.stringify([
      index.key,
      index.unique ?? false,
      index.sparse ?? false,
      index.expireAfterSeconds ?? null,
      index.partialFilterExpression ?? null,
    ]);
  return shape(found) === shape(declared);
}

async function tell(name: string, run: () => Promise<CheckLine>): Promise<CheckLine> {
  try {
    return await run();
  } catch (error) {
    return fail(name, databaseFault(error), describe(error));
  }
}

/** The fault behind what the driver threw. */
export function databaseFault(error: unknown): FaultName {
  if (error instanceof MongoServerError) {
    if (error.code === 18 || error.code === 8000) return "database_sign_in";
    return error.code === 13 ? "database_no_write" : "database_other";
  }
  const code = errorCodeOf(error);
  if (/^(ENOTFOUND|EAI_AGAIN|ENODATA|EBADNAME)$/.test(code)) return "database_address";
  const isSilence = error instanceof Error && /ServerSelection|Network|Timeout/.test(error.name);
  return isSilence || code !== "" ? "database_unreachable" : "database_other";
}

/** Class and code; the driver's words may repeat the address with its password. */
function describe(error: unknown): string {
  const name = error instanceof Error ? error.name : "unknown error";
  const number = error instanceof MongoServerError ? `${error.code ?? ""}` : "";
  const code = errorCodeOf(error) || number;
  return code === "" ? name : `${name} (${code})`;
}
