import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { soon } from "./soon.ts";
import { type HostUnderTest, startTestHost } from "./testing.ts";

let host: HostUnderTest;
beforeEach(async () => {
  host = await startTestHost({ retryDelaysMs: [10] });
});
afterEach(() => host.stop());

const PID = "export const handler = async () => process.pid;";
const FOREVER = "export const handler = () => new Promise(() => setInterval(() => {}, 1000));";

describe("an invocation", () => {
  test("gets the event and Lambda's context, and gives the result", async () => {
    host.add(
      "echo",
      `export const handler = async (event, context) => ({
        event, name: context.functionName, arn: context.invokedFunctionArn,
        memory: context.memoryLimitInMB, left: context.getRemainingTimeInMillis(),
        requestId: context.awsRequestId });`,
      { timeoutSeconds: 7 },
    );
    const result = await host.invoke("echo", { text: "你好" });
    expect(result).toMatchObject({
      coldStart: true,
      payload: {
        event: { text: "你好" },
        name: "echo",
        arn: "arn:aws:lambda:us-east-1:000000000000:function:echo",
        memory: "256",
        requestId: result.requestId,
        left: expect.toSatisfy((left: number) => left > 5_000 && left <= 7_000),
      },
    });
  });

  test("sees Lambda's environment and its own, and nothing of ours", async () => {
    process.env["SHELL_LEFTOVER"] = "1";
    host.add("env", "export const handler = async () => process.env;", {
      environment: { HERMES_MODEL: "m" },
    });
    const { payload } = { payload: undefined, ...(await host.invoke("env", {})) };
    expect(payload).toMatchObject({
      AWS_LAMBDA_FUNCTION_NAME: "env",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_LAMBDA: host.endpoint,
      HERMES_MODEL: "m",
    });
    expect(payload).not.toHaveProperty("SHELL_LEFTOVER");
  });

  test("that throws is an error of the function, told in the answer and in its log", async () => {
    host.add(
      "bad",
      "export const handler = async () => { throw new TypeError('no such thing'); };",
    );
    const error = { errorType: "TypeError", errorMessage: "no such thing" };
    expect(await host.invoke("bad", {})).toMatchObject({
      functionError: { ...error, trace: expect.any(Array) },
    });
    await soon(() => expect(host.lines).toHaveLength(1));
    expect(host.lines[0]).toMatchObject({ functionName: "bad", stream: "stderr" });
    expect(JSON.parse(host.lines[0]?.line.split("\t").at(-1) ?? "")).toMatchObject(error);
  });

  test("fails when the bundle cannot be loaded", async () => {
    host.add("broken", "import 'no-such-package';");
    expect(await host.invoke("broken", {})).toMatchObject({
      functionError: {
        errorType: "Error",
        errorMessage: expect.stringContaining("no-such-package"),
      },
    });
  });

  test("fails when the process ends by itself", async () => {
    host.add("exit", "export const handler = async () => process.exit(3);");
    expect(await host.invoke("exit", {})).toMatchObject({
      functionError: {
        errorType: "Runtime.ExitError",
        errorMessage: "Runtime exited with error: exit status 3",
      },
    });
  });

  test("fails on a rejection that nobody handles, and the next one starts anew", async () => {
    host.add(
      "stray",
      `export const handler = async (event) => {
        if (event.stray) { void Promise.reject(new Error("stray")); await new Promise(() => setInterval(() => {}, 1000)); }
        return "fine"; };`,
    );
    expect(await host.invoke("stray", { stray: true })).toMatchObject({
      functionError: {
        errorType: "Runtime.UnhandledPromiseRejection",
        errorMessage: "Error: stray",
      },
    });
    expect(await host.invoke("stray", {})).toMatchObject({ payload: "fine", coldStart: true });
  });

  test("is killed at its timeout", async () => {
    host.add("slow", FOREVER, { timeoutSeconds: 1 });
    expect(await host.invoke("slow", {})).toMatchObject({
      functionError: {
        errorType: "Sandbox.Timedout",
        errorMessage: "Task timed out after 1.00 seconds",
      },
    });
    expect(host.meter.snapshot().functions["slow"]?.outcomes.timeout).toBe(1);
  });

  test("is killed when it uses more memory than it has", async () => {
    host.add(
      "hungry",
      `const kept = [];
       export const handler = () => new Promise(() => setInterval(() => kept.push(Buffer.alloc(16 << 20, 1)), 20));`,
      { memoryMb: 128 },
    );
    expect(await host.invoke("hungry", {})).toMatchObject({
      functionError: {
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/signal: killed \(\d+ MB used of 128 MB\)/),
      },
    });
    expect(host.meter.snapshot().functions["hungry"]?.outcomes.out_of_memory).toBe(1);
  });

  test("hands its lines to the log with the function's name", async () => {
    host.add(
      "talk",
      "export const handler = async () => { process.stdout.write('one\\ntwo\\n'); process.stderr.write('three\\n'); };",
    );
    await host.invoke("talk", {});
    await soon(() => expect(host.lines).toHaveLength(3));
    expect(host.lines).toContainEqual({ functionName: "talk", stream: "stdout", line: "two" });
    expect(host.lines).toContainEqual({ functionName: "talk", stream: "stderr", line: "three" });
  });
});

