import { expect, test } from "vitest";
import { isCutOff, joinTexts } from "./join-texts.ts";

const full = "字".repeat(2048);

test("messages of a burst stand on lines of their own", () => {
  expect(joinTexts(["Hello", "I bought a cup", "It is broken"])).toBe(
    "Hello\nI bought a cup\nIt is broken",
  );
  expect(joinTexts(["one"])).toBe("one");
  expect(joinTexts([])).toBe("");
});

test("what WeChat cut is put together again", () => {
  expect(joinTexts([full, full, "end", "and more"])).toBe(`${full}${full}end\nand more`);
});

test("a text of one character more or less was not cut", () => {
  expect(joinTexts([`${full}!`, "next"])).toBe(`${full}!\nnext`);
  expect(joinTexts([full.slice(1), "next"])).toBe(`${full.slice(1)}\nnext`);
});

test("characters beyond the basic plane count as one or as two", () => {
  expect(isCutOff("😀".repeat(2048))).toBe(true);
  expect(isCutOff("😀".repeat(1024))).toBe(true);
  expect(isCutOff("😀".repeat(1500))).toBe(false);
});
