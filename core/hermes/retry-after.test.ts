import { expect, test } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

const nowMs = Date.parse("2026-09-01T12:00:00Z");

test.each([
  ["120", 120_000],
  ["0", 0],
  ["Tue, 01 Sep 2026 12:00:30 GMT", 30_000],
  ["Tue, 01 Sep 2026 11:00:00 GMT", 0],
  ["86400", 3_600_000],
  ["-5", 0],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("Retry-After %s means %s ms", (header, expected) => {
  expect(retryAfterMs(header, nowMs)).toBe(expected);
});