describe("an asynchronous event", () => {
  const FLAKY = `let calls = 0;
    export const handler = async () => { calls++; if (calls < 3) throw new Error("again"); };`;

  test("is tried again as often as the function says", async () => {
    host.add("flaky", FLAKY, { retryAttempts: 2 });
    host.invokeAsync("flaky", {});
    await soon(() =>
      expect(host.meter.snapshot().functions["flaky"]).toMatchObject({
        outcomes: { error: 2, success: 1 },
        droppedEvents: 0,
      }),
    );
  });

  test("is dropped when no retry is left", async () => {
    host.add("flaky", FLAKY, { retryAttempts: 0 });
    host.invokeAsync("flaky", {});
    await soon(() =>
      expect(host.meter.snapshot().functions["flaky"]).toMatchObject({
        invocations: 1,
        droppedEvents: 1,
      }),
    );
    const platform = expect.objectContaining({ stream: "platform", functionName: "flaky" });
    expect(host.lines).toContainEqual(platform);
  });

  test("waits for a place, and is dropped when it gets too old waiting", async () => {
    host.add("one", "export const handler = (e) => new Promise((r) => setTimeout(r, e.ms));", {
      maximumConcurrency: 1,
      maxEventAgeSeconds: 0.3,
    });
    await host.invoke("one", {});
    host.invokeAsync("one", { ms: 700 });
    host.invokeAsync("one", { ms: 2 });
    await soon(() => expect(host.waitingEvents("one")).toBe(0));
    expect(host.meter.snapshot().functions["one"]).toMatchObject({
      invocations: 2,
      droppedEvents: 1,
    });
  });
});

describe("limits", () => {
  test("throttle a function beyond its own concurrency", async () => {
    host.add("slow", FOREVER, { maximumConcurrency: 1 });
    const first = host.invoke("slow", {});
    await expect(host.invoke("slow", {})).rejects.toMatchObject({
      code: "function.throttled",
      limitedBy: "function",
    });
    expect(host.meter.snapshot().functions["slow"]?.throttles).toBe(1);
    await host.kill("slow");
    await first;
  });

  test("throttle all functions beyond the account's", async () => {
    const small = await startTestHost({ accountConcurrency: 1 });
    small.add("slow", FOREVER);
    small.add("pid", PID);
    const first = small.invoke("slow", {});
    await expect(small.invoke("pid", {})).rejects.toMatchObject({ limitedBy: "account" });
    await small.stop();
    await first;
  });
});
