import { expect, test } from "vitest";
import { parseExactJson } from "./exact-json.ts";

test("only integers that a number cannot hold become strings", () => {
  const read = parseExactJson(
    '[9007199254740991,9007199254740993,-9007199254740993,1.5,1e30,"9007199254740993",0]',
  );
  expect(read).toEqual([
    9_007_199_254_740_991,
    "9007199254740993",
    "-9007199254740993",
    1.5,
    1e30,
    "9007199254740993",
    0,
  ]);
});
