import { describe, expect, test } from "vitest";
import { searchKeysOf, searchPattern } from "./search-keys.ts";

function finds(query: string, ...names: string[]): boolean {
  const range = searchPattern(query)?.$elemMatch;
  if (!range) return false;
  return searchKeysOf(names).some((key) => key >= range.$gte && key < range.$lt);
}

describe("somebody is found by", () => {
  test.each([
    ["front", "Front Desk"],
    ["DESK", "Front Desk"],
    ["front desk", "Front  Desk"],
    ["east", "shop-east"],
    ["wang@", "wang@example.test"],
    ["小", "王小明"],
    ["小明", "门店 王小明"],
    ["ＶＩＰ", "vip customers"],
    ["front\u0000desk", "Front Desk"],
  ])("%s, a beginning of a word of %s", (query, name) => {
    expect(finds(query, name)).toBe(true);
  });

  test.each([
    ["esk", "Front Desk"],
    [".*", "Front Desk"],
    ["front)", "Front Desk"],
    ["明天", "王小明"],
  ])("not by %s: %s", (query, name) => {
    expect(finds(query, name)).toBe(false);
  });

  test("nothing at all by nothing", () => {
    expect(searchPattern("  ")).toBeNull();
    expect(searchKeysOf([null, undefined, " "])).toEqual([]);
  });
});

test("a very long name has few and short keys", () => {
  const keys = searchKeysOf(["长".repeat(5_000), "word ".repeat(5_000)]);
  expect(keys.length).toBeLessThanOrEqual(60);
  expect(Math.max(...keys.map(({ length }) => length))).toBeLessThanOrEqual(64);
});
