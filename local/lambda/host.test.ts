import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type HostUnderTest, isAlive, startTestHost } from "./testing.ts";

let host: HostUnderTest;
beforeEach(async () => {
  host = await startTestHost({ retryDelaysMs: [10] });
});
afterEach(() => host.stop());

const PID = "export const handler = async () => process.pid;";
const FOREVER = "export const handler = () => new Promise(() => setInterval(() => {}, 1000));";

async function pidOf(name: string): Promise<number> {
  const result = await host.invoke(name, {});
  if (result.functionError !== undefined) throw new Error(result.functionError.errorMessage);
  return Number(result.payload);
}

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
    await vi.waitFor(() => expect(host.lines).toHaveLength(1));
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
    await vi.waitFor(() => expect(host.lines).toHaveLength(3));
    expect(host.lines).toContainEqual({ functionName: "talk", stream: "stdout", line: "two" });
    expect(host.lines).toContainEqual({ functionName: "talk", stream: "stderr", line: "three" });
  });
});

describe("instances", () => {
  test("are reused one event at a time, and a second one starts only beside a busy one", async () => {
    host.add(
      "pid",
      "export const handler = (e) => new Promise((r) => setTimeout(r, e.ms ?? 0, process.pid));",
    );
    const first = await pidOf("pid");
    expect(await pidOf("pid")).toBe(first);
    const both = await Promise.all([
      host.invoke("pid", { ms: 50 }),
      host.invoke("pid", { ms: 50 }),
    ]);
    expect(both.map((result) => result.coldStart)).toEqual([false, true]);
    expect(host.idle("pid")).toBe(2);
    expect(host.meter.snapshot().functions["pid"]).toMatchObject({ invocations: 4, coldStarts: 2 });
  });

  test("are frozen between events: what a handler leaves running goes on in the next one", async () => {
    host.add(
      "ticker",
      `let ticks = 0;
       setInterval(() => ticks++, 5);
       export const handler = async (event) => {
         if (event.wait) await new Promise((resolve) => setTimeout(resolve, 60));
         return { ticks, now: Date.now() }; };`,
    );
    const before = await host.invoke("ticker", { wait: true });
    await vi.waitUntil(() => Date.now() > now(before) + 300);
    const after = await host.invoke("ticker", {});
    expect(ticks(after) - ticks(before)).toBeLessThan(20);
  });

  test("that had no work for a while end", async () => {
    const brief = await startTestHost({ idleMs: 20 });
    brief.add("pid", PID);
    const result = await brief.invoke("pid", {});
    const pid = Number("payload" in result && result.payload);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
    expect(brief.idle("pid")).toBe(0);
    await brief.stop();
  });

  test("are replaced when the environment changes", async () => {
    host.add("env", "export const handler = async () => [process.pid, process.env.MODE];", {
      environment: { MODE: "a" },
    });
    const first = await host.invoke("env", {});
    await host.setEnvironment("env", { MODE: "b" });
    const second = await host.invoke("env", {});
    expect(first).toMatchObject({ payload: [expect.any(Number), "a"] });
    expect(second).toMatchObject({ payload: [expect.any(Number), "b"], coldStart: true });
  });

  test("can be killed while they run, chosen by their event", async () => {
    host.add("slow", FOREVER);
    const [one, two] = [host.invoke("slow", { n: 1 }), host.invoke("slow", { n: 2 })];
    expect(host.running("slow").map((invocation) => invocation.event)).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
    const isTwo = ({ event }: { event: unknown }) => JSON.stringify(event) === '{"n":2}';
    expect(await host.kill("slow", isTwo)).toBe(1);
    expect(await two).toMatchObject({
      functionError: { errorMessage: "Runtime exited with error: signal: killed" },
    });
    expect(host.running("slow")).toHaveLength(1);
    expect(await host.kill("slow")).toBe(1);
    expect(await one).toHaveProperty("functionError");
  });

  test("all end with the host, the frozen ones and the busy ones", async () => {
    host.add("pid", PID);
    host.add("slow", FOREVER);
    const frozen = await pidOf("pid");
    const running = host.invoke("slow", {});
    const busy = host.running("slow")[0]?.pid ?? 0;
    expect([frozen, busy].map(isAlive)).toEqual([true, true]);
    await host.stop();
    expect([frozen, busy].map(isAlive)).toEqual([false, false]);
    expect(await running).toHaveProperty("functionError");
    await expect(host.invoke("pid", {})).rejects.toThrow("its host has been stopped");
  });

  test("all end when the host's process is killed, the frozen ones too", async () => {
    const program = `
      import { startTestHost } from ${JSON.stringify(path.join(import.meta.dirname, "testing.ts"))};
      const host = await startTestHost();
      host.add("pid", ${JSON.stringify(PID)});
      host.add("slow", ${JSON.stringify(FOREVER)});
      const { payload } = await host.invoke("pid", {});
      host.invoke("slow", {});
      process.stdout.write(JSON.stringify([payload, host.running("slow")[0].pid]));`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [chunk] = await once(parent.stdout, "data");
    const pids: number[] = JSON.parse(String(chunk)).map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill("SIGKILL");
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]));
  });
});

describe("an asynchronous event", () => {
  const FLAKY = `let calls = 0;
    export const handler = async () => { calls++; if (calls < 3) throw new Error("again"); };`;

  test("is tried again as often as the function says", async () => {
    host.add("flaky", FLAKY, { retryAttempts: 2 });
    host.invokeAsync("flaky", {});
    await vi.waitFor(() =>
      expect(host.meter.snapshot().functions["flaky"]).toMatchObject({
        outcomes: { error: 2, success: 1 },
        droppedEvents: 0,
      }),
    );
  });

  test("is dropped when no retry is left", async () => {
    host.add("flaky", FLAKY, { retryAttempts: 0 });
    host.invokeAsync("flaky", {});
    await vi.waitFor(() =>
      expect(host.meter.snapshot().functions["flaky"]).toMatchObject({
        invocations: 1,
        droppedEvents: 1,
      }),
    );
    expect(host.lines.at(-1)).toMatchObject({ stream: "platform", functionName: "flaky" });
  });

  test("waits for a place, and is dropped when it gets too old waiting", async () => {
    host.add("one", "export const handler = (e) => new Promise((r) => setTimeout(r, e.ms));", {
      maximumConcurrency: 1,
      maxEventAgeSeconds: 0.3,
    });
    host.invokeAsync("one", { ms: 1 });
    host.invokeAsync("one", { ms: 700 });
    host.invokeAsync("one", { ms: 2 });
    await vi.waitFor(() => expect(host.waitingEvents("one")).toBe(0), { timeout: 3_000 });
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
    await vi.waitFor(() => expect(host.meter.snapshot().functions["echo"]?.invocations).toBe(1));
  });

  test("gets Lambda's errors", async () => {
    await expect(invoke("nobody")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    host.add("none", PID, { maximumConcurrency: 0 });
    await expect(invoke("none")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
  });
});

function now(result: object): number {
  return Number(read(result, "now"));
}
function ticks(result: object): number {
  return Number(read(result, "ticks"));
}
function read(result: object, field: string): unknown {
  const payload: unknown = "payload" in result ? result.payload : undefined;
  return typeof payload === "object" && payload !== null ? Reflect.get(payload, field) : undefined;
}
