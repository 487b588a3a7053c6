import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { FunctionNotFoundError, ThrottledError } from "./errors.ts";
import { functionNameOf } from "./function-definition.ts";
import type { InvocationResult } from "./function-pool.ts";
import { type HttpDoor, openDoor, readBody, sendJson } from "./http.ts";

export type InvokeApiOptions = {
  port: number;
  /** Throws FunctionNotFoundError. */
  find: (name: string) => unknown;
  invoke: (name: string, event: unknown) => Promise<InvocationResult>;
  invokeAsync: (name: string, event: unknown) => { requestId: string };
};

const ROUTE = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/;
const MAX_SYNC_BYTES = 6 * 1024 * 1024;
const MAX_ASYNC_BYTES = 1024 * 1024;

/** The one action of Lambda's API that functions call: Invoke, as `@aws-sdk/client-lambda` sends it. */
export function serveInvokeApi(options: InvokeApiOptions): Promise<HttpDoor> {
  return openDoor(options.port, async (request, response) => {
    try {
      await handle(options, request, response);
    } catch (error) {
      if (!(error instanceof FunctionNotFoundError)) throw error;
      refuse(response, 404, "ResourceNotFoundException", error.message);
    }
  });
}

async function handle(
  options: InvokeApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const reference = ROUTE.exec(pathname)?.[1];
  if (request.method !== "POST" || reference === undefined) {
    refuse(response, 404, "UnknownOperationException", "Only Invoke is served here.");
    return;
  }
  const name = functionNameOf(decodeURIComponent(reference));
  const type = String(request.headers["x-amz-invocation-type"] ?? "RequestResponse");
  const body = await readBody(request);
  options.find(name);
  if (body.length > (type === "Event" ? MAX_ASYNC_BYTES : MAX_SYNC_BYTES)) {
    refuse(response, 413, "RequestTooLargeException", `${body.length} bytes are too many.`);
    return;
  }
  const event = parseEvent(body);
  if (event === undefined) {
    refuse(response, 400, "InvalidRequestContentException", "The request body is not JSON.");
    return;
  }
  await answer(options, { name, type, event: event.value }, response);
}

async function answer(
  options: InvokeApiOptions,
  { name, type, event }: { name: string; type: string; event: unknown },
  response: ServerResponse,
): Promise<void> {
  if (type === "DryRun") {
    sendJson(response, 204, undefined);
  } else if (type === "Event") {
    const { requestId } = options.invokeAsync(name, event);
    sendJson(response, 202, undefined, { "x-amzn-requestid": requestId });
  } else if (type === "RequestResponse") {
    await answerSync(options, name, event, response);
  } else {
    refuse(response, 400, "InvalidParameterValueException", `Unknown invocation type ${type}.`);
  }
}

async function answerSync(
  options: InvokeApiOptions,
  name: string,
  event: unknown,
  response: ServerResponse,
): Promise<void> {
  try {
    const result = await options.invoke(name, event);
    const headers = { "x-amzn-requestid": result.requestId, "x-amz-executed-version": "$LATEST" };
    if (result.functionError === undefined) {
      sendJson(response, 200, result.payload ?? null, headers);
    } else {
      const failed = { ...headers, "x-amz-function-error": "Unhandled" };
      sendJson(response, 200, result.functionError, failed);
    }
  } catch (error) {
    if (!(error instanceof ThrottledError)) throw error;
    const reason =
      error.limitedBy === "function"
        ? "ReservedFunctionConcurrentInvocationLimitExceeded"
        : "ConcurrentInvocationLimitExceeded";
    refuse(response, 429, "TooManyRequestsException", "Rate Exceeded.", { Reason: reason });
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  errorType: string,
  message: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const headers = { "x-amzn-errortype": errorType, "x-amzn-requestid": randomUUID() };
  sendJson(response, status, { Type: "User", message, ...more }, headers);
}

function parseEvent(body: Buffer): { value: unknown } | undefined {
  if (body.length === 0) return { value: {} };
  try {
    return { value: JSON.parse(body.toString("utf8")) };
  } catch {
    return undefined;
  }
}
