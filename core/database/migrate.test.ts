import { randomUUID } from "node:crypto";
import { MongoClient, type Db } from "mongodb";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { RequestError, SettingsError } from "#core/shared/errors.ts";
import { collectionNames, declaredIndexes, schemaVersion } from "./indexes.ts";
import { migrate } from "./migrate.ts";
import { checkSchema, systemOf } from "./system.ts";

const client = new MongoClient(inject("databaseUri"), { ignoreUndefined: true });
const databases: Db[] = [];
let db: Db;
beforeEach(() => {
  db = client.db(`test_migrate_${randomUUID().slice(0, 8)}`);
  databases.push(db);
});
afterAll(async () => {
  for (const each of databases) await each.dropDatabase();
  await client.close();
});

const noSeed = async () => {};

describe("a migration", () => {
  test("makes every collection and every declared index, as declared", async () => {
    const report = await migrate(db, noSeed);

    const collections = (await db.listCollections({}, { nameOnly: true }).toArray()).map(
      ({ name }) => name,
    );
    expect(collections).toEqual(expect.arrayContaining([...collectionNames]));
    for (const { collection, serves: _why, ...index } of declaredIndexes) {
      const present = await db.collection(collection).indexes();
      expect(present, index.name).toContainEqual(expect.objectContaining(index));
    }
    expect(report).toEqual({
      from: 0,
      to: schemaVersion,
      collections: collectionNames.length,
      indexes: declaredIndexes.length,
    });
  });

  test("finds everything done the second time and disturbs no data", async () => {
    await migrate(db, noSeed);
    const document = { kept: true };
    await db.collection("accounts").insertOne(document);

    expect((await migrate(db, noSeed)).from).toBe(schemaVersion);

    expect(await db.collection("accounts").findOne({ kept: true })).toEqual(document);
  });

  test("may run several times at once", async () => {
    const runs = await Promise.allSettled(Array.from({ length: 5 }, () => migrate(db, noSeed)));

    expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => "fulfilled"));
    await expect(checkSchema(db)).resolves.toBeUndefined();
    const messages = await db.collection("messages").indexes();
    const declared = declaredIndexes.filter(({ collection }) => collection === "messages");
    expect(messages).toHaveLength(declared.length + 1);
  });

  test("that stops half-way leaves no mark, so that no function starts on it", async () => {
    const failing = migrate(db, () => Promise.reject(new Error("The seed cannot be written.")));

    await expect(failing).rejects.toThrow("seed");
    await expect(checkSchema(db)).rejects.toThrow(SettingsError);
  });

  test("of an older release touches nothing of a newer one", async () => {
    await systemOf(db).insertOne({ _id: "schema", version: schemaVersion + 2 });

    await expect(migrate(db, noSeed)).rejects.toThrow(RequestError);

    expect(await db.listCollections({}, { nameOnly: true }).toArray()).toHaveLength(1);
  });

  test("of the release before finds nothing to do, so that a roll-back can be deployed", async () => {
    const version = schemaVersion + 1;
    await systemOf(db).insertOne({ _id: "schema", version });

    const report = await migrate(db, noSeed);

    expect(report).toEqual({ from: version, to: version, collections: 0, indexes: 0 });
  });
});

describe("a function at its start", () => {
  test("stops on a database that is older than its code, and says what to run", async () => {
    await systemOf(db).insertOne({ _id: "schema", version: schemaVersion - 1 });

    await expect(checkSchema(db)).rejects.toThrow(/npm run db:migrate/);
  });

  test("goes on with one that is as new, or newer, since migrations only add", async () => {
    await systemOf(db).insertOne({ _id: "schema", version: schemaVersion });
    await expect(checkSchema(db)).resolves.toBeUndefined();

    await systemOf(db).updateOne({ _id: "schema" }, { $set: { version: schemaVersion + 1 } });
    await expect(checkSchema(db)).resolves.toBeUndefined();
  });
});
