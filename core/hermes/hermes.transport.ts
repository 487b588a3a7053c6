import { Agent, request } from "undici";
import { isPublicAddress, literalAddress, lookUpPublic, notPublicCode } from "./public-address.ts";

/** What a request is for; the same silence or gateway page means different things. */
export type HermesCall = "ask" | "start_run" | "get_run" | "stop_run" | "deny_run" | "read";

export type HermesRequest = {
  call: HermesCall;
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Refuses to connect to anything but the open internet. */
  publicOnly?: boolean | undefined;
  maxAnswerBytes: number;
};

export type Silence =
  | "dns"
  | "refused"
  | "connect_timeout"
  | "tls"
  /** The connection broke after it stood. */
  | "dropped"
  | "too_large"
  /** The address does not lie in the open internet, where it must. */
  | "private"
  | "timeout"
  | "aborted";

export type Reply =
  | { kind: "silence"; call: HermesCall; silence: Silence; sent: "no" | "unknown" }
  | {
      kind: "reply";
      call: HermesCall;
      httpStatus: number;
      headers: Record<string, string>;
      text: string;
    };

const connectTimeoutMs = 5_000;

const sharedDispatcher = new Agent({ allowH2: false, connect: { timeout: connectTimeoutMs } });
const publicDispatcher = new Agent({
  allowH2: false,
  connect: { timeout: connectTimeoutMs, lookup: lookUpPublic },
});

/** Sends one request and reads the whole answer; a redirect is an answer. Never throws for a failure. */
export async function exchange(call: HermesRequest): Promise<Reply> {
  if (call.signal?.aborted) {
    return { kind: "silence", call: call.call, silence: "aborted", sent: "no" };
  }
  // A number needs no lookup, which would refuse it.
  const address = literalAddress(call.url);
  if (call.publicOnly === true && address !== null && !isPublicAddress(address)) {
    return { kind: "silence", call: call.call, silence: "private", sent: "no" };
  }
  const deadline = AbortSignal.timeout(call.timeoutMs);
  try {
    const response = await request(call.url, {
      method: call.method,
      headers: call.headers,
      body: call.body ?? null,
      // A thawed Lambda would find its idle sockets dead, and take that for an outage of Hermes.
      reset: true,
      signal: call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]),
      headersTimeout: call.timeoutMs,
      bodyTimeout: call.timeoutMs,
      dispatcher: call.publicOnly ? publicDispatcher : sharedDispatcher,
    });
    return {
      kind: "reply",
      call: call.call,
      httpStatus: response.statusCode,
      headers: flat(response.headers),
      text: await readText(response.body, call.maxAnswerBytes),
    };
  } catch (cause) {
    const silence = silenceOf(cause, call, deadline);
    return { kind: "silence", call: call.call, silence, sent: sentOf(silence) };
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(", ")]),
  );
}

class AnswerTooLargeError extends Error {}

async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxBytes) throw new AnswerTooLargeError(`more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

const byCode: Record<string, Silence> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  EPROTO: "tls",
  [notPublicCode]: "private",
};

function silenceOf(cause: unknown, call: HermesRequest, deadline: AbortSignal): Silence {
  if (cause instanceof AnswerTooLargeError) return "too_large";
  const { code, message } = describe(cause);
  const known = byCode[code];
  if (known !== undefined) return known;
  if (call.signal?.aborted) return "aborted";
  if (deadline.aborted) return "timeout";
  return isTlsFailure(code, message) ? "tls" : "dropped";
}

function describe(cause: unknown): { code: string; message: string } {
  if (!(cause instanceof Error)) return { code: "", message: "" };
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  return { code, message: cause.message };
}

/** Node and OpenSSL have no single code for a handshake that failed. */
function isTlsFailure(code: string, message: string): boolean {
  return (
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code) ||
    message.includes("before secure TLS connection")
  );
}

function sentOf(silence: Silence): "no" | "unknown" {
  return ["dns", "refused", "connect_timeout", "tls", "private"].includes(silence)
    ? "no"
    : "unknown";
}
