import type { Log } from "#core/telemetry/log.ts";
import type { OddPart } from "#core/wechat/odd-parts.ts";
import type { WechatRefusedError } from "#core/wechat/wechat.errors.ts";
import { isUndocumented } from "./count-wechat-answer.ts";

export type OddAnswers = ReturnType<typeof watchOddAnswers>;

/**
 * Counts what WeChat says otherwise than is known, by kind, and writes the form of the first of each
 * kind to the log: raw, but without text. The messages themselves are stored whole.
 */
export function watchOddAnswers({ log }: { log: Log }) {
  const kinds = new Map<string, { method: string; what: string; times: number }>();

  function note(accountId: string, method: string, { what, shape }: OddPart): void {
    const key = `${method} ${what}`;
    const kind = kinds.get(key) ?? { method, what, times: 0 };
    if (kind.times === 0) log.warn("wechat.odd_answer", { accountId, method, what, shape });
    kind.times += 1;
    kinds.set(key, kind);
  }

  return {
    parts(accountId: string, parts: readonly OddPart[]): void {
      for (const part of parts) note(accountId, "getupdates", part);
    },

    /** A documented code is no news. */
    refusal(accountId: string, error: WechatRefusedError): void {
      if (!isUndocumented(error)) return;
      note(accountId, error.method, { what: `code ${error.code}`, shape: error.shape });
    },

    /** Writes how often each kind was met, for the log to be summed up. */
    tell(): void {
      for (const kind of kinds.values()) log.info("wechat.odd_answers", kind);
    },
  };
}
