import { describe, expect, test } from "vitest";
import type { FunctionLogLine } from "../lambda/host.ts";
import { readableLine } from "./log-line.ts";

const now = new Date(2026, 0, 2, 3, 4, 5);
const read = (line: string, stream: FunctionLogLine["stream"] = "stdout") =>
  readableLine({ functionName: "poll", stream, line }, now);

describe("a line that a function logs", () => {
  test("is shown with its time, what happened and its ids, without the plumbing", () => {
    const event = {
      level: "INFO",
      message: "messages.stored",
      timestamp: new Date(2026, 0, 2, 23, 59, 1).toISOString(),
      service: "poll",
      cold_start: true,
      function_memory_size: "256",
      xray_trace_id: "1-2",
      accountId: "acc_1",
      stored: 2,
    };
    expect(read(JSON.stringify(event))).toBe(
      "23:59:01  poll    messages.stored  accountId=acc_1  stored=2",
    );
  });

  test.each([
    ["DEBUG", "·"],
    ["INFO", " "],
    ["WARN", "!"],
    ["ERROR", "✗"],
    ["CRITICAL", "✗"],
  ])("of level %s is marked %s", (level, mark) => {
    expect(read(JSON.stringify({ level, message: "a.b" }))).toBe(`03:04:05  poll  ${mark} a.b`);
  });

  test("has the places in the code of its error below it", () => {
    const at = "at one (/a.ts:1:2) | at two (/b.ts:3:4) | at 3 | at 4 | at 5";
    const event = { level: "ERROR", message: "invocation.failed", error: "TypeError", at };
    expect(read(JSON.stringify(event))?.split("\n")).toEqual([
      "03:04:05  poll  ✗ invocation.failed  error=TypeError",
      "    at one (/a.ts:1:2)",
      "    at two (/b.ts:3:4)",
      "    at 3",
      "    at 4",
    ]);
  });

  test("is left out when it is a metric", () => {
    expect(read(JSON.stringify({ _aws: { Timestamp: 1 }, backlog: 3 }))).toBeNull();
  });
});

describe("a line that is not logged", () => {
  test("shows an error that nobody caught as what it is", () => {
    const error = {
      errorType: "SettingsError",
      errorMessage: "The function cannot start",
      trace: ["SettingsError: The function cannot start", "    at read (/a.ts:1:2)"],
    };
    const line = `2026-01-02T03:04:05.678Z\t\tERROR\tInit Error\t${JSON.stringify(error)}`;
    expect(read(line, "stderr")).toBe(
      "03:04:05  poll  ✗ Init Error: SettingsError: The function cannot start\n    at read (/a.ts:1:2)",
    );
  });

  test("shows what Lambda says of a timeout or a kill", () => {
    expect(read("Task timed out after 90.00 seconds", "platform")).toBe(
      "03:04:05  poll  ✗ Task timed out after 90.00 seconds",
    );
  });

  test("shows what a developer prints", () => {
    expect(read("here I am")).toBe("03:04:05  poll    here I am");
    expect(read("[1,2]")).toBe("03:04:05  poll    [1,2]");
    expect(read("warned", "stderr")).toBe("03:04:05  poll  ✗ warned");
  });
});
