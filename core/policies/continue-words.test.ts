import { expect, test } from "vitest";
import { defaultContinueText, defaultContinueWords, isContinueWord } from "./continue-words.ts";

test.each([
  ...defaultContinueWords,
  "继续。",
  "“继续”",
  "「继续」！",
  "  Continue!! ",
  "CONTINUE",
  "ＮＥＸＴ",
  "go  on…",
  "继续👍",
])("%s asks for nothing but the rest", (text) => {
  expect(isContinueWord(text)).toBe(true);
});

test.each(["", "。。。", "继续说茶的事", "continue with the second one", "no more", "好的"])(
  "%s asks for something else",
  (text) => {
    expect(isContinueWord(text)).toBe(false);
  },
);

test("a policy's own words stand in place of the hub's", () => {
  expect(isContinueWord("weiter!", ["Weiter"])).toBe(true);
  expect(isContinueWord("继续", ["Weiter"])).toBe(false);
  expect(isContinueWord("", [""])).toBe(false);
});

test("what the offer tells people to reply is understood", () => {
  const told = [...defaultContinueText.matchAll(/继续|"(\w+)"/g)].map(([all, word]) => word ?? all);
  expect(told).toHaveLength(2);
  for (const word of told) expect(isContinueWord(word)).toBe(true);
});
