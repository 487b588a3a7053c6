import { describe, expect, test } from "vitest";
import { withDatabase } from "#test/with-database.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { holdSystemLease, releaseSystemLease } from "./system.ts";

const { db } = withDatabase();
const now = new Date("2026-03-02T08:00:00.000Z");
const later = plusSeconds(now, 75);

function hold(name: string, holder: string, at = now): Promise<boolean> {
  return holdSystemLease(db(), { name, holder, now: at, expiresAt: plusSeconds(at, 75) });
}

describe("a right that one worker at a time may hold", () => {
  test("goes to one of twenty who ask at once, even the very first time", async () => {
    const got = await Promise.all(Array.from({ length: 20 }, (_, i) => hold("race", `w${i}`)));
    expect(got.filter(Boolean)).toHaveLength(1);
  });

  test("is renewed by its holder and refused to others while it lasts", async () => {
    expect(await hold("renew", "a")).toBe(true);
    expect(await hold("renew", "a", plusSeconds(now, 50))).toBe(true);
    expect(await hold("renew", "b", later)).toBe(false);
  });

  test("goes to another when its holder fell silent, and to one of them only", async () => {
    await hold("silent", "a");
    const got = await Promise.all(
      Array.from({ length: 5 }, (_, i) => hold("silent", `w${i}`, later)),
    );
    expect(got.filter(Boolean)).toHaveLength(1);
    expect(await hold("silent", "a", later)).toBe(false);
  });

  test("is free at once when its holder gives it back, but not when somebody else does", async () => {
    await hold("back", "a");
    await releaseSystemLease(db(), "back", "b");
    expect(await hold("back", "b")).toBe(false);

    await releaseSystemLease(db(), "back", "a");
    expect(await hold("back", "b")).toBe(true);
  });
});
