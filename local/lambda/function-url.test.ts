import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type HostUnderTest, startTestHost } from "./testing.ts";

const ECHO = `export const handler = async (event) => ({
  statusCode: 201, headers: { "content-type": "application/json", "x-count": 2 },
  cookies: ["a=1; HttpOnly", "b=2"], body: JSON.stringify(event) });`;

let host: HostUnderTest;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

async function urlOf(source: string, more = {}): Promise<string> {
  const name = `f${Math.random().toString(36).slice(2)}`;
  host.add(name, source, more);
  return (await host.createFunctionUrl(name)).url;
}

const Event = z.looseObject({
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
});

describe("the event", () => {
  test("says what was asked for, as payload format 2.0", async () => {
    const url = await urlOf(ECHO);
    const response = await fetch(`${url}/api/runs/%E4%BD%A0?status=sent&status=error&q=a%20b`, {
      method: "POST",
      headers: { "content-type": "application/json", "X-Upper": "Case", cookie: "s=1; t=2" },
      body: '{"text":"你好"}',
    });
    expect(await response.json()).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/api/runs/%E4%BD%A0",
      rawQueryString: "status=sent&status=error&q=a%20b",
      queryStringParameters: { status: "sent,error", q: "a b" },
      cookies: ["s=1", "t=2"],
      headers: {
        "content-type": "application/json",
        "x-upper": "Case",
        "x-forwarded-proto": "http",
      },
      requestContext: {
        http: { method: "POST", path: "/api/runs/%E4%BD%A0", sourceIp: "127.0.0.1" },
      },
      body: '{"text":"你好"}',
      isBase64Encoded: false,
    });
  });

  test("carries what is not text as base64", async () => {
    const url = await urlOf(ECHO);
    const response = await fetch(url, { method: "PUT", body: Buffer.from([0, 255, 1]) });
    expect(Event.parse(await response.json())).toMatchObject({
      body: "AP8B",
      isBase64Encoded: true,
    });
  });

  test("has no body when none was sent", async () => {
    const response = await fetch(await urlOf(ECHO));
    const event = Event.parse(await response.json());
    expect(event.isBase64Encoded).toBe(false);
    expect(event).not.toHaveProperty("body");
  });
});

describe("the answer", () => {
  test("has the result's status, headers and cookies", async () => {
    const response = await fetch(await urlOf(ECHO));
    expect(response.status).toBe(201);
    expect(response.headers.get("x-count")).toBe("2");
    expect(response.headers.getSetCookie()).toEqual(["a=1; HttpOnly", "b=2"]);
  });

  test("decodes a base64 body", async () => {
    const url = await urlOf(
      `export const handler = async () => ({ statusCode: 200, isBase64Encoded: true, body: "AP8B" });`,
    );
    const response = await fetch(url);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 255, 1]));
  });

  test("is the result itself when it names no status", async () => {
    const response = await fetch(
      await urlOf(`export const handler = async () => ({ fine: true });`),
    );
    expect([response.status, await response.json()]).toEqual([200, { fine: true }]);
  });

  test("is 502 when the function fails, is killed, or answers nonsense", async () => {
    const sources = [
      "export const handler = async () => { throw new Error('no'); };",
      "export const handler = () => new Promise(() => setInterval(() => {}, 1000));",
      "export const handler = async () => ({ statusCode: 'fine' });",
    ];
    for (const source of sources) {
      const response = await fetch(await urlOf(source, { timeoutSeconds: 0.2 }));
      expect(response.status).toBe(502);
    }
  });

  test("is 429 when the function is throttled", async () => {
    const response = await fetch(await urlOf(ECHO, { maximumConcurrency: 0 }));
    expect([response.status, await response.json()]).toEqual([
      429,
      { Reason: "ConcurrentInvocationLimitExceeded", Type: "User", message: "Rate Exceeded." },
    ]);
  });
});
