import { describe, expect, test } from "vitest";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import { afterFailure, type AfterFailure, type FailedTry } from "./after-failure.ts";

const pace = { SEND_RETRY_SECONDS: 60, SEND_MAX_ATTEMPTS: 10 };

function after(failed: Partial<FailedTry> & Pick<FailedTry, "error">): AfterFailure {
  const first = { attempts: 1, codeBefore: null, withToken: true, isLedgerOurs: true };
  return afterFailure({ ...first, ...failed }, pace);
}

function refused(code: number, errmsg = ""): WechatRefusedError {
  return new WechatRefusedError("sendmessage", code, errmsg);
}

const silence = new WechatUnreachableError("sendmessage", { kind: "timeout", sent: "unknown" });
const putOff = { do: "put_off", seconds: 60 };

describe("a refusal, by the table of reactions", () => {
  test.each<[string, Partial<FailedTry> & Pick<FailedTry, "error">, AfterFailure | typeof putOff]>([
    ["-14 ends the login", { error: refused(-14) }, { do: "expire_login" }],
    ["-3 is for good", { error: refused(-3) }, { do: "end", state: "refused" }],
    ["-1 is for good", { error: refused(-1) }, { do: "end", state: "refused" }],
    ["-2 is a throttle, since the ledger said yes", { error: refused(-2, "rate limited") }, putOff],
    ["-13 is a throttle too", { error: refused(-13) }, putOff],
    ["a code that nobody knows may pass", { error: refused(7) }, putOff],
  ])("%s", (_what, failed, expected) => {
    expect(after(failed)).toEqual(expected);
  });

  test.each([-2, -3, -13])(
    "%i to a contact who has not written since the login waits until he writes",
    (code) => {
      expect(after({ error: refused(code, "prepare failed"), isLedgerOurs: false })).toEqual({
        do: "park",
      });
    },
  );
});

describe("words that may mean a stale token", () => {
  test.each(["prepare failed", "unknown error"])("%s: one try at once without it", (words) => {
    const error = refused(-2, words);
    expect(after({ error })).toEqual({ do: "repeat", withToken: false });
    expect(after({ error, withToken: false, attempts: 2 })).toEqual(putOff);
    expect(after({ error, codeBefore: "-2", attempts: 2 })).toEqual(putOff);
  });

  test("after a silence they are the first refusal still", () => {
    const error = refused(-2, "prepare failed");
    expect(after({ error, codeBefore: "timeout", attempts: 2 })).toEqual({
      do: "repeat",
      withToken: false,
    });
  });
});

describe("silence", () => {
  test("is answered by one repeat at once, the same in all", () => {
    expect(after({ error: silence })).toEqual({ do: "repeat", withToken: true });
    expect(after({ error: silence, withToken: false })).toEqual({ do: "repeat", withToken: false });
  });

  test("a second time by a pause", () => {
    expect(after({ error: silence, attempts: 2, codeBefore: "timeout" })).toEqual(putOff);
  });

  test("on a try that a killed Lambda may have made before, by a pause", () => {
    expect(after({ error: silence, attempts: 2 })).toEqual(putOff);
  });
});

describe("how long and how often", () => {
  const pauses = (error: FailedTry["error"]) =>
    Array.from({ length: 10 }, (_, index) =>
      after({ error, attempts: index + 1, codeBefore: "before" }),
    );

  test("never sooner than the setting, then twice as long each time, a quarter of an hour at most", () => {
    const seconds = pauses(refused(-2)).map((each) => (each.do === "put_off" ? each.seconds : 0));
    expect(seconds).toEqual([60, 60, 120, 240, 480, 900, 900, 900, 900, 0]);
  });

  test("a throttle that never ends is no throttle: the bubble waits for the contact", () => {
    expect(pauses(refused(-2)).at(-1)).toEqual({ do: "park" });
  });

  test("silence and unknown codes that never end are given up", () => {
    expect(pauses(silence).at(-1)).toEqual({ do: "end", state: "dead" });
    expect(pauses(refused(7)).at(-1)).toEqual({ do: "end", state: "dead" });
  });

  test("a setting above the longest pause is kept", () => {
    const slow = { SEND_RETRY_SECONDS: 3600, SEND_MAX_ATTEMPTS: 10 };
    const failed = { attempts: 5, codeBefore: "-2", withToken: false, isLedgerOurs: true };
    expect(afterFailure({ error: refused(-2), ...failed }, slow)).toEqual({
      do: "put_off",
      seconds: 3600,
    });
  });
});
