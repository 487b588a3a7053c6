import { z } from "zod";
import type { FunctionLogLine } from "../lambda/host.ts";

const LogEvent = z.looseObject({
  level: z.string(),
  message: z.string(),
  timestamp: z.string().optional(),
  at: z.string().optional(),
});
type LogEvent = z.infer<typeof LogEvent>;

/** What Lambda's runtime writes of an error that nobody caught: time, request, ERROR, what, JSON. */
const runtimeError = /^\S+\t\S*\tERROR\t([^\t]+)\t(\{.*\})$/s;
const RuntimeError = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).default([]),
});

const plumbing = new Set([
  "level",
  "message",
  "timestamp",
  "at",
  "service",
  "sampling_rate",
  "cold_start",
  "function_arn",
  "function_memory_size",
  "function_name",
  "function_request_id",
  "xray_trace_id",
  "correlation_id",
]);
const marks: Readonly<Record<string, string>> = { DEBUG: "·", INFO: " ", WARN: "!" };
const ERROR_MARK = "✗";
const shownPlaces = 4;

/**
 * A function's log line for a person: when, which function, what happened and its ids, and where in
 * the code an error arose. Null for metrics, which are for CloudWatch.
 */
export function readableLine(
  { functionName, stream, line }: FunctionLogLine,
  now: Date,
): string | null {
  const show = (mark: string, text: string, at = now) =>
    `${timeOf(at)}  ${functionName.padEnd(5)} ${mark} ${text}`.trimEnd();
  if (stream === "platform") return show(ERROR_MARK, line);
  const uncaught = runtimeError.exec(line);
  if (uncaught) return show(ERROR_MARK, uncaughtText(uncaught[1], uncaught[2]));
  const json = jsonOrNull(line);
  if (isMetric(json)) return null;
  const event = LogEvent.safeParse(json).data;
  if (!event) return show(stream === "stderr" ? ERROR_MARK : " ", line);
  const at = new Date(event.timestamp ?? Number.NaN);
  return show(marks[event.level] ?? ERROR_MARK, eventText(event), isTime(at) ? at : now);
}

function eventText(event: LogEvent): string {
  const fields = Object.entries(event)
    .filter(([name, value]) => !plumbing.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return placed([event.message, ...fields].join("  "), event.at?.split(" | ") ?? []);
}

function uncaughtText(what = "", json = ""): string {
  const error = RuntimeError.safeParse(jsonOrNull(json)).data;
  if (!error) return `${what}: ${json}`;
  const places = error.trace.filter((text) => /^\s+at /.test(text));
  return placed(`${what}: ${error.errorType}: ${error.errorMessage}`, places);
}

/** The places in the code, one a line below. */
function placed(text: string, places: readonly string[]): string {
  return [text, ...places.slice(0, shownPlaces).map((place) => `    ${place.trim()}`)].join("\n");
}

function timeOf(at: Date): string {
  return at.toTimeString().slice(0, 8);
}

function isTime(at: Date): boolean {
  return !Number.isNaN(at.getTime());
}

function isMetric(json: unknown): boolean {
  return typeof json === "object" && json !== null && "_aws" in json;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A line that is no JSON is shown as it is.
    return null;
  }
}
