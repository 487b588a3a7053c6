import type { IncomingMessage, ServerResponse } from "node:http";
import { beginCall, endCall, keptHeaders, warningsOf } from "./calls.ts";
import {
  type EndpointName,
  endpoints,
  findEndpoint,
  type IlinkAnswer,
  type IlinkRequest,
  sessionTimeout,
} from "./endpoints.ts";
import { answerWithFault } from "./fault-answers.ts";
import { takeFault } from "./faults.ts";
import { readBody } from "./http-body.ts";
import { trackPoll } from "./poll-stats.ts";
import { type ForcedRefusal, sendMessage } from "./sending.ts";
import { writeJson } from "./wire.ts";
import { type Bot, findBotByToken, type World } from "./world.ts";

/** Answers one iLink call: business results are always HTTP 200 (reference/ilink.md 1.1). */
export async function handleIlink(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  { path, query, redirectHost }: { path: string; query: URLSearchParams; redirectHost?: string },
): Promise<void> {
  const endpoint = findEndpoint(request.method ?? "GET", path);
  if (!endpoint) return write(response, notFound);
  const closed = closedSignal(response);
  const bot = findBot(world, request);
  const { call, body, headers } = await receive(world, request, endpoint, bot);
  const fault = takeFault(world, call);
  call.fault = fault ? fault.rule.behaviour.kind : null;
  const polls = bot && endpoint === "getupdates" && mayCall(world, bot, headers);
  const endPoll = polls ? trackPoll(world, bot, closed) : undefined;
  const answer = await answerWithFault(world, { fault, endpoint, closed }, (forced) =>
    run(world, endpoint, bot, { query, body, headers, closed, redirectHost, forced }),
  );
  if (answer.kind !== "hang") endPoll?.();
  endCall(world, call, answer);
  if (world.keeper) await world.keeper.flush();
  write(response, answer);
}

async function receive(
  world: World,
  request: IncomingMessage,
  endpoint: EndpointName,
  bot: Bot | undefined,
) {
  const method = request.method ?? "GET";
  const text = await readBody(request);
  const body = parseJson(text);
  const headers = keptHeaders(request.headers);
  const call = beginCall(world, {
    endpoint,
    method,
    botId: bot?.botId ?? null,
    userId: userIdIn(body),
    headers,
    request: method === "GET" ? (request.url ?? "") : text,
    warnings: warningsOf(world, { endpoint, method, headers, body }),
  });
  return { call, body, headers };
}

/** Checks the token, before anything else says no, and does the work. */
function run(
  world: World,
  endpoint: EndpointName,
  bot: Bot | undefined,
  request: IlinkRequest,
): IlinkAnswer | Promise<IlinkAnswer> {
  const called = endpoints[endpoint];
  const refusal = endpoint === "sendmessage" ? undefined : refusalOf(request.forced);
  if (!called.login) return refusal ?? called.run(world, request);
  if (bot && mayCall(world, bot, request.headers))
    return refusal ?? called.run(world, request, bot);
  if (bot && endpoint === "sendmessage") {
    sendMessage(world, bot, request.body, request.headers, deadToken);
  }
  return sessionTimeout(world, endpoint);
}

const notFound: IlinkAnswer = {
  kind: "text",
  status: 404,
  contentType: "text/plain",
  text: "404 not found",
};

/** The attempt is recorded; what is answered names the field as the config says. */
const deadToken: ForcedRefusal = {
  rule: "token",
  refusal: { style: "refuse", ret: -14, errmsg: "session timeout" },
};

/** Writes an answer, or does to the connection what it says. */
function write(response: ServerResponse, answer: IlinkAnswer): void {
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

function findBot(world: World, request: IncomingMessage): Bot | undefined {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  return scheme === "Bearer" && token ? findBotByToken(world, token) : undefined;
}

function mayCall(world: World, bot: Bot, headers: IlinkRequest["headers"]): boolean {
  if (bot.status !== "live" || headers["authorizationtype"] !== "ilink_bot_token") return false;
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
