import { once } from "node:events";
import { connect, createServer } from "node:net";
import { BSON, MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { soon } from "#local/lambda/soon.ts";
import { type LocalDatabase, startDatabase } from "#local/database/database.ts";
import { createCommandReader, type DatabaseCommand } from "./command-reader.ts";
import { startDatabaseProxy } from "./database-proxy.ts";
import { createMeter } from "./meter.ts";

let database: LocalDatabase;
beforeAll(async () => {
  database = await startDatabase({
    dataDir: ":memory:",
    log: () => undefined,
    env: { PATH: process.env["PATH"] },
  });
});
afterAll(() => database.stop());

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function start(label: string, meter = createMeter(), targetUri = database.uri) {
  const proxy = await startDatabaseProxy({ targetUri, label, meter });
  undo.push(() => proxy.stop());
  const client = new MongoClient(proxy.uri, { serverSelectionTimeoutMS: 2_000 });
  undo.push(() => client.close());
  return { proxy, client, meter, db: client.db("proxied") };
}

describe("a function's connection through the proxy", () => {
  test("is counted by command, collection and comment", async () => {
    const { db, meter } = await start("poll");
    await db.collection("messages").insertMany([{ n: 1 }, { n: 2 }]);
    await db.collection("messages").find({}, { comment: "list", batchSize: 1 }).toArray();
    await db.collection("messages").updateOne({ n: 1 }, { $set: { n: 3 } });
    await db
      .collection("accounts")
      .aggregate([{ $match: {} }], { comment: "due" })
      .toArray();
    const counted = meter.snapshot().database.filter((usage) => usage.command !== "connection");
    expect(counted).toEqual([
      { label: "poll", command: "insert", collection: "messages", count: 1 },
      { label: "poll", command: "find", collection: "messages", comment: "list", count: 1 },
      expect.objectContaining({ command: "getMore", collection: "messages" }),
      { label: "poll", command: "update", collection: "messages", count: 1 },
      { label: "poll", command: "aggregate", collection: "accounts", comment: "due", count: 1 },
    ]);
  });

  test("keeps what the driver says for itself apart", async () => {
    const { db, meter } = await start("api");
    await db.command({ ping: 1 });
    const labels = new Set(
      meter.snapshot().database.map(({ command, collection }) => command + collection),
    );
    expect([...labels]).toEqual(["connection"]);
  });

  test("is counted under its own label", async () => {
    const meter = createMeter();
    const poll = await start("poll", meter);
    const api = await start("api", meter);
    await poll.db.collection("a").findOne({});
    await api.db.collection("a").findOne({});
    const finds = meter.snapshot().database.filter((usage) => usage.command === "find");
    expect(finds.map((usage) => usage.label).toSorted()).toEqual(["api", "poll"]);
  });

  test("passes large documents untouched", async () => {
    const { db, meter } = await start("poll");
    const text = "长".repeat(700_000);
    await db.collection("big").insertOne({ text });
    expect((await db.collection("big").findOne({}))?.["text"]).toBe(text);
    const inserts = meter.snapshot().database.filter((usage) => usage.command === "insert");
    expect(inserts).toMatchObject([{ collection: "big", count: 1 }]);
  });

  test("can be cut, and the next connection is taken", async () => {
    const { proxy, db, client } = await start("poll");
    await db.collection("cut").insertOne({ n: 1 });
    const gone = once(client, "connectionClosed", { signal: AbortSignal.timeout(10_000) });
    expect(proxy.cut()).toBeGreaterThan(0);
    await gone;
    expect(await db.collection("cut").countDocuments()).toBe(1);
  });

  test("ends on both sides when the database goes away", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    server.close();
    const { proxy } = await start("poll", createMeter(), `mongodb://127.0.0.1:${port}/`);
    const socket = connect(Number(new URL(proxy.uri).port), "127.0.0.1");
    await soon(() => expect(socket.closed).toBe(true));
  });
});

test("a target that is no single server is refused", async () => {
  const options = { label: "poll", meter: createMeter() };
  for (const targetUri of ["mongodb+srv://cluster.example/", "mongodb://a:1,b:2/", "nonsense"]) {
    await expect(startDatabaseProxy({ ...options, targetUri })).rejects.toThrow("one plain server");
  }
});

test("login and options of the target stay in the proxy's connection string", async () => {
  const targetUri = "mongodb://hub:p%40ss@127.0.0.1:1/?authSource=admin&replicaSet=rs0";
  const proxy = await startDatabaseProxy({ targetUri, label: "poll", meter: createMeter() });
  undo.push(() => proxy.stop());
  expect(proxy.uri).toMatch(
    /^mongodb:\/\/hub:p%40ss@127\.0\.0\.1:\d+\/\?authSource=admin&directConnection=true$/,
  );
});

describe("reading commands", () => {
  function message(document: object): Buffer {
    const body = BSON.serialize(document);
    const head = Buffer.alloc(21);
    head.writeInt32LE(21 + body.length, 0);
    head.writeInt32LE(2013, 12);
    return Buffer.concat([head, body]);
  }

  test.each([1, 7, 16, 50, 10_000])(
    "does not depend on how the bytes are cut: %i at a time",
    (size) => {
      const bytes = Buffer.concat([
        message({ find: "accounts", filter: {}, comment: "due" }),
        message({ hello: 1 }),
        message({ getMore: 1, collection: "runs" }),
      ]);
      const commands: DatabaseCommand[] = [];
      const read = createCommandReader((command) => commands.push(command));
      for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
      expect(commands).toEqual([
        { command: "find", collection: "accounts", comment: "due" },
        { command: "connection", collection: "" },
        { command: "getMore", collection: "runs" },
      ]);
    },
  );
});
