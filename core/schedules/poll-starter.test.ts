import { once } from "node:events";
import { createServer } from "node:http";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPollStarter } from "./poll-starter.ts";

const seen: { url: string; type: unknown; body: string }[] = [];
let status = 202;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += String(part)));
  request.on("end", () => {
    const type = request.headers["x-amz-invocation-type"];
    seen.push({ url: request.url ?? "", type, body });
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(status === 202 ? "" : '{"message":"no"}');
  });
});
let client: LambdaClient;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  client = new LambdaClient({
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
});
afterAll(() => {
  client.destroy();
  server.close();
});

const POLL_FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:poll";

test("a login's worker is started without waiting for what it does", async () => {
  await createPollStarter({ POLL_FUNCTION_ARN }, client).watchLogin("lgn_1");
  expect(seen).toEqual([
    {
      url: `/2015-03-31/functions/${encodeURIComponent(POLL_FUNCTION_ARN)}/invocations`,
      type: "Event",
      body: '{"loginId":"lgn_1"}',
    },
  ]);
});

test("Lambda's no is an error", async () => {
  status = 429;
  const starting = createPollStarter({ POLL_FUNCTION_ARN }, client).watchLogin("lgn_1");
  await expect(starting).rejects.toThrow();
});
