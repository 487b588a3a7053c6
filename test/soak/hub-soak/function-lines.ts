import type { FunctionLogLine } from "#local/lambda/host.ts";
import { readLevel, type Level } from "./levels.ts";

/** What the functions' processes said that matters here. */
export type Heard = {
  /** Errors that nobody waited for, and warnings of Node itself. */
  unhandled: string[];
  /** What handlers threw, by function and error; a job or tick that failed comes again. */
  thrown: Map<string, number>;
  /** What each instance told of itself, by its function and process. */
  levels: Map<string, Level[]>;
};

const ofRuntime = /\t(Runtime\.Un\w+|Init Error|Invoke Error)\t(.*)$/;
const ofNode = /\(node:\d+\) .*(Warning|Error)|^\s*(Uncaught|triggerUncaughtException)/;

export function listen(): { heard: Heard; hear: (line: FunctionLogLine) => void } {
  const heard: Heard = { unhandled: [], thrown: new Map(), levels: new Map() };
  return { heard, hear: (line) => hear(heard, line) };
}

function hear(heard: Heard, { functionName, stream, line }: FunctionLogLine): void {
  const told = stream === "stdout" ? readLevel(line, performance.now()) : null;
  if (told) {
    const key = `${functionName} ${told.pid}`;
    heard.levels.set(key, [...(heard.levels.get(key) ?? []), told.level]);
  }
  if (stream !== "stderr") return;
  const [, what, error = ""] = line.match(ofRuntime) ?? [];
  if (what === "Invoke Error") {
    const key = `${functionName}: ${error.slice(0, 160)}`;
    heard.thrown.set(key, (heard.thrown.get(key) ?? 0) + 1);
  } else if (what !== undefined || ofNode.test(line)) {
    heard.unhandled.push(`${functionName}: ${line.slice(0, 400)}`);
  }
}
