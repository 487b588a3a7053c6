import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { ThrottledError } from "./errors.ts";
import type { InvocationResult } from "./function-pool.ts";
import { functionUrlEvent } from "./function-url-event.ts";
import { type HttpDoor, openDoor, readBody, sendJson } from "./http.ts";

export type FunctionUrlOptions = {
  port: number;
  invoke: (event: unknown) => Promise<InvocationResult>;
  /** What stands before the function at the same address; true: it has answered. */
  before?: ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) | undefined;
};

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]);
const HttpResult = z.object({
  statusCode: z.int().min(100).max(599),
  headers: z.record(z.string(), HeaderValue).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});
type HttpResult = z.infer<typeof HttpResult>;

/** Lambda refuses a larger request. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** A Lambda function URL (payload format 2.0) for one function. */
export function serveFunctionUrl({ port, invoke, before }: FunctionUrlOptions): Promise<HttpDoor> {
  return openDoor(port, async (request, response) => {
    if (await before?.(request, response)) return;
    const event = functionUrlEvent(request, await readBody(request));
    if ((event.body?.length ?? 0) > MAX_EVENT_BYTES) {
      sendJson(response, 413, { Message: "Request must be smaller than 6291456 bytes" });
      return;
    }
    try {
      const result = await invoke(event);
      if (result.functionError === undefined) sendResult(response, result.payload);
      else sendJson(response, 502, { Message: "Internal Server Error" });
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      sendJson(response, 429, {
        Reason: "ConcurrentInvocationLimitExceeded",
        Type: "User",
        message: "Rate Exceeded.",
      });
    }
  });
}

/** A result with a status code is an answer; any other JSON is the body of a 200. */
function sendResult(response: ServerResponse, payload: unknown): void {
  const isAnswer = typeof payload === "object" && payload !== null && "statusCode" in payload;
  if (!isAnswer) {
    sendJson(response, 200, payload ?? null);
    return;
  }
  const parsed = HttpResult.safeParse(payload);
  if (parsed.success) sendAnswer(response, parsed.data);
  else sendJson(response, 502, { Message: "Internal Server Error" });
}

function sendAnswer(response: ServerResponse, result: HttpResult): void {
  response.statusCode = result.statusCode;
  response.setHeader("content-type", "application/json");
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    response.setHeader(name, String(value));
  }
  if (result.cookies?.length) response.setHeader("set-cookie", result.cookies);
  response.end(Buffer.from(result.body ?? "", result.isBase64Encoded === true ? "base64" : "utf8"));
}
