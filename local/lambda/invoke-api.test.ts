import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { soon } from "./soon.ts";
import { type HostUnderTest, startTestHost } from "./testing.ts";

let host: HostUnderTest;
beforeEach(async () => {
  host = await startTestHost();
});
afterEach(() => host.stop());

describe("the AWS SDK", () => {
  const client = () =>
    new LambdaClient({
      endpoint: host.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
    });
  const invoke = (
    FunctionName: string,
    InvocationType: "RequestResponse" | "Event" = "RequestResponse",
  ) =>
    client().send(
      new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify({ n: 1 }) }),
    );

  test("invokes and reads the answer", async () => {
    host.add("echo", "export const handler = async (event) => event;");
    const answer = await invoke("arn:aws:lambda:us-east-1:000000000000:function:echo");
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(answer.Payload?.transformToString()).toBe('{"n":1}');
  });

  test("reads a function's error", async () => {
    host.add("bad", "export const handler = async () => { throw new Error('no'); };");
    const answer = await invoke("bad");
    expect(answer.FunctionError).toBe("Unhandled");
    expect(JSON.parse(answer.Payload?.transformToString() ?? "")).toMatchObject({
      errorMessage: "no",
    });
  });

  test("hands over an event", async () => {
    host.add("echo", "export const handler = async (event) => event;");
    expect(await invoke("echo", "Event")).toMatchObject({ StatusCode: 202 });
    await soon(() => expect(host.meter.snapshot().functions["echo"]?.invocations).toBe(1));
  });

  test("gets Lambda's errors", async () => {
    await expect(invoke("nobody")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    host.add("none", "export const handler = async () => 1;", { maximumConcurrency: 0 });
    await expect(invoke("none")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
  });
});
