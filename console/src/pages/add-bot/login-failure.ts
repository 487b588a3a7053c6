import type { Login } from "#console/client/logins.ts";
import { defineTexts, useTexts } from "#console/texts/texts.ts";

/** Why a login failed; keys are the api's own. */
const failureTexts = defineTexts({
  timed_out: {
    en: "Nobody confirmed in time.",
    zh: "未在规定时间内确认。",
  },
  qr_codes_used_up: {
    en: "All QR codes ran out unscanned.",
    zh: "所有二维码均已过期，未被扫描。",
  },
  host_not_allowed: {
    en: "WeChat pointed to a host that is not on the allow-list. If it is WeChat's, add it to WECHAT_ALLOWED_HOSTS.",
    zh: "微信指向了不在允许列表中的主机。若确属微信，请将其加入 WECHAT_ALLOWED_HOSTS。",
  },
  incomplete: {
    en: "WeChat confirmed without naming bot or token.",
    zh: "微信已确认，但未返回机器人或令牌。",
  },
  other_person: {
    en: "Another WeChat user scanned than the one this bot belongs to.",
    zh: "扫码的微信用户不是此机器人的所有人。",
  },
  account_gone: {
    en: "The bot is being cleaned up.",
    zh: "机器人正在清理中。",
  },
});

/** Why it failed in the reader's language; a reason without a code as the api wrote it. */
export function useLoginFailure(): (login: Pick<Login, "failure" | "failureCode">) => string {
  const t = useTexts(failureTexts);
  return ({ failure, failureCode }) => (failureCode === null ? (failure ?? "") : t(failureCode));
}
