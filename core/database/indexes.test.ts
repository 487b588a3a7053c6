import { describe, expect, test } from "vitest";
import { collectionNames, declaredIndexes } from "./indexes.ts";

/** MongoDB refuses any other in a partial filter; SecantusDB would take them (reference/local-parts.md). */
const allowedOperators = ["$gt", "$gte", "$lt", "$lte", "$type", "$in", "$and", "$or"];

function refusedIn(filter: unknown): string[] {
  if (Array.isArray(filter)) return filter.flatMap(refusedIn);
  if (typeof filter !== "object" || filter === null) return [];
  return Object.entries(filter).flatMap(([key, value]) => {
    if (key === "$exists") return value === true ? [] : ["$exists: false"];
    const isUnknown = key.startsWith("$") && !allowedOperators.includes(key);
    return [...(isUnknown ? [key] : []), ...refusedIn(value)];
  });
}

describe("the declared indexes", () => {
  test.each(declaredIndexes.filter(({ partialFilterExpression }) => partialFilterExpression))(
    "MongoDB takes the filter of $collection.$name",
    ({ partialFilterExpression }) => {
      expect(refusedIn(partialFilterExpression)).toEqual([]);
    },
  );

  test("the check above would notice what MongoDB refuses", () => {
    expect(refusedIn({ a: { $exists: false } })).toEqual(["$exists: false"]);
    expect(refusedIn({ $and: [{ a: { $ne: 1 } }, { b: { $not: { $gt: 2 } } }] })).toEqual([
      "$ne",
      "$not",
    ]);
  });

  test("each has a name of its own within its collection, and says what it serves", () => {
    const names = declaredIndexes.map(({ collection, name }) => `${collection}.${name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { collection, serves } of declaredIndexes) {
      expect(collectionNames).toContain(collection);
      expect(serves.length).toBeGreaterThan(10);
    }
  });
});
