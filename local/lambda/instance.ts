import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
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

type Failure = Exclude<InstanceEnd, { outcome: "success" }>;

const RUNTIME = path.join(import.meta.dirname, "runtime.mjs");
/** Lambda's own limit for an init; an init that fails it is tried again within the timeout. */
const INIT_TIMEOUT_SECONDS = 10;

/** One process that holds one function and runs one event at a time. */
export class Instance {
  readonly id = randomUUID();
  /** Undefined once the bundle is loaded, else how loading it ended. */
  readonly initialised: Promise<InstanceEnd | undefined>;
  readonly #options: InstanceOptions;
  readonly #child: ChildProcess;
  #settle: (end: InstanceEnd | undefined) => void = () => undefined;
  #killedBecause: Failure | undefined;
  #frozen = false;
  #usable = true;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#child = startProcess(options.definition, this.id);
    readLines(this.#child, options.onLine);
    this.#child.on("message", (raw) => this.#hear(raw));
    this.#child.on("error", ({ message }) =>
      this.#finish(failure("error", "Runtime.StartFailed", message)),
    );
    this.#child.once("exit", (code, signal) => this.#finish(exitOf(code, signal)));
    const { timeoutSeconds } = options.definition;
    this.initialised = this.#next(Math.max(INIT_TIMEOUT_SECONDS, timeoutSeconds));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether the process can take another event. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Never rejects: whatever happens to the process is an end. */
  async run(message: InvokeMessage): Promise<InstanceEnd> {
    if (this.#frozen) this.#child.kill("SIGCONT");
    this.#frozen = false;
    const ended = this.#next(this.#options.definition.timeoutSeconds);
    if (this.#child.connected) this.#child.send(message);
    return (await ended) ?? failure("error", "Runtime.Unknown", "the instance answered nothing");
  }

  freeze(): void {
    if (!this.#options.freeze || !this.#usable) return;
    this.#frozen = true;
    this.#child.kill("SIGSTOP");
  }

  /** Ends the process at once; a run under way ends as "killed". Resolves when it is gone. */
  async kill(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    // Not `once` of node:events: that rejects when the dying process cannot be written to.
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#killAs(
      failure("killed", "Runtime.ExitError", "Runtime exited with error: signal: killed"),
    );
    await gone;
  }

  /** The next thing the process says, or its end, whichever comes first. */
  async #next(timeoutSeconds: number): Promise<InstanceEnd | undefined> {
    const { memoryMb } = this.#options.definition;
    const stop = (end: Failure) => {
      this.#options.onLine("platform", end.error.errorMessage);
      this.#killAs(end);
    };
    const timer = setTimeout(() => stop(timedOut(timeoutSeconds)), timeoutSeconds * 1000);
    const memory = watchMemory(this.pid, memoryMb, (usedMb) => stop(outOfMemory(usedMb, memoryMb)));
    try {
      return await new Promise((resolve) => {
        this.#settle = resolve;
        if (!this.#usable) this.#finish(exitOf(this.#child.exitCode, this.#child.signalCode));
      });
    } finally {
      clearTimeout(timer);
      memory.stop();
    }
  }

  #hear(raw: unknown): void {
    const parsed = InstanceMessage.safeParse(raw);
    if (!parsed.success) {
      this.#options.onLine("platform", "The function sent its host a message of its own; ignored.");
      return;
    }
    const message = parsed.data;
    // The process ends by itself after these two.
    if (message.type === "crashed" || message.type === "init_failed") this.#usable = false;
    this.#settle(endOf(message));
  }

  #finish(end: InstanceEnd): void {
    this.#usable = false;
    this.#settle(this.#killedBecause ?? end);
  }

  #killAs(end: Failure): void {
    this.#usable = false;
    this.#killedBecause ??= end;
    this.#child.kill("SIGKILL");
  }
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
