import { expect, test } from "vitest";
import { createTestClock } from "#test/test-clock.ts";
import { createPace } from "./pace.ts";

async function isWaiting(wait: Promise<void>): Promise<boolean> {
  const tick = new Promise<true>((resolve) => setImmediate(() => resolve(true)));
  return Promise.race([wait.then(() => false), tick]);
}

test("the first bubble goes at once, each next one when the pause is over", async () => {
  const clock = createTestClock();
  const pace = createPace(clock, 1500);
  expect(await isWaiting(pace.wait())).toBe(false);
  pace.note();
  const second = pace.wait();
  await clock.advance(1499);
  expect(await isWaiting(second)).toBe(true);
  await clock.advance(1);
  expect(await isWaiting(second)).toBe(false);
});

test("time that passed anyway is no pause on top", async () => {
  const clock = createTestClock();
  const pace = createPace(clock, 1500);
  pace.note();
  await clock.advance(5000);
  expect(await isWaiting(pace.wait())).toBe(false);
});
