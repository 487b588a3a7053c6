import type { Account } from "#core/accounts/account.ts";
import type { MadeLink } from "./make-rescan-link.ts";
import type { Notification } from "./webhook-body.ts";

/**
 * What operators are told when a login expired: which bot, since when, and where to scan again. No
 * secret but the link, and nothing that was written in WeChat.
 */
export function expiryNotification(
  account: Account,
  link: MadeLink | null,
  timeZone: string,
): Notification {
  const at = (date: Date) => timeIn(timeZone, date);
  const name = oneLine(account.name);
  const owner = account.owner === null ? null : oneLine(account.owner);
  const { lastGoodPollAt, loginExpiredAt } = account;
  const text = [
    "【微信机器人登录已失效，需要重新扫码】",
    `机器人：${name}`,
    ...(owner === null ? [] : [`机主：${owner}`]),
    `最后一次正常收信：${lastGoodPollAt ? at(lastGoodPollAt) : "从未"}`,
    "重新扫码之前，它既不收也不发消息。请机主用原来的微信号扫码，不需要再次审批。",
    "",
    "[WeChat bot signed out: it must be scanned again]",
    `Bot: ${name} (${account._id})`,
    ...(owner === null ? [] : [`Owner: ${owner}`]),
    `Last good poll: ${lastGoodPollAt ? at(lastGoodPollAt) : "never"}`,
    "Until then it neither receives nor sends. Its owner scans with the same WeChat account; no second approval is needed.",
    "",
    ...(link === null ? whereWithoutLink : whereByLink(link, at(link.expiresAt))),
  ].join("\n");
  return {
    text,
    fields: {
      event: "account.login_expired",
      /** The same on every repeat, for receivers that take each only once. */
      id: `${account._id}:${account.generation}`,
      accountId: account._id,
      name,
      owner,
      lastGoodPollAt: lastGoodPollAt?.toISOString() ?? null,
      loginExpiredAt: loginExpiredAt?.toISOString() ?? null,
      rescanUrl: link?.url ?? null,
      rescanUrlExpiresAt: link?.expiresAt.toISOString() ?? null,
    },
  };
}

function whereByLink({ url }: MadeLink, until: string): string[] {
  return [`重新扫码 / Scan again: ${url}`, `链接有效期至 / Link works until: ${until}`];
}

const whereWithoutLink = [
  "请在控制台打开该机器人，重新登录并出示二维码。",
  "In the console open the bot, start a login and show its QR code. (With PUBLIC_URL set this message carries a link instead.)",
];

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Such as 2026-03-02 16:00:00 (Asia/Shanghai). */
function timeIn(timeZone: string, date: Date): string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return `${format.format(date)} (${timeZone})`;
}
