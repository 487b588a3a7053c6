import { expect, test } from "vitest";
import { backOffMs } from "./back-off.ts";

const settings = { HERMES_RETRY_INTERVAL_MS: 30_000 };
const latest = (cause: Parameters<typeof backOffMs>[1]["cause"], attemptCount: number) =>
  backOffMs(settings, { cause, attemptCount, random: 1 });

test("an outage is tried at one pace, however long it lasts", () => {
  expect([1, 2, 9, 500].map((count) => latest("hermes_down", count))).toEqual([
    30_000, 30_000, 30_000, 30_000,
  ]);
});

test("full places are asked for after 2 s, then less and less often up to 30 s", () => {
  expect([1, 2, 3, 9].map((count) => latest("hermes_full", count))).toEqual([
    2_000, 4_000, 8_000, 30_000,
  ]);
});

test("a turn that is still at work is joined within 15 s", () => {
  expect(latest("in_progress", 7)).toBe(15_000);
});

test("a failed turn gets twice the time with each try, at most a quarter of an hour", () => {
  expect([1, 2, 3, 40].map((count) => latest("failed_turn", count))).toEqual([
    30_000, 60_000, 120_000, 900_000,
  ]);
});

test("chance spreads the waits between half and all", () => {
  const waits = { cause: "hermes_down", attemptCount: 1 } as const;
  expect(backOffMs(settings, { ...waits, random: 0 })).toBe(15_000);
  expect(backOffMs(settings, { ...waits, random: 0.5 })).toBe(22_500);
});
