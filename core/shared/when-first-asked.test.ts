import { expect, test } from "vitest";
import { whenFirstAsked } from "./when-first-asked.ts";

test("it is made once, however many ask, and only when somebody asks", async () => {
  let made = 0;
  const ask = whenFirstAsked(async () => ++made);
  expect(made).toBe(0);
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  expect(await ask()).toBe(1);
});

test("after a failure it is tried again", async () => {
  const outcomes = ["fails", "works"];
  const ask = whenFirstAsked(async () => {
    const outcome = outcomes.shift();
    if (outcome === "fails") throw new Error(outcome);
    return outcome;
  });
  await expect(ask()).rejects.toThrow("fails");
  expect(await ask()).toBe("works");
});
