import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { childGuard } from "./child-guard.ts";
import { type FunctionDefinition, instanceEnvironment } from "./function-definition.ts";
import { type FunctionError, InstanceMessage, type InvokeMessage } from "./instance-messages.ts";
import { heapArguments, watchMemory } from "./memory.ts";

/** "platform" lines are ours: what Lambda itself would write into the function's log. */
export type LogStream = "stdout" | "stderr" | "platform";

export type InstanceEnd =
  | { outcome: "success"; payload: string; memoryUsedMb: number }
  | {
      outcome: "error" | "timeout" | "out_of_memory" | "killed";
      error: FunctionError;
      memoryUsedMb: number;
    };

export type InstanceOptions = {
  definition: FunctionDefinition;
  /** Stops the process between invocations, as Lambda freezes an idle instance. */
  freeze: boolean;
  onLine: (stream: LogStream, line: string) => void;
};

/** One process that holds one function and runs one event at a time. */
export type Instance = {
  readonly id: string;
  readonly pid: number;
  /** Undefined once the bundle is loaded, else how loading it ended. */
  readonly initialised: Promise<InstanceEnd | undefined>;
  /** Never rejects: whatever happens to the process is an end. */
  run: (message: InvokeMessage) => Promise<InstanceEnd>;
  freeze: () => void;
  isUsable: () => boolean;
  /** Ends the process at once; a run under way ends as "killed". Resolves when it is gone. */
  kill: () => Promise<void>;
};

type Failure = Exclude<InstanceEnd, { outcome: "success" }>;

const RUNTIME = path.join(import.meta.dirname, "runtime.mjs");
/** Lambda's own limit for an init; an init that fails it is tried again within the timeout. */
const INIT_TIMEOUT_SECONDS = 10;

export function startInstance(options: InstanceOptions): Instance {
  const { definition, onLine } = options;
  const id = randomUUID();
  const child = startProcess(definition, id);
  const { pid } = child;
  let settle: ((end: InstanceEnd | undefined) => void) | undefined;
  let killedBecause: Failure | undefined;
  let frozen = false;
  let usable = true;

  readLines(child, onLine);
  child.on("message", (raw) => {
    const message = InstanceMessage.parse(raw);
    if (message.type === "crashed" || message.type === "init_failed") usable = false;
    settle?.(endOf(message));
  });
  child.on("error", (error) => {
    usable = false;
    settle?.(failure("error", "Runtime.StartFailed", error.message));
  });
  child.once("exit", (code, signal) => {
    usable = false;
    settle?.(killedBecause ?? exitOf(code, signal));
  });

  const killAs = (end: Failure) => {
    usable = false;
    killedBecause ??= end;
    onLine("platform", end.error.errorMessage);
    child.kill("SIGKILL");
  };

  /** The next thing the process says, or its end, whichever comes first. */
  const next = async (timeoutSeconds: number): Promise<InstanceEnd | undefined> => {
    const timer = setTimeout(() => killAs(timedOut(timeoutSeconds)), timeoutSeconds * 1000);
    const { memoryMb } = definition;
    const memory =
      pid === undefined
        ? undefined
        : watchMemory(pid, memoryMb, (usedMb) => killAs(outOfMemory(usedMb, memoryMb)));
    try {
      return await new Promise((resolve) => {
        settle = resolve;
        if (!usable) resolve(killedBecause ?? exitOf(child.exitCode, child.signalCode));
      });
    } finally {
      settle = undefined;
      clearTimeout(timer);
      memory?.stop();
    }
  };

  return {
    id,
    pid: pid ?? 0,
    initialised: next(Math.max(INIT_TIMEOUT_SECONDS, definition.timeoutSeconds)),
    async run(message) {
      if (frozen) child.kill("SIGCONT");
      frozen = false;
      const ended = next(definition.timeoutSeconds);
      if (child.connected) child.send(message);
      return (await ended) ?? failure("error", "Runtime.Unknown", "the instance answered nothing");
    },
    freeze() {
      if (!options.freeze || !usable) return;
      frozen = true;
      child.kill("SIGSTOP");
    },
    isUsable: () => usable,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null || pid === undefined) return;
      const gone = once(child, "exit");
      usable = false;
      killedBecause ??= failure(
        "killed",
        "Runtime.ExitError",
        "Runtime exited with error: signal: killed",
      );
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function startProcess(definition: FunctionDefinition, id: string): ChildProcess {
  const child = fork(RUNTIME, [definition.bundlePath, definition.handler], {
    execPath: process.execPath,
    execArgv: heapArguments(definition.memoryMb),
    env: instanceEnvironment(definition, id),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Ctrl-C is for the hub, which then ends its instances itself.
    detached: true,
  });
  childGuard().watch(child);
  return child;
}

function readLines(child: ChildProcess, onLine: InstanceOptions["onLine"]): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input !== null) createInterface({ input }).on("line", (line) => onLine(stream, line));
  }
}

function endOf(message: InstanceMessage): InstanceEnd | undefined {
  switch (message.type) {
    case "result":
      return { outcome: "success", payload: message.payload, memoryUsedMb: message.memoryUsedMb };
    case "failure":
      return { outcome: "error", error: message.error, memoryUsedMb: message.memoryUsedMb };
    case "init_failed":
    case "crashed":
      return { outcome: "error", error: message.error, memoryUsedMb: 0 };
    case "ready":
    default:
      return undefined;
  }
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Failure {
  // V8 aborts when its heap is full.
  if (signal === "SIGABRT" || code === 134) {
    return failure(
      "out_of_memory",
      "Runtime.ExitError",
      "Runtime exited with error: signal: aborted",
    );
  }
  const how = signal === null ? `exit status ${code}` : `signal: ${signal}`;
  return failure("error", "Runtime.ExitError", `Runtime exited with error: ${how}`);
}

function timedOut(seconds: number): Failure {
  return failure(
    "timeout",
    "Sandbox.Timedout",
    `Task timed out after ${seconds.toFixed(2)} seconds`,
  );
}

function outOfMemory(usedMb: number, memoryMb: number): Failure {
  const message = `Runtime exited with error: signal: killed (${Math.ceil(usedMb)} MB used of ${memoryMb} MB)`;
  return {
    ...failure("out_of_memory", "Runtime.ExitError", message),
    memoryUsedMb: Math.ceil(usedMb),
  };
}

function failure(outcome: Failure["outcome"], errorType: string, errorMessage: string): Failure {
  return { outcome, error: { errorType, errorMessage }, memoryUsedMb: 0 };
}
