import { request, type Dispatcher } from "undici";
import { WechatUnreachableError, type UnreachableFacts } from "./wechat.errors.ts";

export type WechatRequest = {
  /** The last path word, for errors. */
  method: string;
  url: URL;
  headers: Record<string, string>;
  /** A POST when there is one, else a GET. */
  body?: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  dispatcher: Dispatcher;
};

/** The largest answer we read; a full batch of messages is far below. */
export const maxAnswerBytes = 8 * 1024 * 1024;

/** Sends one request and reads the whole answer. Throws WechatUnreachableError when there is none. */
export async function exchange(call: WechatRequest): Promise<{ httpStatus: number; text: string }> {
  if (call.signal?.aborted) {
    throw new WechatUnreachableError(call.method, { kind: "aborted", sent: "no" });
  }
  const deadline = AbortSignal.timeout(call.timeoutMs);
  try {
    const response = await request(call.url, {
      method: call.body === undefined ? "GET" : "POST",
      headers: call.headers,
      body: call.body ?? null,
      // A thawed Lambda would find its idle sockets dead, and a chunk's fate unknown.
      reset: true,
      signal: call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]),
      headersTimeout: call.timeoutMs,
      bodyTimeout: call.timeoutMs,
      dispatcher: call.dispatcher,
    });
    return { httpStatus: response.statusCode, text: await readText(response.body) };
  } catch (cause) {
    throw new WechatUnreachableError(call.method, factsOf(cause, call, deadline), { cause });
  }
}

class AnswerTooLargeError extends Error {}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxAnswerBytes) throw new AnswerTooLargeError(`more than ${maxAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

const timeoutCodes = ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"];
const notSentCodes = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_INVALID_ARG",
  "UND_ERR_PRX_TLS",
  "UND_ERR_PRX_CONN",
];

function factsOf(cause: unknown, call: WechatRequest, deadline: AbortSignal): UnreachableFacts {
  const code = codeOf(cause);
  if (cause instanceof AnswerTooLargeError) return { kind: "too_large", sent: "unknown" };
  if (notSentCodes.includes(code) || isTunnelRefused(cause)) return { kind: "network", sent: "no" };
  if (call.signal?.aborted) return { kind: "aborted", sent: "unknown" };
  if (deadline.aborted || timeoutCodes.includes(code)) return { kind: "timeout", sent: "unknown" };
  return { kind: "network", sent: "unknown" };
}

/** The proxy's no to `CONNECT` has no code of its own in undici. */
function isTunnelRefused(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith("Proxy response (");
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : "";
}
