import type { Deps } from "#core/shared/deps.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { createWechatClient, type WechatClient } from "#core/wechat/wechat.client.ts";
import type { Account } from "./account.ts";
import { openToken } from "./credentials.ts";

/** WeChat's API as this account's bot. Throws InvariantError when the account has no open login. */
export function wechatOf(deps: Deps<"wechat" | "credentials">, account: Account): WechatClient {
  const { botId, credential } = account;
  if (botId === undefined || credential === undefined) {
    throw new InvariantError("account.no_login", "The account has no login to act with.", {
      accountId: account._id,
    });
  }
  return createWechatClient({
    baseUrl: account.baseUrl ?? deps.settings.wechat.WECHAT_BASE_URL,
    botToken: openToken(deps.settings.credentials.CREDENTIAL_KEY, botId, credential),
    clientVersion: deps.settings.wechat.WECHAT_CLIENT_VERSION,
    appId: deps.settings.wechat.WECHAT_APP_ID,
    proxyUrl: deps.settings.wechat.WECHAT_PROXY_URL,
  });
}

/** WeChat's API before anybody has logged in: only the QR calls. */
export function wechatForLogin(deps: Deps<"wechat">, baseUrl?: string): WechatClient {
  return createWechatClient({
    baseUrl: baseUrl ?? deps.settings.wechat.WECHAT_BASE_URL,
    clientVersion: deps.settings.wechat.WECHAT_CLIENT_VERSION,
    appId: deps.settings.wechat.WECHAT_APP_ID,
    proxyUrl: deps.settings.wechat.WECHAT_PROXY_URL,
  });
}
