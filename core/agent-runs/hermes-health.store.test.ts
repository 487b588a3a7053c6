import { beforeEach, describe, expect, test } from "vitest";
import { plusSeconds } from "#core/shared/clock.ts";
import { withDatabase } from "#test/with-database.ts";
import { hermesHealthStore, isFull, isLearning, placesOf } from "./hermes-health.store.ts";

const { db } = withDatabase();
const store = hermesHealthStore(db());
const now = new Date("2026-03-02T08:00:00.000Z");
const later = plusSeconds(now, 60);
const id = "http://hermes/v1";
beforeEach(async () => {
  await db().collection("hermes").deleteMany({});
});

function away(state: "down" | "misconfigured" = "down", at = now) {
  return store.markAway({ id, state, cause: "refused", now: at, nextProbeAt: plusSeconds(at, 30) });
}

describe("how Hermes is", () => {
  test("nobody knows until there was trouble", async () => {
    expect(await store.find(id)).toBeNull();
  });

  test("that it went away is noted by one of twenty who see it at once", async () => {
    const firsts = await Promise.all(Array.from({ length: 20 }, () => away()));
    expect(firsts.filter(Boolean)).toHaveLength(1);
    expect(await store.find(id)).toMatchObject({ state: "down", cause: "refused", since: now });
  });

  test("since when it is away does not move while it stays so", async () => {
    await away();
    expect(await away("down", later)).toBe(false);
    expect((await store.find(id))?.since).toEqual(now);
  });

  test("another kind of trouble is news", async () => {
    await away();
    expect(await away("misconfigured", later)).toBe(true);
    expect(await store.find(id)).toMatchObject({ state: "misconfigured", since: later });
  });

  test("that it came back is told by one", async () => {
    await away();
    const firsts = await Promise.all(Array.from({ length: 5 }, () => store.markUp(id, later)));
    expect(firsts.filter(Boolean)).toHaveLength(1);
    expect(await store.find(id)).toMatchObject({ state: "up", cause: null, since: later });
    expect(await store.markUp(id, later)).toBe(false);
  });

  test("a probe that fails again only puts the next one off", async () => {
    await away();
    await store.putOffProbe(id, "dns", later);
    expect(await store.find(id)).toMatchObject({ cause: "dns", nextProbeAt: later, since: now });
    await store.markUp(id, later);
    await store.putOffProbe(id, "dns", plusSeconds(later, 30));
    expect(await store.find(id)).toMatchObject({ state: "up", cause: null, nextProbeAt: later });
  });
});

describe("its places", () => {
  test("full ones are no outage, and are forgotten after a while or when nobody waits", async () => {
    await store.markFull(id, now, { atWork: 4, most: 10 });
    const full = await store.find(id);
    expect(full?.state).toBe("up");
    expect(isFull(full, plusSeconds(now, 29))).toBe(true);
    expect(isFull(full, plusSeconds(now, 30))).toBe(false);
    await store.markRoomy(id);
    expect(isFull(await store.find(id), now)).toBe(false);
    expect(isFull(null, now)).toBe(false);
  });

  test("are as many as were at work when one more was refused, then one more with each answer", async () => {
    expect(placesOf(null, 10)).toBe(10);
    await store.markFull(id, now, { atWork: 2, most: 4 });
    for (const expected of [2, 3, 4, 4]) {
      const health = await store.find(id);
      expect(placesOf(health, 10)).toBe(expected);
      expect(health && isLearning(health, 10)).toBe(expected < 4);
      await store.grow(id, 4);
    }
  });

  test("are one at the least, though others took them all", async () => {
    await store.markFull(id, now, { atWork: 0, most: null });
    expect(placesOf(await store.find(id), 10)).toBe(1);
  });

  test("are tried out from one on when it comes back", async () => {
    await away();
    await store.markUp(id, later);
    expect(placesOf(await store.find(id), 10)).toBe(1);
  });
});
