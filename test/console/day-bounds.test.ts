import { expect, test } from "vitest";
import { dayBounds, momentOf, wallOf } from "#console/parts/day-bounds.ts";

test("a day is the day of the reader's zone, to its last moment", () => {
  expect(dayBounds("2026-11-22", "Asia/Shanghai")).toEqual({
    begins: "2026-11-21T16:00:00.000Z",
    ends: "2026-11-22T16:00:00.000Z",
  });
  expect(dayBounds("2026-11-22", "America/New_York")?.begins).toBe("2026-11-22T05:00:00.000Z");
  expect(dayBounds("2026-12-31", "UTC")?.ends).toBe("2027-01-01T00:00:00.000Z");
});

test("a day on which the clocks are moved is shorter or longer", () => {
  expect(dayBounds("2026-03-29", "Europe/Berlin")).toEqual({
    begins: "2026-03-28T23:00:00.000Z",
    ends: "2026-03-29T22:00:00.000Z",
  });
});

test("what is no day has no bounds", () => {
  expect(dayBounds("yesterday", "UTC")).toBeNull();
  expect(dayBounds("", "UTC")).toBeNull();
});

test("a moment is written as the clocks of the reader's zone show it", () => {
  expect(momentOf("2026-11-22T09:30", "Asia/Shanghai")).toBe("2026-11-22T01:30:00.000Z");
  expect(wallOf("2026-11-22T01:30:00.000Z", "Asia/Shanghai")).toBe("2026-11-22T09:30");
  expect(wallOf("2026-07-01T00:00:00.000Z", "America/New_York")).toBe("2026-06-30T20:00");
  expect(momentOf("2026-11-22T", "UTC")).toBeNull();
  expect(wallOf("then", "UTC")).toBe("");
});
