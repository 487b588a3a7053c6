import { describe, expect, test } from "vitest";
import { Hours, isWithin } from "./hours.ts";

const zone = "Asia/Shanghai";
const workdays = [1, 2, 3, 4, 5];
const office: Hours = { zone, days: workdays, from: "09:00", to: "18:00" };
const night: Hours = { zone, days: [5], from: "22:00", to: "06:00" };

describe("a moment", () => {
  test.each([
    ["the first minute", office, "2026-03-02T01:00:00Z", true],
    ["the minute before", office, "2026-03-02T00:59:59Z", false],
    ["the last minute", office, "2026-03-02T09:59:59Z", true],
    ["the end", office, "2026-03-02T10:00:00Z", false],
    ["a Sunday there, still Saturday elsewhere", office, "2026-03-07T20:00:00Z", false],
    [
      "a Monday there, still Sunday elsewhere",
      { ...office, from: "00:00" },
      "2026-03-01T17:00:00Z",
      true,
    ],
    ["a Friday night", night, "2026-03-06T15:00:00Z", true],
    ["the morning after it", night, "2026-03-06T21:59:00Z", true],
    ["the morning of that Friday", night, "2026-03-05T21:00:00Z", false],
    ["the night after", night, "2026-03-07T15:00:00Z", false],
  ])("%s: %o", (_, hours, at, wanted) => {
    expect(isWithin(hours, new Date(at))).toBe(wanted);
  });

  test("is within around the clock when both ends are the same", () => {
    const always = { zone, days: [1, 2, 3, 4, 5, 6, 7], from: "08:00", to: "08:00" };
    for (let hour = 0; hour < 48; hour++) {
      expect(isWithin(always, new Date(Date.UTC(2026, 2, 2, hour, 30)))).toBe(true);
    }
  });

  test("follows the clocks of the place when they are moved", () => {
    const summer: Hours = { ...office, zone: "Europe/Berlin", days: [1, 2, 3, 4, 5, 6, 7] };
    expect(isWithin(summer, new Date("2026-03-28T08:00:00Z"))).toBe(true);
    expect(isWithin(summer, new Date("2026-03-29T07:00:00Z"))).toBe(true);
    expect(isWithin(summer, new Date("2026-03-28T07:00:00Z"))).toBe(false);
  });
});

test.each([
  ["a zone nobody knows", { ...office, zone: "Asia/Nowhere" }],
  ["a time that no clock shows", { ...office, from: "24:00" }],
  ["no day", { ...office, days: [] }],
])("%s is refused", (_, hours) => {
  expect(Hours.safeParse(hours).success).toBe(false);
});
