import { z } from "zod";
import type { FunctionLogLine } from "../lambda/host.ts";

const LogEvent = z.looseObject({ level: z.string(), message: z.string() });
const plumbing = new Set([
  "level",
  "message",
  "timestamp",
  "service",
  "sampling_rate",
  "cold_start",
  "function_arn",
  "function_memory_size",
  "function_name",
  "function_request_id",
  "xray_trace_id",
]);

/**
 * A function's log line for a person: when, which function, what happened and its ids. Null for the
 * platform's own START, END and REPORT lines.
 */
export function readableLine({ functionName, stream, line }: FunctionLogLine): string | null {
  const event = LogEvent.safeParse(jsonOrNull(line));
  if (!event.success) {
    return stream === "platform" ? null : `${functionName.padEnd(5)}  ${line}`;
  }
  const { level, message } = event.data;
  const fields = Object.entries(event.data)
    .filter(([name, value]) => !plumbing.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const mark = level === "INFO" ? " " : level === "WARN" ? "!" : "✗";
  return `${functionName.padEnd(5)} ${mark} ${message}  ${fields.join(" ")}`.trimEnd();
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A line that is no JSON is shown as it is.
    return null;
  }
}
