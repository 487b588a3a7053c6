import type { Db, Document, Filter } from "mongodb";

/** What older records of a collection lack, and how it follows from the rest of them. */
export type Missing = {
  collection: string;
  /** Which records lack it. */
  lacking: Filter<Versioned>;
  /** What is to be set; null where nothing can be made of the record. */
  valuesOf: (record: Document) => Document | null;
};

type Versioned = { _id: string; version: number };

const batchSize = 500;

/**
 * Gives older records what later code looks for, in batches by id; gives how many got it. It may be
 * repeated and run twice at once: each statement is guarded by the version as read, and a record that
 * somebody changed meanwhile is left for the next time.
 */
export async function fillMissing(
  db: Db,
  { collection, lacking, valuesOf }: Missing,
): Promise<number> {
  const records = db.collection<Versioned>(collection);
  let filled = 0;
  for (let after = ""; ;) {
    const batch = await records
      .find({ $and: [lacking], _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(batchSize)
      .toArray();
    const steps = batch.flatMap((record) => {
      const values = valuesOf(record);
      const { _id, version } = record;
      if (values === null) return [];
      const filter: Filter<Versioned> = { $and: [lacking], _id, version };
      return [{ updateOne: { filter, update: { $set: values } } }];
    });
    if (steps.length > 0) {
      filled += (await records.bulkWrite(steps, { ordered: false })).modifiedCount;
    }
    const last = batch.at(-1);
    if (!last || batch.length < batchSize) return filled;
    after = last._id;
  }
}
