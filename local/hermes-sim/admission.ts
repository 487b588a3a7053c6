import { createHash, timingSafeEqual } from "node:crypto";

import type { HermesSimConfig } from "./config.ts";
import { fullError, json, shortError, type ApiRequest, type ApiResponse } from "./wire.ts";

const MAX_SESSION_HEADER_CHARACTERS = 256;

/** Whether the request carries the key of its profile; the default profile has the server's. */
export function isAuthorized(
  config: HermesSimConfig,
  apiKey: string,
  request: Pick<ApiRequest, "profile" | "header">,
): boolean {
  const header = request.header("authorization") ?? "";
  if (!header.startsWith("Bearer ")) return false;
  const expected = keyOfProfile(config, apiKey, request.profile);
  return expected !== null && isSameKey(header.slice("Bearer ".length).trim(), expected);
}

export function unauthorized({ authError }: HermesSimConfig): ApiResponse {
  const error =
    authError === "invalid_api_key"
      ? { message: "Invalid API key", type: "invalid_request_error", code: "invalid_api_key" }
      : {
          message: "Invalid gateway API key (API_SERVER_KEY)",
          type: "gateway_auth_error",
          code: "gateway_auth_failed",
        };
  return json(401, { error });
}

export function draining(): ApiResponse {
  return fullError(503, "Gateway is draining existing work; retry shortly.", {
    code: "gateway_draining",
    headers: { "Retry-After": "1" },
  });
}

/** 429 once as many turns run as the cap allows; orphans count. Null below it. */
export function overCap(
  { maxConcurrentRuns }: HermesSimConfig,
  running: number,
): ApiResponse | null {
  if (maxConcurrentRuns === 0 || running < maxConcurrentRuns) return null;
  return fullError(429, `Too many concurrent runs (max ${maxConcurrentRuns})`, {
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    headers: { "Retry-After": "1" },
  });
}

/** What is wrong with the memory scope header, or null. */
export function badSessionKey(sessionKey: string | null): ApiResponse | null {
  if (sessionKey === null) return null;
  if (hasControlCharacter(sessionKey)) return shortError(400, "Invalid session key");
  const isTooLong = sessionKey.length > MAX_SESSION_HEADER_CHARACTERS;
  return isTooLong ? shortError(400, "Session key too long") : null;
}

/** What is wrong with the session id header, or null: it becomes a file name, so no path. */
export function badSessionId(sessionId: string | null): ApiResponse | null {
  if (sessionId === null) return null;
  const isPath = /\.\.|[/\\]|^[a-z]:/i.test(sessionId);
  if (isPath || hasControlCharacter(sessionId)) return shortError(400, "Invalid session ID");
  const isTooLong = sessionId.length > MAX_SESSION_HEADER_CHARACTERS;
  return isTooLong ? shortError(400, "Session ID too long") : null;
}

function keyOfProfile(
  config: HermesSimConfig,
  apiKey: string,
  profile: string | null,
): string | null {
  if (!config.multiplexProfiles || profile === null) return apiKey;
  return config.profiles[profile]?.apiKey ?? null;
}

function isSameKey(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function hasControlCharacter(text: string): boolean {
  return ["\r", "\n", "\0"].some((character) => text.includes(character));
}
