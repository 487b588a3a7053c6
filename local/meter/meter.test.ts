import { expect, test } from "vitest";
import { createMeter, diff, type InvocationRecord } from "./meter.ts";

const makeInvocation = (more: Partial<InvocationRecord> = {}): InvocationRecord => ({
  functionName: "poll",
  memoryMb: 256,
  outcome: "success",
  coldStart: false,
  initMs: 0,
  durationMs: 100,
  memoryUsedMb: 90,
  ...more,
});

test("billed time is rounded up to a millisecond and includes the init", () => {
  const meter = createMeter();
  meter.invocation(makeInvocation({ coldStart: true, initMs: 150.2, durationMs: 849.1 }));
  expect(meter.snapshot().functions["poll"]).toMatchObject({
    coldStarts: 1,
    billedMs: 1000,
    gbSeconds: 0.25,
  });
});

test("the difference of two snapshots holds only what happened between", () => {
  const meter = createMeter();
  meter.invocation(makeInvocation());
  meter.queueRequest("SendMessage");
  meter.databaseCommand({ label: "poll", command: "find", collection: "accounts" });
  const before = meter.snapshot();
  meter.invocation(makeInvocation({ outcome: "timeout", memoryUsedMb: 70 }));
  meter.throttle("api");
  meter.queueRequest("ReceiveMessage");
  meter.schedulerInvocation();
  meter.schedulerRequest("CreateSchedule");
  meter.databaseCommand({ label: "poll", command: "find", collection: "accounts" });
  const between = diff(before, meter.snapshot());
  expect(between).toMatchObject({
    functions: {
      poll: {
        invocations: 1,
        billedMs: 100,
        outcomes: { success: 0, timeout: 1 },
        maxMemoryUsedMb: 90,
      },
      api: { invocations: 0, throttles: 1 },
    },
    queueRequests: { ReceiveMessage: 1 },
    scheduler: { invocations: 1, requests: { CreateSchedule: 1 } },
    database: [{ label: "poll", command: "find", collection: "accounts", count: 1 }],
  });
  expect(between.queueRequests).not.toHaveProperty("SendMessage");
});

test("a snapshot does not change afterwards", () => {
  const meter = createMeter();
  meter.invocation(makeInvocation());
  const snapshot = meter.snapshot();
  meter.invocation(makeInvocation());
  expect(snapshot.functions["poll"]?.invocations).toBe(1);
});
