import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { MongoClient } from "mongodb";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { withDatabase } from "#test/with-database.ts";
import { isDuplicateKey, isDuplicateOf } from "./duplicate-key.ts";
import { writeTogether } from "./write-together.ts";

type Thing = { _id: string; n?: number; of?: string };

const database = withDatabase();
const commands: string[] = [];
const clients: MongoClient[] = [];

function clientOf(uri: string): MongoClient {
  const client = new MongoClient(uri, { monitorCommands: true, ignoreUndefined: true });
  client.on("commandStarted", ({ commandName }) => commands.push(commandName));
  clients.push(client);
  return client;
}

/** The same server as one before MongoDB 8.0, to which the command has no meaning. */
const before8 = createServer((socket) => {
  const server = connect(Number(new URL(database.uri).port), "127.0.0.1");
  socket.on("data", (sent) => {
    const at = sent.indexOf("bulkWrite\0");
    if (at !== -1) sent.write("notKnown1", at);
    server.write(sent);
  });
  server.pipe(socket);
  socket.on("close", () => server.destroy());
  for (const end of [socket, server]) end.on("error", () => socket.destroy());
});
before8.listen(0, "127.0.0.1");
await once(before8, "listening");

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === "object" && address) return address.port;
  throw new Error("The older server has no port.");
}

const older = new URL(database.uri);
older.port = String(portOf(before8.address()));

afterAll(async () => {
  for (const client of clients) await client.close();
  before8.close();
});

describe.each([
  ["a server that knows several collections at once", database.uri],
  ["a server before MongoDB 8.0", older.href],
])("on %s", (_which, uri) => {
  const db = clientOf(uri).db(database.name);
  const things = () => db.collection<Thing>("things").find().sort({ _id: 1 }).toArray();
  const others = () => db.collection<Thing>("others").find().sort({ _id: 1 }).toArray();

  beforeEach(async () => {
    for (const name of ["things", "others"]) await db.collection(name).deleteMany({});
    await db.collection("things").createIndex({ n: 1, of: 1 }, { unique: true, sparse: true });
  });

  test("each statement is carried out and tells what it matched", async () => {
    await db.collection<Thing>("others").insertOne({ _id: "b" });
    const counts = await writeTogether(db, [
      { collection: "things", insert: { _id: "a", of: undefined } },
      { collection: "others", filter: { _id: "b" }, update: { $set: { n: 1 } } },
      { collection: "others", filter: { _id: "none" }, update: { $set: { n: 1 } } },
      { collection: "things", filter: { _id: "a" }, update: { $inc: { n: 2 } } },
    ]);
    expect(counts).toEqual([1, 1, 0, 1]);
    expect(await things()).toEqual([{ _id: "a", n: 2 }]);
    expect(await others()).toEqual([{ _id: "b", n: 1 }]);
  });

  test("behind one that a unique index refuses none is carried out, and the index is known", async () => {
    await db.collection<Thing>("things").insertOne({ _id: "a", n: 1, of: "x" });
    await db.collection<Thing>("others").insertOne({ _id: "b" });
    const refused = writeTogether(db, [
      { collection: "things", insert: { _id: "c", n: 1, of: "x" } },
      { collection: "others", filter: { _id: "b" }, update: { $set: { n: 1 } } },
    ]);
    const error: unknown = await refused.catch((caught: unknown) => caught);
    if (!isDuplicateKey(error)) throw new Error("It was not refused as a duplicate.");
    expect(isDuplicateOf(error, "of")).toBe(true);
    expect(isDuplicateOf(error, "_id")).toBe(false);
    expect(await others()).toEqual([{ _id: "b" }]);
  });
});

test("one round trip, where the server knows how; another is asked for it once", async () => {
  const insert = (_id: string) => ({ collection: "things", insert: { _id } });
  const [newer, old] = [database.uri, older.href].map((uri) => clientOf(uri).db(database.name));
  await newer?.collection("things").deleteMany({});
  if (!newer || !old) throw new Error("There is no database.");
  commands.length = 0;
  await writeTogether(newer, [insert("1"), insert("2")]);
  expect(commands).toEqual(["bulkWrite"]);
  commands.length = 0;
  await writeTogether(old, [insert("3"), insert("4")]);
  await writeTogether(old, [insert("5")]);
  expect(commands).toEqual(["bulkWrite", "insert", "insert", "insert"]);
});
