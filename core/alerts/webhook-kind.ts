import type { Settings } from "#core/settings/settings.ts";

export type WebhookKind = NonNullable<Settings["alerts"]["ALERT_WEBHOOK_KIND"]>;

const kindOfHost: Readonly<Record<string, WebhookKind>> = {
  "qyapi.weixin.qq.com": "wecom",
  "open.feishu.cn": "feishu",
  "open.larksuite.com": "feishu",
  "oapi.dingtalk.com": "dingtalk",
  "api.dingtalk.com": "dingtalk",
  "hooks.slack.com": "slack",
  "hooks.slack-gov.com": "slack",
};

/** Whose group robot listens at the address; any other host gets plain JSON. */
export function guessKind(url: string): WebhookKind {
  return kindOfHost[new URL(url).hostname] ?? "json";
}
