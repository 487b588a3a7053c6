import { expect, test } from "vitest";
import { plusMs, plusSeconds, systemClock } from "./clock.ts";

test("a day can pass for ages while leases go on in real time", () => {
  const clock = systemClock(86_400);
  const aheadMs = clock.ageNow().getTime() - clock.now().getTime();
  expect(aheadMs).toBeGreaterThanOrEqual(86_400_000);
  expect(aheadMs).toBeLessThan(86_401_000);
});

test("a pause ends at once when it is broken off, and never rejects", async () => {
  const clock = systemClock();
  const leaving = new AbortController();
  const pause = clock.sleep(3_600_000, leaving.signal);
  leaving.abort();
  await expect(pause).resolves.toBeUndefined();
  await expect(clock.sleep(3_600_000, leaving.signal)).resolves.toBeUndefined();
  await expect(clock.sleep(-1)).resolves.toBeUndefined();
});

test("times are moved by what the name says", () => {
  const at = new Date("2026-03-02T08:00:00.000Z");
  expect(plusMs(at, 1).toISOString()).toBe("2026-03-02T08:00:00.001Z");
  expect(plusSeconds(at, 1.5).toISOString()).toBe("2026-03-02T08:00:01.500Z");
});
