import { reactionFor } from "#core/wechat/reactions.ts";
import { type WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";

/** What is known when a try of a chunk got no yes. */
export type FailedTry = {
  error: WechatRefusedError | WechatUnreachableError;
  /** Tries so far, this one among them. */
  attempts: number;
  /** What the try before came to; null for the first. */
  codeBefore: string | null;
  withToken: boolean;
  /** The contact has written since the account's last login, so that the ledger speaks for it. */
  isLedgerOurs: boolean;
};

export type SendPace = { SEND_RETRY_SECONDS: number; SEND_MAX_ATTEMPTS: number };

export type AfterFailure =
  /** Once more in this invocation, after the pause between bubbles. */
  | { do: "repeat"; withToken: boolean }
  | { do: "put_off"; seconds: number }
  /** Until the contact writes: our ledger says yes, and WeChat goes on saying no. */
  | { do: "park" }
  | { do: "expire_login" }
  | { do: "end"; state: "refused" | "dead" };

const longestPauseSeconds = 15 * 60;

/**
 * What a failed try means. The ledger has said yes before, so an overload is a throttle, which each
 * further try prolongs: it waits, longer each time (reference/ilink.md 1.6, 1.7).
 */
export function afterFailure(failed: FailedTry, pace: SendPace): AfterFailure {
  const { error, attempts, codeBefore } = failed;
  if (error instanceof WechatUnreachableError) {
    if (codeBefore === null && attempts === 1) return { do: "repeat", withToken: failed.withToken };
    return putOff(attempts, pace) ?? { do: "end", state: "dead" };
  }
  const { kind, mayBeStaleToken } = reactionFor(error.method, error.code, error.errmsg);
  switch (kind) {
    case "login_expired":
      return { do: "expire_login" };
    case "permanent":
      return failed.isLedgerOurs ? { do: "end", state: "refused" } : { do: "park" };
    case "overloaded": {
      if (!failed.isLedgerOurs) return { do: "park" };
      const isFirst = codeBefore !== String(error.code);
      if (mayBeStaleToken && failed.withToken && isFirst) return { do: "repeat", withToken: false };
      return putOff(attempts, pace) ?? { do: "park" };
    }
    case "skip":
    case "config":
    case "unknown":
      return putOff(attempts, pace) ?? { do: "end", state: "dead" };
  }
}

/** The setting after the first tries, then twice as long each time; null when enough is enough. */
function putOff(
  attempts: number,
  { SEND_RETRY_SECONDS, SEND_MAX_ATTEMPTS }: SendPace,
): AfterFailure | null {
  if (attempts >= SEND_MAX_ATTEMPTS) return null;
  const longest = Math.max(longestPauseSeconds, SEND_RETRY_SECONDS);
  const seconds = SEND_RETRY_SECONDS * 2 ** Math.max(0, attempts - 2);
  return { do: "put_off", seconds: Math.min(seconds, longest) };
}
