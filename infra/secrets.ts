import type { FunctionName } from "./figures.ts";
import { settingNamesOf } from "./function-slices.ts";
import { isSecretSetting, secretNames, type SecretSetting } from "./secret-names.ts";

/** Kept encrypted by SST; a deploy stops and says so until each without a placeholder is set. */
const secrets: Record<SecretSetting, sst.Secret> = {
  MONGODB_URI: new sst.Secret(secretNames.MONGODB_URI),
  CREDENTIAL_KEY: new sst.Secret(secretNames.CREDENTIAL_KEY),
  HERMES_API_KEY: new sst.Secret(secretNames.HERMES_API_KEY),
  HERMES_EXTRA_HEADERS: new sst.Secret(secretNames.HERMES_EXTRA_HEADERS, "{}"),
  API_TOKEN: new sst.Secret(secretNames.API_TOKEN),
  WECHAT_PROXY_URL: new sst.Secret(secretNames.WECHAT_PROXY_URL, ""),
  ALERT_WEBHOOK_URL: new sst.Secret(secretNames.ALERT_WEBHOOK_URL, ""),
  ALERT_WEBHOOK_SECRET: new sst.Secret(secretNames.ALERT_WEBHOOK_SECRET, ""),
};

/** The secrets that the function reads, and no other. */
export function secretsOf(name: FunctionName): sst.Secret[] {
  return settingNamesOf(name)
    .filter(isSecretSetting)
    .map((setting) => secrets[setting]);
}
