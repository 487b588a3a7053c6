import type { IncomingMessage, ServerResponse } from "node:http";

import { draining, isAuthorized, unauthorized } from "./admission.ts";
import type { Call } from "./calls.ts";
import { chatCompletion } from "./chat.ts";
import type { HermesSimConfig } from "./config.ts";
import { TurnCut } from "./executions.ts";
import type { Gateway } from "./gateway.ts";
import { capabilities, health, models } from "./probes.ts";
import { readBody } from "./request-body.ts";
import { createRun, decideRun, getRun, stopRun } from "./runs-api.ts";
import { sessionMessages } from "./sessions.ts";
import {
  bodyTooLarge,
  HandlerCrash,
  json,
  notServed,
  plainText,
  SECURITY_HEADERS,
  type ApiRequest,
  type ApiResponse,
} from "./wire.ts";

type Handler = (
  gateway: Gateway,
  request: ApiRequest,
  id: string,
) => ApiResponse | Promise<ApiResponse>;

interface Route {
  method: string;
  path: RegExp;
  handle: Handler;
}

/** Answers one HTTP request as the gateway would; a cut turn cuts the connection. */
export async function handleApiCall(
  gateway: Gateway,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = "GET", url = "/" } = incoming;
  const call = gateway.calls.begin(method, url, incoming.headers);
  outgoing.on("close", () => {
    const isAborted = !outgoing.writableFinished;
    gateway.calls.end(call, { status: isAborted ? null : outgoing.statusCode, isAborted });
  });
  try {
    const response = await respond(gateway, incoming, call);
    if (outgoing.destroyed) return;
    outgoing.writeHead(response.status, withLength(response));
    outgoing.end(response.body);
  } catch (error) {
    if (!(error instanceof TurnCut)) throw error;
    outgoing.destroy();
  } finally {
    gateway.places.handOver(call.id);
  }
}

async function respond(
  gateway: Gateway,
  incoming: IncomingMessage,
  call: Call,
): Promise<ApiResponse> {
  const { profile, path } = splitProfile(new URL(call.path, "http://sim").pathname);
  const unknown = refuseProfile(gateway.config, profile);
  if (unknown) return unknown;
  const request = toApiRequest(gateway, incoming, { call, profile, path });
  if (request.header("origin") !== null || call.method === "OPTIONS") return emptyForbidden();
  if (isOversize(gateway.config, request)) return bodyTooLarge();
  const fitting = ROUTES.filter((route) => route.path.test(path));
  if (fitting.length === 0) return plainText(404, "404: Not Found");
  const route = fitting.find(({ method }) => method === call.method);
  if (!route) {
    const allowed = [...new Set(fitting.map(({ method }) => method))].join(",");
    return plainText(405, "405: Method Not Allowed", { Allow: allowed });
  }
  const id = decodeURIComponent(route.path.exec(path)?.[1] ?? "");
  try {
    return secured(await route.handle(gateway, request, id));
  } catch (error) {
    if (!(error instanceof HandlerCrash)) throw error;
    return plainText(500, "500 Internal Server Error\n\nServer got itself in trouble");
  }
}

const withKey =
  (handle: Handler): Handler =>
  (gateway, request, id) =>
    isAuthorized(gateway.config, gateway.apiKey, request)
      ? handle(gateway, request, id)
      : unauthorized(gateway.config);

const admitted = (handle: Handler): Handler =>
  withKey((gateway, request, id) => {
    if (gateway.isDraining) return draining();
    gateway.places.admit(request.callId);
    return handle(gateway, request, id);
  });

const ROUTES: readonly Route[] = [
  { method: "GET", path: /^\/(?:v1\/)?health$/, handle: ({ config }) => health(config) },
  {
    method: "GET",
    path: /^\/v1\/models$/,
    handle: withKey(({ config, now }, { profile }) => models(config, profile, now())),
  },
  {
    method: "GET",
    path: /^\/v1\/capabilities$/,
    handle: withKey(({ config }) => capabilities(config)),
  },
  { method: "POST", path: /^\/v1\/chat\/completions$/, handle: admitted(chatCompletion) },
  {
    method: "GET",
    path: /^\/api\/sessions\/([^/]+)\/messages$/,
    handle: withKey(({ transcripts }, { profile }, id) =>
      sessionMessages(transcripts, profile, id),
    ),
  },
  { method: "POST", path: /^\/v1\/runs$/, handle: admitted(createRun) },
  { method: "GET", path: /^\/v1\/runs\/([^/]+)$/, handle: withKey(getRun) },
  { method: "POST", path: /^\/v1\/runs\/([^/]+)\/stop$/, handle: withKey(stopRun) },
  { method: "POST", path: /^\/v1\/runs\/([^/]+)\/approval$/, handle: withKey(decideRun) },
  // Announced by the real server, never called by our client.
  unserved("GET", /^\/health\/detailed$/),
  unserved("GET", /^\/v1\/runs\/([^/]+)\/events$/),
  unserved("POST", /^\/v1\/responses$/),
  unserved("GET", /^\/v1\/(?:skills|toolsets)$/),
  ...["GET", "POST"].map((method) => unserved(method, /^\/api\/sessions$/)),
  ...["GET", "PATCH", "DELETE"].map((method) => unserved(method, /^\/api\/sessions\/([^/]+)$/)),
  unserved("POST", /^\/api\/sessions\/([^/]+)\/(?:fork|chat|chat\/stream)$/),
];

function unserved(method: string, path: RegExp): Route {
  return { method, path, handle: withKey(() => notServed("This endpoint")) };
}

function splitProfile(pathname: string): { profile: string | null; path: string } {
  const match = /^\/p\/([^/]+)(\/.*)$/.exec(pathname);
  return { profile: match?.[1] ?? null, path: match?.[2] ?? pathname };
}

function refuseProfile(config: HermesSimConfig, profile: string | null): ApiResponse | null {
  if (profile === null) return null;
  const isServed = config.multiplexProfiles
    ? Object.hasOwn(config.profiles, profile)
    : config.foreignProfile === "ignored";
  return isServed ? null : json(404, { error: "Unknown or unconfigured profile" });
}

function toApiRequest(
  gateway: Gateway,
  incoming: IncomingMessage,
  { call, profile, path }: { call: Call; profile: string | null; path: string },
): ApiRequest {
  const { multiplexProfiles, maxRequestBytes } = gateway.config;
  return {
    callId: call.id,
    method: call.method,
    path,
    profile: multiplexProfiles ? profile : null,
    header: (name) => [incoming.headers[name] ?? []].flat()[0] ?? null,
    readBody: () =>
      readBody(incoming, maxRequestBytes, (bytes) => gateway.calls.setBody(call, bytes)),
  };
}

function isOversize({ maxRequestBytes }: HermesSimConfig, request: ApiRequest): boolean {
  const hasBody = ["POST", "PUT", "PATCH"].includes(request.method);
  return hasBody && Number(request.header("content-length") ?? 0) > maxRequestBytes;
}

/** Browsers' cross-origin calls end here, without a word (reference/hermes.md 1). */
function emptyForbidden(): ApiResponse {
  return { status: 403, headers: {}, body: "" };
}

function secured(response: ApiResponse): ApiResponse {
  return { ...response, headers: { ...SECURITY_HEADERS, ...response.headers } };
}

function withLength({ headers, body }: ApiResponse): Record<string, string> {
  return { ...headers, "Content-Length": String(Buffer.byteLength(body)) };
}
