import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** What Lambda passes on as text; every other body is base64. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\b|application\/[\w.-]+\+(json|xml)\b)/i;

/** The event, payload format 2.0, that a function URL makes of a request. */
export function functionUrlEvent(
  request: IncomingMessage,
  body: Buffer,
  now: Date = new Date(),
): APIGatewayProxyEventV2 {
  const [rawPath, rawQueryString] = splitOnce(request.url ?? "/", "?");
  const headers = joinHeaders(request);
  const { cookie } = headers;
  const isText = TEXT.test(headers["content-type"] ?? "");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split("; ") }),
    headers: { ...forwardingHeaders(request), ...headers },
    ...(rawQueryString !== "" && { queryStringParameters: joinQuery(rawQueryString) }),
    requestContext: requestContext(request, rawPath, now),
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function requestContext(
  { method = "GET", httpVersion, headers, socket }: IncomingMessage,
  path: string,
  now: Date,
): APIGatewayProxyEventV2["requestContext"] {
  return {
    accountId: "anonymous",
    apiId: "local",
    domainName: headers.host ?? "localhost",
    domainPrefix: "local",
    http: {
      method,
      path,
      protocol: `HTTP/${httpVersion}`,
      sourceIp: socket.remoteAddress ?? "127.0.0.1",
      userAgent: headers["user-agent"] ?? "",
    },
    requestId: randomUUID(),
    routeKey: "$default",
    stage: "$default",
    time: clfTime(now),
    timeEpoch: now.getTime(),
  };
}

/** What AWS's front adds; a proxy of ours that already said so is believed. */
function forwardingHeaders({ headers, socket }: IncomingMessage): Record<string, string> {
  return {
    "x-forwarded-for": socket.remoteAddress ?? "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-port": headers.host?.split(":")[1] ?? "80",
  };
}

function joinHeaders({ headersDistinct }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [
      name,
      values.join(name === "cookie" ? "; " : ","),
    ]),
  );
}

function joinQuery(query: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    joined[name] = name in joined ? `${joined[name]},${value}` : value;
  }
  return joined;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** As in Apache's common log: 22/Nov/2026:17:40:05 +0000. */
function clfTime(at: Date): string {
  const [, day, month, year, time] = at.toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}
