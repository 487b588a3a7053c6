import { keyHeader, rootOf } from "#core/hermes/hermes.headers.ts";
import { HermesSetupError } from "#core/hermes/hermes.errors.ts";
import type { SettingsSource } from "#core/settings/read-settings.ts";
import { settingSlices } from "#core/settings/settings.ts";
import { linesOf, type CheckLine } from "./check-line.ts";
import { settingOf } from "./context.ts";
import type { FaultName } from "./faults.ts";

/** The Hermes that the settings name; the key may still be missing. */
export type HermesTarget = {
  baseUrl: string;
  /** The base URL without its `/v1`. */
  root: string;
  url: URL;
  apiKey: string | undefined;
  model: string;
  timeoutMs: number;
  extraHeaders: Record<string, string>;
};

const { pass, fail, skip } = linesOf("hermes");
const name = "address";

/** Reads the settings of Hermes one by one, so that one that is missing hides no other. */
export function readTarget(env: SettingsSource): { line: CheckLine; target?: HermesTarget } {
  const baseUrl = settingOf(env, "HERMES_API_BASE_URL")?.trim();
  if (baseUrl === undefined) {
    return { line: skip(name, "set HERMES_API_BASE_URL (ends in /v1) and HERMES_API_KEY") };
  }
  const fault = faultOfAddress(baseUrl);
  if (fault !== null) return { line: fail(name, fault, suggestionFor(baseUrl)) };
  const rest = settingSlices.hermes
    .omit({ HERMES_API_BASE_URL: true, HERMES_API_KEY: true })
    .safeParse(withoutEmpty(env));
  if (!rest.success) return { line: skip(name, "waits for settings.hermes") };
  const apiKey = settingOf(env, "HERMES_API_KEY");
  if (apiKey !== undefined && !isKey(apiKey)) {
    return { line: fail(name, "key_unreadable", "HERMES_API_KEY cannot be sent as it is") };
  }
  const target = {
    baseUrl: baseUrl.replace(/\/$/, ""),
    root: rootOf(baseUrl),
    url: new URL(baseUrl),
    apiKey,
    model: rest.data.HERMES_MODEL,
    timeoutMs: rest.data.HERMES_TIMEOUT_MS,
    extraHeaders: rest.data.HERMES_EXTRA_HEADERS,
  };
  return { line: pass(name, shown(target.url)), target };
}

function faultOfAddress(text: string): FaultName | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return "base_url_unreadable";
  if (/\/v1\/+v1\/?$/.test(url.pathname)) return "base_url_v1_twice";
  const endsWell = /[^/]\/v1\/?$/.test(text) && url.search === "" && url.hash === "";
  return endsWell ? null : "base_url_without_v1";
}

/** What was most likely meant: up to the first /v1, and that behind it. */
function suggestionFor(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.host === "") return "it cannot be read as an address";
  const path = url.pathname.split(/\/v1(?:\/|$)/)[0]?.replace(/\/+$/, "") ?? "";
  const known = path.replace(/\/(?:health|chat\/completions|models)$/, "");
  const scheme = url.protocol === "https:" ? "https:" : "http:";
  return `${shown(url)}; most likely meant: ${scheme}//${url.host}${known}/v1`;
}

/** An address may carry a password, which nobody is to read here. */
function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function isKey(apiKey: string): boolean {
  try {
    keyHeader(apiKey);
    return true;
  } catch (error) {
    if (error instanceof HermesSetupError) return false;
    throw error;
  }
}

function withoutEmpty(env: SettingsSource): SettingsSource {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}
