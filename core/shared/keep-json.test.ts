import { expect, test } from "vitest";
import { isDeeperThan, keepJson } from "./keep-json.ts";

function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 1; level < levels; level++) value = { in: value };
  return value;
}

test("what WeChat and Hermes send is kept as it is", () => {
  const sent = { item_list: [{ type: 1, text_item: { text: "hi" } }], ids: ["1", "2"], none: null };
  expect(keepJson(sent, 1_000)).toBe(sent);
  expect(keepJson(nested(40), 1_000)).toEqual(nested(40));
});

test.each([
  ["too long", { text: "x".repeat(2_000) }],
  ["too deep", nested(41)],
  ["a NUL in a name", { list: [{ "a\0b": 1 }] }],
  ["an operator's name", { $where: "1" }],
])("%s: its beginning is kept as text", (_what, sent) => {
  const json = JSON.stringify(sent);
  expect(keepJson(sent, 1_000)).toEqual({
    isCut: true,
    characters: json.length,
    beginning: json.slice(0, 1_000),
  });
});

test("levels are counted without going down into them", () => {
  expect(isDeeperThan("text", 0)).toBe(false);
  expect(isDeeperThan({}, 1)).toBe(false);
  expect(isDeeperThan([[]], 1)).toBe(true);
  expect(isDeeperThan(JSON.parse("[".repeat(500_000) + "]".repeat(500_000)), 100)).toBe(true);
});
