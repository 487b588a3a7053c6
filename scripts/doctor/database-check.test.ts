import { randomUUID } from "node:crypto";
import { MongoClient, MongoServerError, type Db } from "mongodb";
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { collectionNames, declaredIndexes, schemaVersion } from "#core/database/indexes.ts";
import { migrate } from "#core/database/migrate.ts";
import { systemOf } from "#core/database/system.ts";
import { checkDatabase, databaseFault } from "./database-check.ts";
import { faultsIn, statusOf, testContext } from "./test-context.ts";

const uri = inject("databaseUri");
const client = new MongoClient(uri, { ignoreUndefined: true });
let db: Db;
beforeEach(() => {
  db = client.db(`test_doctor_${randomUUID().slice(0, 8)}`);
});
afterEach(async () => {
  await db.dropDatabase();
});
afterAll(() => client.close());

async function check(env: Record<string, string> = {}) {
  const context = testContext({ MONGODB_URI: uri, MONGODB_DATABASE: db.databaseName, ...env });
  const findings = await checkDatabase(context);
  await findings.close();
  return findings;
}

const migrated = () => migrate(db, async () => {});

describe("a database", () => {
  test("that was migrated passes, and is left as it was", async () => {
    await migrated();
    const { lines, db: readable } = await check();
    expect(lines.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "connect pass",
      "write pass",
      "schema pass",
      "indexes pass",
    ]);
    expect(lines.at(-1)?.seen).toContain(`all ${declaredIndexes.length}`);
    expect(readable).not.toBeNull();
    expect(await systemOf(db).countDocuments({ _id: { $ne: "schema" } })).toBe(0);
  });

  test("that nobody migrated is one: database_not_migrated", async () => {
    const { lines, db: readable } = await check();
    expect(faultsIn(lines)).toEqual(["schema: database_not_migrated"]);
    expect(lines.find(({ name }) => name === "schema")?.seen).toContain(
      `schema version 0, this release needs ${schemaVersion}`,
    );
    expect(statusOf(lines, "indexes")).toBe("skipped");
    expect(readable).toBeNull();
  });

  test("without its indexes has each named: database_index_missing", async () => {
    await systemOf(db).updateOne(
      { _id: "schema" },
      { $set: { version: schemaVersion } },
      { upsert: true },
    );
    for (const name of collectionNames) await db.createCollection(name);
    const { lines } = await check();
    expect(faultsIn(lines)).toEqual(["indexes: database_index_missing"]);
    for (const { collection, name } of declaredIndexes) {
      expect(lines.at(-1)?.seen).toContain(`${collection}.${name} is missing`);
    }
  });

  test("without any collection at all says the same", async () => {
    await systemOf(db).updateOne(
      { _id: "schema" },
      { $set: { version: schemaVersion } },
      { upsert: true },
    );
    expect(faultsIn((await check()).lines)).toEqual(["indexes: database_index_missing"]);
  });

  test("in which one index was dropped and another made by hand tells the two", async () => {
    await migrated();
    await db.collection("messages").dropIndex("dedupe");
    await db.collection("accounts").dropIndex("bot");
    await db.collection("accounts").createIndex({ botId: 1 }, { name: "bot" });
    const { lines } = await check();
    expect(lines.at(-1)?.seen).toBe("accounts.bot differs, messages.dedupe is missing");
  });

  test("of a later release is fine, since migrations only add", async () => {
    await migrated();
    await systemOf(db).updateOne({ _id: "schema" }, { $inc: { version: 1 } });
    expect(faultsIn((await check()).lines)).toEqual([]);
  });
});

describe("the way to it", () => {
  test("is not looked at without MONGODB_URI", async () => {
    const { lines } = await check({ MONGODB_URI: "" });
    expect(lines[0]).toMatchObject({ status: "skipped", seen: "set MONGODB_URI" });
    expect(lines[3]).toMatchObject({ status: "skipped", seen: "waits for database.connect" });
  });

  test.each([
    ["database_unreachable", "mongodb://127.0.0.1:1/?directConnection=true"],
    ["database_address", "mongodb://nowhere.invalid:27017/?directConnection=true"],
    ["database_address", "postgres://127.0.0.1/db"],
    ["database_address", "mongodb://user:p@ss@host:1:2/"],
  ])("%s: %s", async (fault, address) => {
    const { lines, db: readable } = await check({ MONGODB_URI: address });
    expect(faultsIn(lines)).toEqual([`connect: ${fault}`]);
    expect(readable).toBeNull();
    expect(JSON.stringify(lines)).not.toContain("p@ss");
  });

  test.each([
    ["database_sign_in", 18],
    ["database_sign_in", 8000],
    ["database_no_write", 13],
    ["database_other", 11600],
  ])("%s: the server refuses with code %i", (fault, code) => {
    expect(databaseFault(new MongoServerError({ message: "refused", code }))).toBe(fault);
  });
});
