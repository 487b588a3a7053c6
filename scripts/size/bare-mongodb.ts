import { MongoClient } from "mongodb";

/** What every function is measured against: a Lambda that does nothing but ask the database. */
const client = new MongoClient(process.env["MONGODB_URI"] ?? "");

export async function handler(): Promise<string> {
  const found = await client
    .db("size")
    .collection<{ _id: string }>("system")
    .findOne({ _id: "schema" });
  return found?._id ?? "";
}
