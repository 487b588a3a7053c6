import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { WechatSimConfig } from "./config.ts";
import type { Control } from "./control.ts";
import { FaultRule } from "./faults.ts";
import { readBody } from "./http-body.ts";
import { SimError, type SimErrorCode } from "./sim-error.ts";
import type { World } from "./world.ts";

export interface ControlServer {
  world: World;
  verbs: Record<string, (input: unknown) => unknown>;
}

const readers: ReadonlySet<string> = new Set([
  "state",
  "chat",
  "bubbles",
  "attempts",
  "typing",
  "open-polls",
  "overlaps",
  "handed-out",
  "poll-stats",
  "calls",
]);

const statusOf: Record<SimErrorCode, number> = {
  "bad-input": 400,
  "not-found": 404,
  conflict: 409,
};

/** The verbs by their HTTP names: `userSends` is `POST /_sim/user-sends`. */
export function verbsByHttpName(control: Control): ControlServer["verbs"] {
  return Object.fromEntries(
    Object.entries(control).map(([name, verb]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      verb.receive,
    ]),
  );
}

/** Answers `/_sim/…`: verbs by POST with JSON, readers by GET, changes as an event stream. */
export async function handleControl(
  server: ControlServer,
  request: IncomingMessage,
  response: ServerResponse,
  { name, query }: { name: string; query: URLSearchParams },
): Promise<void> {
  if (request.method === "GET" && name === "events") return streamChanges(server.world, response);
  if (request.method === "GET" && name === "schemas") return answer(response, 200, schemas());
  const verb = isAllowed(request, name) ? server.verbs[name] : undefined;
  if (!verb) {
    const known = Object.keys(server.verbs).join(", ");
    return fail(
      response,
      404,
      "not-found",
      `No control verb "${request.method} ${name}". By POST: ${known}. By GET: ${[...readers].join(", ")}.`,
    );
  }
  try {
    const result = verb(await readInput(request, query)) ?? {};
    const { keeper } = server.world;
    if (keeper && request.method === "POST") await keeper.flush();
    answer(response, 200, result);
  } catch (error) {
    if (!(error instanceof SimError)) throw error;
    fail(response, statusOf[error.code], error.code, error.message);
  }
}

/** GET only reads: a link or an image on another site's page could call it. */
function isAllowed({ method }: IncomingMessage, name: string): boolean {
  return method === "POST" || (method === "GET" && readers.has(name));
}

async function readInput(request: IncomingMessage, query: URLSearchParams): Promise<unknown> {
  if (request.method === "GET") return query.size > 0 ? Object.fromEntries(query) : undefined;
  // A page of another site cannot send this type without asking first, and we never allow it.
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    throw new SimError("bad-input", "Send the input as application/json.");
  }
  const text = await readBody(request);
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SimError("bad-input", "The body is not JSON.", { cause });
  }
}

/** One line per change, so that a page knows when to read again. */
function streamChanges(world: World, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write("data: changed\n\n");
  const unsubscribe = world.changes.subscribe(() => response.write("data: changed\n\n"));
  response.once("close", unsubscribe);
}

function schemas(): unknown {
  const options = { io: "input", unrepresentable: "any" } as const;
  return {
    config: z.toJSONSchema(WechatSimConfig, options),
    fault: z.toJSONSchema(FaultRule, options),
  };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  answer(response, status, { error: { code, message } });
}
