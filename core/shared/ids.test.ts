import { describe, expect, test } from "vitest";
import { conversationIdOf, idMaker, timeOfId } from "./ids.ts";

describe("ids", () => {
  test("say what they name, and rise in the order they were made even within one millisecond", () => {
    const newId = idMaker(() => new Date("2026-03-02T08:00:00.000Z"));
    const made = [newId("run"), newId("run"), newId("run")];
    expect(made.every((id) => /^run_[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(3);
  });

  test("made later sort behind, also across processes", () => {
    const early = idMaker(() => new Date("2026-03-02T08:00:00.000Z"))("message");
    const late = idMaker(() => new Date("2026-03-02T08:00:00.001Z"))("message");
    expect(early < late).toBe(true);
  });
});

test("a time bounds the ids that are made at it, also one before or after all that ids can tell", () => {
  const at = new Date("2026-03-02T08:00:00.000Z");
  const id = idMaker(() => at)("run");
  expect(id.startsWith(`run_${timeOfId(at)}`)).toBe(true);
  for (const early of ["0422-03-27T11:10:36Z", "1969-12-31T23:59:59Z"])
    expect(timeOfId(new Date(early))).toBe("0000000000");
  expect(timeOfId(new Date(8.64e15))).toBe("7ZZZZZZZZZ");
});

describe("the id of a conversation", () => {
  const id = conversationIdOf("acc_1", "oUser@im.wechat");

  test("follows from account and contact alone", () => {
    expect(conversationIdOf("acc_1", "oUser@im.wechat")).toBe(id);
    expect(id).toMatch(/^cnv_[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  test.each([
    ["another account", "acc_2", "oUser@im.wechat"],
    ["another contact", "acc_1", "oOther@im.wechat"],
    ["a contact whose id differs in case only", "acc_1", "ouser@im.wechat"],
    ["parts that are cut elsewhere", "acc_1\noUser", "@im.wechat"],
  ])("is another one for %s", (_what, accountId, userId) => {
    expect(conversationIdOf(accountId, userId)).not.toBe(id);
  });
});
