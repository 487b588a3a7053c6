import type { Collection } from "mongodb";
import { beforeEach, expect, test } from "vitest";
import { withDatabase } from "#test/with-database.ts";
import { duplicatePositions, isDuplicateKey } from "./duplicate-key.ts";

const { db } = withDatabase();
type Thing = { _id: string; key: string };
let things: Collection<Thing>;
beforeEach(async () => {
  things = db().collection<Thing>("things");
  await things.drop();
  await things.createIndex({ key: 1 }, { unique: true });
  await things.insertOne({ _id: "a", key: "seen" });
});

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("one statement refused by a unique index is told from any other trouble", async () => {
  expect(isDuplicateKey(await errorOf(things.insertOne({ _id: "b", key: "seen" })))).toBe(true);
  const below = things.updateOne({ _id: "a" }, { $set: { "key.below": "a text" } });
  expect(isDuplicateKey(await errorOf(below))).toBe(false);
});

test("of an unordered bulk, the positions that were seen before are told", async () => {
  const error = await errorOf(
    things.insertMany(
      [
        { _id: "b", key: "new" },
        { _id: "c", key: "seen" },
        { _id: "d", key: "newer" },
        { _id: "e", key: "new" },
      ],
      { ordered: false },
    ),
  );
  expect(duplicatePositions(error)).toEqual(new Set([1, 3]));
  expect(await things.countDocuments({})).toBe(3);
});

test("any other failure among them is not taken for seen before", async () => {
  const error = await errorOf(
    things.bulkWrite(
      [
        { insertOne: { document: { _id: "b", key: "seen" } } },
        { updateOne: { filter: { _id: "a" }, update: { $set: { "key.below": "a text" } } } },
      ],
      { ordered: false },
    ),
  );
  expect(error).toBeDefined();
  expect(duplicatePositions(error)).toBeNull();
  expect(duplicatePositions(new Error("gone"))).toBeNull();
});
