import { describe, expect, test } from "vitest";
import { areTooFew, isOneTooMany, placesElsewhere, someoneCloses } from "./neighbours.ts";
import type { Poller } from "./poller.ts";

function poller(id: string, freePlaces: number, changed: Partial<Poller> = {}): Poller {
  const startedAt = new Date("2026-03-02T08:00:00Z");
  const expiresAt = new Date("2026-03-02T08:01:30Z");
  return { _id: id, freePlaces, accounts: 0, closing: false, startedAt, expiresAt, ...changed };
}

/** One that is about to give back so many accounts. */
function closer(id: string, accounts: number): Poller {
  return poller(id, 0, { closing: true, accounts });
}

describe("places elsewhere", () => {
  test.each([
    ["nobody else", [], 0, 0],
    ["one with places", [poller("plr_2", 50)], 0, 50],
    ["several with some places each", [poller("plr_2", 3), poller("plr_3", 4)], 0, 7],
    ["a full one", [poller("plr_2", 0)], 0, 0],
    ["one that closes itself", [poller("plr_2", 50, { closing: true })], 0, 0],
    ["what waits already needs its place first", [poller("plr_2", 5)], 4, 1],
    ["an older one closes too and comes first", [poller("plr_9", 50), closer("plr_1", 30)], 0, 20],
    ["a younger one closes too and comes later", [poller("plr_9", 50), closer("plr_6", 30)], 0, 50],
    ["more wait than there are places", [poller("plr_2", 5)], 9, 0],
  ])("%s", (_what, others, waiting, places) => {
    expect(placesElsewhere("plr_5", others, waiting)).toBe(places);
  });
});

test("someone closes only while a closing poller is alive", () => {
  expect(someoneCloses([closer("plr_1", 0)])).toBe(true);
  expect(someoneCloses([poller("plr_1", 0)])).toBe(false);
  expect(someoneCloses([])).toBe(false);
});

describe("too few places", () => {
  test.each([
    ["nobody polls", [], 1, true],
    ["all are full", [poller("plr_1", 0)], 1, true],
    ["one place for the one that waits", [poller("plr_1", 1)], 1, false],
    ["a few short, which may be old figures", [poller("plr_1", 38), closer("plr_0", 50)], 0, false],
    ["many short", [poller("plr_1", 37), closer("plr_0", 50)], 0, true],
  ])("%s", (_what, pollers, waiting, are) => {
    expect(areTooFew(pollers, waiting, 50)).toBe(are);
  });
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
    ["beside one that closes", self, [closer("plr_1", 0)], false],
    [
      "with more about to come than the older can take",
      self,
      [poller("plr_1", 50), closer("plr_0", 70)],
      false,
    ],
    [
      "with as much about to come as it can take",
      self,
      [poller("plr_1", 50), closer("plr_0", 50)],
      true,
    ],
  ])("%s", (_who, who, others, is) => {
    expect(isOneTooMany(who, others, 0)).toBe(is);
  });

  test("with more waiting than the older one can take", () => {
    expect(isOneTooMany(self, [poller("plr_1", 50)], 50)).toBe(true);
    expect(isOneTooMany(self, [poller("plr_1", 50)], 120)).toBe(false);
  });
});
