import {
  MongoClientBulkWriteError,
  MongoServerError,
  type AnyClientBulkWriteModel,
  type Db,
  type Document,
  type MongoClient,
} from "mongodb";

/** One statement on one document. */
export type Statement = { collection: string } & (
  | { insert: Document }
  | { filter: Document; update: Document }
);

/** `bulkWrite` over several collections came with MongoDB 8.0; a server before it says so once. */
const commandNotFoundCode = 59;
const withoutIt = new WeakSet<MongoClient>();

/**
 * Carries the statements out in their order and in one round trip, each atomic by itself and none
 * undone by another. Gives how many documents each inserted or matched. Throws what the database says
 * of the first that fails, behind which none is carried out. A server older than MongoDB 8.0 gets them
 * one after the other.
 */
export async function writeTogether(db: Db, statements: readonly Statement[]): Promise<number[]> {
  if (withoutIt.has(db.client)) return oneByOne(db, statements);
  try {
    const models = statements.map((statement) => modelOf(db, statement));
    const { updateResults } = await db.client.bulkWrite(models, { verboseResults: true });
    return statements.map((_, place) => updateResults?.get(place)?.matchedCount ?? 1);
  } catch (error) {
    const why = reasonOf(error);
    if (!(why instanceof MongoServerError) || why.code !== commandNotFoundCode) throw why;
    withoutIt.add(db.client);
    return oneByOne(db, statements);
  }
}

function modelOf(db: Db, statement: Statement): AnyClientBulkWriteModel<Document> {
  const namespace = `${db.databaseName}.${statement.collection}`;
  if ("insert" in statement) return { name: "insertOne", namespace, document: statement.insert };
  const { filter, update } = statement;
  return { name: "updateOne", namespace, filter, update };
}

async function oneByOne(db: Db, statements: readonly Statement[]): Promise<number[]> {
  const counts: number[] = [];
  for (const statement of statements) {
    const collection = db.collection(statement.collection);
    if ("insert" in statement) {
      await collection.insertOne(statement.insert);
      counts.push(1);
    } else {
      const { matchedCount } = await collection.updateOne(statement.filter, statement.update);
      counts.push(matchedCount);
    }
  }
  return counts;
}

/** The error that the same statement by itself would have thrown. */
function reasonOf(error: unknown): unknown {
  if (!(error instanceof MongoClientBulkWriteError)) return error;
  const [refused] = error.writeErrors.values();
  if (!refused) return error.cause ?? error;
  const { code, message } = refused;
  return new MongoServerError({ code, message, errmsg: message });
}
