import { defineTexts, useTexts } from "#console/texts/texts.ts";

/** Why a bubble was not taken, in words; keys are the hub's codes and WeChat's own (reference/ilink.md 1.7). */
export const sendCodeTexts = defineTexts({
  window: { en: "24 hours have passed since the contact wrote", zh: "距对方来信已超过 24 小时" },
  credits: { en: "All messages until the contact writes are used", zh: "本轮可发条数已用完" },
  login_expired: { en: "The bot's login has expired", zh: "机器人登录已失效" },
  taken_over: { en: "A person answers here", zh: "已由人工接管" },
  dropped: { en: "Somebody dropped it", zh: "已被人工放弃" },
  account: { en: "The bot is not approved", zh: "机器人未批准" },
  overloaded: {
    en: "WeChat refused: window or messages used up, or too fast",
    zh: "微信拒绝：窗口或条数已用完，或发送过快",
  },
  permanent: {
    en: "WeChat does not accept the recipient or the text",
    zh: "微信不接受该收件人或内容",
  },
  slower: { en: "WeChat asks to go slower", zh: "微信要求放慢发送" },
  expired: { en: "WeChat says the login is over", zh: "微信提示登录已失效" },
  silence: { en: "WeChat did not answer", zh: "微信没有响应" },
  other: { en: "WeChat refused with code {code}", zh: "微信拒绝，代码 {code}" },
});

const ownCodes = [
  "window",
  "credits",
  "login_expired",
  "taken_over",
  "dropped",
  "account",
] as const;
const wechatCodes = {
  "-2": "overloaded",
  "-3": "permanent",
  "-13": "slower",
  "-14": "expired",
} as const;

/** A code in words; the code itself stays where it says more than the words. */
export function useSendCode(): (code: string) => string {
  const t = useTexts(sendCodeTexts);
  return (code) => {
    const own = ownCodes.find((each) => each === code);
    if (own) return t(own);
    const known = Object.entries(wechatCodes).find(([each]) => each === code);
    if (known) return `${t(known[1])} (${code})`;
    return /^-?\d+$/.test(code) ? t("other", { code }) : `${t("silence")} (${code})`;
  };
}

/** What a list of messages is narrowed to; others may be typed into the address. */
export const commonCodes = [
  "window",
  "credits",
  "login_expired",
  "-2",
  "-3",
  "-13",
  "-14",
] as const;
