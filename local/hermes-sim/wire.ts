/** One request as a handler sees it; the body is only read when the handler asks for it. */
export interface ApiRequest {
  callId: string;
  method: string;
  /** Path without a profile prefix and without the query. */
  path: string;
  /** Profile named by `/p/<profile>/…`, or null for the default one. */
  profile: string | null;
  header(name: string): string | null;
  readBody(): Promise<RequestBody>;
}

export interface RequestBody {
  text: string;
  /** True when a body without Content-Length grew past the limit; `text` is cut then. */
  isOversize: boolean;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What the real server stamps on every answer that a handler gave (reference/hermes.md 2). */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "X-XSS-Protection": "0",
  "Referrer-Policy": "no-referrer",
};

/** A bug inside Hermes: the framework answers it in plain text, without our envelope. */
export class HandlerCrash extends Error {
  override readonly name = "HandlerCrash";
}

export function json(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): ApiResponse {
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

export function plainText(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): ApiResponse {
  return { status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers }, body };
}

export interface FullErrorOptions {
  type?: string;
  code?: string | null;
  param?: string | null;
  headers?: Record<string, string>;
}

/** The envelope with all four fields; `param` and `code` are null when they say nothing. */
export function fullError(
  status: number,
  message: string,
  options: FullErrorOptions = {},
): ApiResponse {
  const { type = "invalid_request_error", code = null, param = null, headers } = options;
  return json(status, { error: { message, type, param, code } }, headers);
}

/** The envelope with only `message` and `type`, which a few old checks still use. */
export function shortError(status: number, message: string): ApiResponse {
  return json(status, { error: { message, type: "invalid_request_error" } });
}

/** Narrows parsed JSON to an object, the only thing the handlers can look into. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function bodyTooLarge(): ApiResponse {
  return fullError(413, "Request body too large.", { code: "body_too_large" });
}

/** The stand-in's own refusal of what the real server could do. */
export function notServed(what: string): ApiResponse {
  return fullError(501, `${what} is not part of this Hermes stand-in.`, {
    type: "stand_in_error",
    code: "stand_in_not_served",
  });
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function trimmed(header: string | null): string | null {
  const value = header?.trim() ?? "";
  return value === "" ? null : value;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
