import { HermesSetupError } from "./hermes.errors.ts";

/** Request headers, lower case, ours over the operator's. */
export type Headers = Record<string, string>;

/** The base URL without its `/v1`; `/health` and `/api` lie there. Throws HermesSetupError. */
export function rootOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  const root = /^(https?:\/\/.+?)\/v1\/?$/.exec(baseUrl)?.[1];
  if (url === null || root === undefined || url.search !== "" || url.hash !== "") {
    throw new HermesSetupError(
      "baseUrl",
      "The base URL of Hermes must be http(s) and end in /v1, such as http://127.0.0.1:8642/v1",
    );
  }
  return root;
}

/** What goes with every request (reference/hermes.md 2, 3.2 D). Throws HermesSetupError. */
export function commonHeaders(version: string, extraHeaders: Headers): Headers {
  const extra = Object.entries(extraHeaders).map(([name, value]) => [name.toLowerCase(), value]);
  for (const [name = "", value = ""] of extra) {
    if (!/^[a-z0-9-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) {
      throw new HermesSetupError(
        "extraHeaders",
        "Extra headers must be plain ASCII, without breaks.",
      );
    }
  }
  // Hermes refuses whatever looks like a web page of another origin, even a health check.
  const withoutOrigin = extra.filter(([name]) => name !== "origin");
  return {
    ...Object.fromEntries(withoutOrigin),
    accept: "application/json",
    "user-agent": `wechat-clawbot-hub/${version}`,
    "ngrok-skip-browser-warning": "1",
  };
}

/** Throws HermesSetupError when the key cannot be one. */
export function keyHeader(apiKey: string): Headers {
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new HermesSetupError(
      "apiKey",
      "The key of Hermes must be ASCII without spaces, the one its gateway was started with.",
    );
  }
  return { authorization: `Bearer ${apiKey}` };
}

export type SessionHeaders = {
  idempotencyKey: string;
  sessionId: string;
  /** Scopes Hermes' long-term memory. */
  sessionKey?: string | undefined;
};

export function sessionHeaders({ idempotencyKey, sessionId, sessionKey }: SessionHeaders): Headers {
  return {
    "content-type": "application/json",
    "idempotency-key": idempotencyKey,
    "x-hermes-session-id": sessionId,
    ...(sessionKey === undefined ? {} : { "x-hermes-session-key": sessionKey }),
  };
}
