import { secretNames } from "#infra/secret-names.ts";
import type { SettingsSource } from "#core/settings/read-settings.ts";
import type { CheckLine } from "./check-line.ts";

const alsoSecret = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
/** Shorter ones would blot out ordinary words. */
const shortestSecret = 6;

/** The line without any secret of the environment, should one have got into it all the same. */
export function hideSecrets(line: CheckLine, env: SettingsSource): CheckLine {
  const seen = secretsIn(env).reduce(
    (words, secret) => words.replaceAll(secret, "[hidden]"),
    line.seen,
  );
  return { ...line, seen };
}

function secretsIn(env: SettingsSource): string[] {
  const whole = [...Object.keys(secretNames), ...alsoSecret].map((name) => env[name] ?? "");
  const addresses = [env["MONGODB_URI"] ?? "", env["HERMES_API_BASE_URL"] ?? ""];
  const parts = [
    ...addresses.map(passwordOf),
    ...headerValuesOf(env["HERMES_EXTRA_HEADERS"] ?? ""),
  ];
  return [...whole, ...parts]
    .flatMap((secret) => [secret, decoded(secret)])
    .filter((secret) => secret.length >= shortestSecret)
    .toSorted((one, other) => other.length - one.length);
}

function passwordOf(address: string): string {
  return /^[a-z+]+:\/\/[^@/]*?:([^@/]+)@/.exec(address)?.[1] ?? "";
}

function headerValuesOf(text: string): string[] {
  return [...text.matchAll(/:\s*"([^"]*)"/g)].map(([, value = ""]) => value);
}

function decoded(secret: string): string {
  return /%[0-9a-f]{2}/i.test(secret) ? unescapeOrEmpty(secret) : "";
}

function unescapeOrEmpty(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return "";
    throw error;
  }
}
