import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { childGuard } from "#local/lambda/child-guard.ts";
import { preparePython } from "#local/python-environment.ts";
import { quietPort } from "#local/quiet-port.ts";
import { hasEnded, tailOf } from "#local/server-child.ts";

/** The release that was tried (reference/local-parts.md, SQS, Lambda, Scheduler). */
export const ministackVersion = "1.5.33";

const root = join(import.meta.dirname, "..", "..");
const startTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;

export type Ministack = {
  url: string;
  /** The last it said; a function that could not start is told here. */
  lastWords: () => string;
  stop(): Promise<void>;
};

/** The interpreter that holds MiniStack. Throws PythonEnvironmentError. */
export function prepareMinistack(log: (line: string) => void): Promise<string> {
  return preparePython(
    {
      name: "ministack",
      version: ministackVersion,
      packages: [`ministack==${ministackVersion}`],
      oldestPython: [3, 10],
      purpose: "Trying the deployment in an emulator of AWS",
    },
    { log },
  );
}

/** Starts the emulator on a free port of 127.0.0.1; what it writes goes into the folder. */
export async function startMinistack(python: string, folder: string): Promise<Ministack> {
  const port = await quietPort();
  // A group of its own: the functions' processes are its children and end with it.
  const child = spawn(python, ["-m", "ministack"], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      // The functions are started with the `node` that is found first.
      PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
      HOME: folder,
      TMPDIR: folder,
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      LAMBDA_EXECUTOR: "local",
      LOG_LEVEL: "INFO",
    },
  });
  childGuard().watch(child);
  const lastWords = tailOf(child);
  const url = `http://127.0.0.1:${port}`;
  const stop = () => stopGroup(child);
  const cause = await whyItIsNotUp(child, url);
  if (cause === null) return { url, lastWords, stop };
  await stop();
  const message = `MiniStack ${ministackVersion} did not start. Its last words:\n${lastWords()}`;
  throw new Error(message, { cause });
}

/** Null once it answers; else why it did not in time. */
async function whyItIsNotUp(child: ChildProcess, url: string): Promise<unknown> {
  const deadline = Date.now() + startTimeoutMs;
  let last: unknown = "it was not asked";
  while (Date.now() < deadline && !hasEnded(child)) {
    try {
      const response = await fetch(`${url}/_ministack/health`);
      if (response.ok) return null;
      last = `it answered ${response.status}`;
    } catch (error) {
      last = error;
    }
    await delay(100);
  }
  return last;
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = hasEnded(child) ? Promise.resolve() : once(child, "exit");
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid ?? 0), name);
    } catch (error) {
      // The whole group has ended already.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  };
  signal("SIGTERM");
  await Promise.race([ended, delay(stopTimeoutMs, undefined, { ref: false })]);
  // What holds a long poll does not hear the first.
  signal("SIGKILL");
  await ended;
}
