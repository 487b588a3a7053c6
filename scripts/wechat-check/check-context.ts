import { createWechatClient, type WechatClient } from "#core/wechat/wechat.client.ts";
import type { Settings } from "#core/settings/settings.ts";
import type { Findings } from "./findings.ts";
import type { Person } from "./person.ts";

export type CheckContext = {
  settings: Settings["wechat"];
  person: Person;
  findings: Findings;
  now: () => Date;
  sleep: (ms: number) => Promise<void>;
  /** How long one question to WeChat may take. */
  holdMs: number;
  /** How long the person has for one thing before being asked whether to wait on. */
  patienceMs: number;
};

/** Somebody's bot, as long as the check runs; it is kept nowhere. */
export type ScannedBot = {
  botId: string;
  botToken: string;
  ilinkUserId: string;
  baseUrl: string;
};

/** What cannot go on; what was found so far is reported all the same. */
export class CheckStoppedError extends Error {
  override readonly name = "CheckStoppedError";
}

export function clientFor(
  { settings }: CheckContext,
  at: { baseUrl?: string; botToken?: string } = {},
): WechatClient {
  return createWechatClient({
    baseUrl: at.baseUrl ?? settings.WECHAT_BASE_URL,
    clientVersion: settings.WECHAT_CLIENT_VERSION,
    appId: settings.WECHAT_APP_ID,
    proxyUrl: settings.WECHAT_PROXY_URL,
    ...(at.botToken === undefined ? {} : { botToken: at.botToken }),
  });
}
