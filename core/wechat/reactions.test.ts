import { expect, test } from "vitest";
import { reactionFor } from "./reactions.ts";

test.each([
  ["getupdates", -14, "login_expired"],
  ["sendmessage", -14, "login_expired"],
  ["notifystart", -14, "login_expired"],
  ["sendmessage", -2, "overloaded"],
  ["sendmessage", -13, "overloaded"],
  ["getupdates", -2, "overloaded"],
  ["sendmessage", -3, "permanent"],
  ["sendmessage", -1, "permanent"],
  ["getconfig", -4, "skip"],
  ["getconfig", -2, "skip"],
  ["sendtyping", 99, "skip"],
  ["notifystop", -1, "skip"],
  ["get_bot_qrcode", 2, "config"],
  ["sendmessage", 2, "unknown"],
  ["getupdates", -4, "unknown"],
])("%s answered with %i means %s", (method, code, kind) => {
  expect(reactionFor(method, code)).toMatchObject({
    kind,
    source: expect.stringContaining("reference/ilink.md"),
  });
});

test.each([
  ["sendmessage", -2, "prepare failed", true],
  ["sendmessage", -2, "unknown error", true],
  ["sendmessage", -2, "rate limited", false],
  ["sendmessage", -2, "", false],
  ["sendmessage", -3, "prepare failed", false],
  ["getconfig", -2, "prepare failed", false],
])("%s answered with %i, %o: worth a try without the token is %o", (method, code, words, want) => {
  expect(reactionFor(method, code, words).mayBeStaleToken).toBe(want);
});
