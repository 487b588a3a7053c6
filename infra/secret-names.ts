/**
 * Settings that are secrets, and the name each has as an SST secret: `sst secret set MongodbUri …`.
 * `infra/` links each function to those it reads; the function finds the value under this name.
 */
export const secretNames = {
  MONGODB_URI: "MongodbUri",
  CREDENTIAL_KEY: "CredentialKey",
  HERMES_API_KEY: "HermesApiKey",
  HERMES_EXTRA_HEADERS: "HermesExtraHeaders",
  API_TOKEN: "ApiToken",
  WECHAT_PROXY_URL: "WechatProxyUrl",
  ALERT_WEBHOOK_URL: "AlertWebhookUrl",
  ALERT_WEBHOOK_SECRET: "AlertWebhookSecret",
} as const;

export type SecretSetting = keyof typeof secretNames;

export function isSecretSetting(name: string): name is SecretSetting {
  return Object.hasOwn(secretNames, name);
}
