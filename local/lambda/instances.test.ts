import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ThrottledError } from "./errors.ts";
import { soon } from "./soon.ts";
import { type HostUnderTest, isAlive, startTestHost } from "./testing.ts";

let host: HostUnderTest;
beforeEach(async () => {
  host = await startTestHost();
});
afterEach(() => host.stop());

const PID = "export const handler = async () => process.pid;";
const FOREVER = "export const handler = () => new Promise(() => setInterval(() => {}, 1000));";

async function pidOf(name: string): Promise<number> {
  const result = await host.invoke(name, {});
  if (result.functionError !== undefined) throw new Error(result.functionError.errorMessage);
  return Number(result.payload);
}

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
    await soon(() => expect(isAlive(pid)).toBe(false));
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

  test("start no more than a throttle allows, until it is lifted", async () => {
    host.add("pid", PID);
    host.throttle("pid", 0);
    await expect(host.invoke("pid", {})).rejects.toThrow(ThrottledError);
    host.invokeAsync("pid", {});
    expect(host.waitingEvents("pid")).toBe(1);
    host.throttle("pid", Infinity);
    await soon(() => expect(host.waitingEvents("pid")).toBe(0));
    expect(host.meter.snapshot().functions["pid"]).toMatchObject({ invocations: 1 });
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
    await soon(() => expect(pids.map(isAlive)).toEqual([false, false]));
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
