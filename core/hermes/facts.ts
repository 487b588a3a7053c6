import { isDeeperThan } from "#core/shared/keep-json.ts";
import type { HermesFailure } from "./outcomes.ts";
import type { HermesCall, Reply, Silence } from "./hermes.transport.ts";
import { ErrorEnvelope, JsonObject } from "./hermes.wire.ts";
import { retryAfterMs } from "./retry-after.ts";
import { readTurn, type Turn } from "./turn.ts";

/** What the failure table looks at. */
export type Facts = {
  call: HermesCall;
  silence: Silence | undefined;
  /** Whether the request reached Hermes, as far as the reply alone tells. */
  sent: HermesFailure["sent"];
  /** 0 when nothing came back. */
  httpStatus: number;
  /** Hermes itself answered, not the tunnel, proxy or login page before it. */
  fromHermes: boolean;
  fromCloudflare: boolean;
  /** Such as `ERR_NGROK_3200`, or "". */
  ngrok: string;
  isHtml: boolean;
  isEmpty: boolean;
  json: JsonObject | undefined;
  /** `code` and `message` of Hermes' error envelope, or "". */
  code: string;
  message: string;
  turn: Turn | undefined;
  retryAfterMs: number | undefined;
};

/** Reads a reply without judging it; the order of its tests is reference/hermes.md 2, "origin". */
export function factsOf(reply: Reply, nowMs: number): Facts {
  if (reply.kind === "silence") {
    return { ...nothing, call: reply.call, silence: reply.silence, sent: reply.sent };
  }
  const { call, httpStatus, headers, text } = reply;
  const json = jsonObject(text);
  const fromHermes = isFromHermes(reply, json);
  const error = fromHermes ? ErrorEnvelope.safeParse(json).data?.error : undefined;
  return {
    call,
    silence: undefined,
    sent: fromHermes ? "yes" : sentThrough(httpStatus),
    httpStatus,
    fromHermes,
    fromCloudflare: isFromCloudflare(headers, text, json),
    ngrok: fromHermes ? "" : ngrokCode(headers, text),
    isHtml: /^\s*<(!doctype|html|head|body)/i.test(text),
    isEmpty: text.trim() === "",
    json,
    code: error?.code ?? "",
    message: error?.message ?? "",
    turn: httpStatus === 200 && json ? readTurn(call, json, headers) : undefined,
    retryAfterMs: retryAfterMs(headers["retry-after"], nowMs),
  };
}

const nothing: Facts = {
  call: "read",
  silence: undefined,
  sent: "unknown",
  httpStatus: 0,
  fromHermes: false,
  fromCloudflare: false,
  ngrok: "",
  isHtml: false,
  isEmpty: true,
  json: undefined,
  code: "",
  message: "",
  turn: undefined,
  retryAfterMs: undefined,
};

/** A gateway that refuses passes nothing on; one that fails may have. */
function sentThrough(httpStatus: number): "no" | "unknown" {
  return httpStatus >= 300 && httpStatus < 500 ? "no" : "unknown";
}

/** No answer of Hermes is near it; deeper ones would break whoever walks through them. */
const deepestAnswer = 100;

function jsonObject(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return isDeeperThan(json, deepestAnswer) ? undefined : JsonObject.safeParse(json).data;
  } catch {
    // Not JSON is a row of the table; the parser's message would quote the answer.
    return undefined;
  }
}

const hermesPolicy = "default-src 'none'; frame-ancestors 'none'";
const routerTexts = ["404: Not Found", "405: Method Not Allowed", "500 Internal Server Error"];

type Answered = Extract<Reply, { kind: "reply" }>;

function isFromHermes(
  { httpStatus, headers, text }: Answered,
  json: JsonObject | undefined,
): boolean {
  if (headers["content-security-policy"] === hermesPolicy) return true;
  if (headers["ngrok-error-code"] !== undefined) return false;
  if (json !== undefined) {
    return !isProblemDetails(headers, json) && (httpStatus < 400 || "error" in json);
  }
  if (text === "") return httpStatus === 403 && headers["cf-mitigated"] === undefined;
  return httpStatus >= 400 && routerTexts.some((known) => text.startsWith(known));
}

/** Cloudflare answers its own errors as JSON to clients that ask for JSON. */
function isProblemDetails(headers: Record<string, string>, json: JsonObject): boolean {
  return (
    headers["content-type"]?.includes("problem+json") === true ||
    "cloudflare_error" in json ||
    "error_code" in json
  );
}

function isFromCloudflare(
  headers: Record<string, string>,
  text: string,
  json: JsonObject | undefined,
): boolean {
  return (
    headers["cf-ray"] !== undefined ||
    headers["server"] === "cloudflare" ||
    json?.["cloudflare_error"] === true ||
    text.startsWith("error code: ")
  );
}

function ngrokCode(headers: Record<string, string>, text: string): string {
  return headers["ngrok-error-code"] ?? /ERR_NGROK_\d+/.exec(text)?.[0] ?? "";
}
