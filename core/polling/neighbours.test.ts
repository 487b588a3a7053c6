import { describe, expect, test } from "vitest";
import { isOneTooMany, placesElsewhere, someoneCloses } from "./neighbours.ts";
import type { Poller } from "./poller.ts";

function poller(id: string, freePlaces: number, closing = false): Poller {
  const startedAt = new Date("2026-03-02T08:00:00Z");
  return { _id: id, freePlaces, closing, startedAt, expiresAt: new Date("2026-03-02T08:01:30Z") };
}

describe("places elsewhere", () => {
  test.each([
    ["nobody else", [], 0, 0],
    ["one with places", [poller("plr_2", 50)], 0, 50],
    ["several with some places each", [poller("plr_2", 3), poller("plr_3", 4)], 0, 7],
    ["a full one", [poller("plr_2", 0)], 0, 0],
    ["one that closes itself", [poller("plr_2", 50, true)], 0, 0],
    ["what waits already needs its place first", [poller("plr_2", 5)], 4, 1],
    ["more wait than there are places", [poller("plr_2", 5)], 9, 0],
  ])("%s", (_what, others, waiting, places) => {
    expect(placesElsewhere(others, waiting)).toBe(places);
  });
});

test("someone closes only while a closing poller is alive", () => {
  expect(someoneCloses([poller("plr_1", 0, true)])).toBe(true);
  expect(someoneCloses([poller("plr_1", 0)])).toBe(false);
  expect(someoneCloses([])).toBe(false);
});

describe("one too many", () => {
  const self = { pollerId: "plr_5", packSize: 50, accounts: 0, closing: false };

  test.each([
    ["alone", self, [], false],
    ["of two that woke at once, the younger", self, [poller("plr_1", 50)], true],
    ["of two that woke at once, the older", self, [poller("plr_9", 50)], false],
    ["beside a younger one that has accounts already", self, [poller("plr_9", 49)], true],
    ["with accounts of its own", { ...self, accounts: 1 }, [poller("plr_1", 50)], false],
    ["closing", { ...self, closing: true }, [poller("plr_1", 50)], false],
    ["beside one that is nearly full", self, [poller("plr_1", 1)], false],
    ["beside one that closes", self, [poller("plr_1", 0, true)], false],
  ])("%s", (_who, who, others, is) => {
    expect(isOneTooMany(who, others)).toBe(is);
  });
});
