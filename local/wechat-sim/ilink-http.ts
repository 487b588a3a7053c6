import type { IncomingMessage, ServerResponse } from "node:http";
import { beginCall, endCall, keptHeaders, warningsOf } from "./calls.ts";
import { endpoints, findEndpoint, type IlinkAnswer, sessionTimeout } from "./endpoints.ts";
import { answerWithFault } from "./fault-answers.ts";
import { takeFault } from "./faults.ts";
import { readBody } from "./http-body.ts";
import type { ForcedRefusal } from "./sending.ts";
import { writeJson } from "./wire.ts";
import { type Bot, findBotByToken, type World } from "./world.ts";

/** Answers one iLink call: business results are always HTTP 200 (reference/ilink.md 1.1). */
export async function handleIlink(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  { path, query, redirectHost }: { path: string; query: URLSearchParams; redirectHost?: string },
): Promise<void> {
  const method = request.method ?? "GET";
  const endpoint = findEndpoint(method, path);
  if (!endpoint) {
    write(response, {
      kind: "text",
      status: 404,
      contentType: "text/plain",
      text: "404 not found",
    });
    return;
  }
  const closed = closedSignal(response);
  const text = method === "GET" ? query.toString() : await readBody(request);
  const body = method === "GET" ? undefined : parseJson(text);
  const headers = keptHeaders(request.headers);
  const bot = authenticate(world, request);
  const target = { endpoint, botId: bot?.botId ?? null, userId: userIdIn(body) };
  const call = beginCall(world, {
    ...target,
    method,
    headers,
    request: text,
    warnings: warningsOf(world, { endpoint, method, headers, body }),
  });
  const fault = takeFault(world, target);
  call.fault = fault ? fault.rule.behaviour.kind : null;
  const answer = await answerWithFault(world, { fault, endpoint, closed }, (forced) => {
    const ilinkRequest = { query, body, headers, closed, redirectHost, forced };
    const called = endpoints[endpoint];
    const refusal = endpoint === "sendmessage" ? undefined : refusalOf(forced);
    if (!called.login) return refusal ?? called.run(world, ilinkRequest);
    // The token is checked before anything else says no.
    const live = hasGoodHeaders(world, request) && bot?.status === "live" ? bot : undefined;
    if (!live) return sessionTimeout(world, endpoint);
    return refusal ?? called.run(world, ilinkRequest, live);
  });
  endCall(world, call, answer);
  write(response, answer);
}

/** Writes an answer, or does to the connection what it says. */
export function write(response: ServerResponse, answer: IlinkAnswer): void {
  if (response.destroyed) return;
  switch (answer.kind) {
    case "json":
      response.writeHead(200, { "content-type": "application/json" }).end(writeJson(answer.body));
      return;
    case "text":
      response.writeHead(answer.status, { "content-type": answer.contentType }).end(answer.text);
      return;
    case "cut":
      response.destroy();
      return;
    case "hang":
    case "left":
      return;
  }
}

function refusalOf(forced: ForcedRefusal | undefined): IlinkAnswer | undefined {
  if (forced?.refusal.style !== "refuse") return undefined;
  const { ret, errmsg } = forced.refusal;
  return { kind: "json", body: { ret, errmsg } };
}

function closedSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function authenticate(world: World, request: IncomingMessage): Bot | undefined {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  return scheme === "Bearer" && token ? findBotByToken(world, token) : undefined;
}

function hasGoodHeaders(world: World, { headers }: IncomingMessage): boolean {
  if (headers["authorizationtype"] !== "ilink_bot_token") return false;
  if (!world.config.transport.strictClientHeaders) return true;
  return Boolean(headers["ilink-app-id"] && headers["ilink-app-clientversion"]);
}

/** What is not JSON is no valid body, and each call answers that in its own way. */
function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function userIdIn(body: unknown): string | null {
  if (typeof body !== "object" || body === null) return null;
  if ("ilink_user_id" in body && typeof body.ilink_user_id === "string") return body.ilink_user_id;
  if (!("msg" in body) || typeof body.msg !== "object" || body.msg === null) return null;
  const { msg } = body;
  return "to_user_id" in msg && typeof msg.to_user_id === "string" ? msg.to_user_id : null;
}
