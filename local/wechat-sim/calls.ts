import type { IncomingHttpHeaders } from "node:http";
import type { EndpointName, IlinkAnswer } from "./endpoints.ts";
import { trimTo, type World } from "./world.ts";
import { writeJson } from "./wire.ts";

/** One iLink call as the page and the tests see it; tokens are left out. */
export interface Call {
  readonly callId: string;
  readonly at: number;
  readonly endpoint: EndpointName;
  readonly method: string;
  readonly botId: string | null;
  readonly userId: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: string;
  /** Where the client departs from what the official one does. */
  readonly warnings: readonly string[];
  fault: string | null;
  /** Null while the call is held. */
  outcome: "json" | "text" | "hang" | "cut" | "left" | null;
  status: number | null;
  response: string | null;
  /** Real time. */
  durationMs: number | null;
  readonly realAt: number;
}

export function beginCall(
  world: World,
  call: Pick<Call, "endpoint" | "method" | "botId" | "userId" | "headers" | "request" | "warnings">,
): Call {
  const begun: Call = {
    callId: `call-${world.nextNumber++}`,
    at: world.clock.now(),
    realAt: world.clock.realNow(),
    ...call,
    request: withoutSecrets(call.request),
    fault: null,
    outcome: null,
    status: null,
    response: null,
    durationMs: null,
  };
  world.calls.push(begun);
  trimTo(world.calls, world.config.record.calls);
  world.changes.notify();
  return begun;
}

export function endCall(world: World, call: Call, answer: IlinkAnswer): void {
  call.outcome = answer.kind;
  call.durationMs = world.clock.realNow() - call.realAt;
  if (answer.kind === "json") {
    call.status = 200;
    call.response = withoutSecrets(writeJson(answer.body));
  }
  if (answer.kind === "text") {
    call.status = answer.status;
    call.response = answer.text;
  }
  world.changes.notify();
}

/** The headers worth keeping, without the token. */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" && !["authorization", "host", "connection"].includes(name)
        ? [[name, value]]
        : [],
    ),
  );
}

/** What the official client does and this call does not: reference/ilink.md 1.1. */
export function warningsOf(
  world: World,
  { endpoint, method, headers, body }: WarnedCall,
): string[] {
  const warnings: string[] = [];
  if (!headers["ilink-app-id"]) warnings.push("no iLink-App-Id");
  if (!headers["ilink-app-clientversion"]) warnings.push("no iLink-App-ClientVersion");
  if (method === "GET") return warnings;
  const uin = headers["x-wechat-uin"] ?? "";
  if (!isUint32(Buffer.from(uin, "base64").toString())) {
    warnings.push("X-WECHAT-UIN is not base64 of a decimal uint32");
  } else if (world.seenUins.has(uin)) {
    warnings.push("X-WECHAT-UIN was used before");
  }
  if (world.seenUins.size >= mostRememberedUins) world.seenUins.clear();
  world.seenUins.add(uin);
  if (endpoint !== "get_bot_qrcode" && !hasBaseInfo(body))
    warnings.push("no base_info in the body");
  return warnings;
}

const mostRememberedUins = 10_000;

interface WarnedCall {
  endpoint: EndpointName;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

function hasBaseInfo(body: unknown): boolean {
  return typeof body === "object" && body !== null && "base_info" in body;
}

function isUint32(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32;
}

function withoutSecrets(text: string): string {
  return text.replaceAll(/(@im\.bot:)[0-9a-f]+/g, "$1…");
}
