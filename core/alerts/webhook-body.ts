import type { WebhookKind } from "./webhook-kind.ts";

/** One notification, for people as text and for programs as fields. */
export type Notification = {
  text: string;
  fields: Readonly<Record<string, string | null>>;
};

/**
 * The JSON that each receiver takes: the group robots of WeCom, Feishu (Lark) and DingTalk with a
 * `text` message, Slack's incoming webhook, and anybody else's receiver with the fields beside it.
 */
export function webhookBody(kind: WebhookKind, { text, fields }: Notification): object {
  switch (kind) {
    case "wecom":
    case "dingtalk":
      return { msgtype: "text", text: { content: text } };
    case "feishu":
      return { msg_type: "text", content: { text: withoutTags(text) } };
    case "slack":
      return { text: escapedForSlack(text) };
    case "json":
      return { ...fields, text };
  }
}

/** Feishu reads `<at …>` in a text as a mention. */
function withoutTags(text: string): string {
  return text.replaceAll("<", "＜").replaceAll(">", "＞");
}

/** Slack reads the three signs as markup, `<!channel>` among them. */
function escapedForSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
