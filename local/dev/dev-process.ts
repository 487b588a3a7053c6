import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createHubClient, type HubClient } from "../hub-client.ts";
import { eventually } from "../eventually.ts";

/** For tests: `npm run dev` in a process of its own, with fast minutes and free ports. */
export type DevProcess = {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Resolves once it runs. Throws with its last words when it ends instead. */
  started: () => Promise<{ client: HubClient; wechatUrl: string }>;
  /** Sends the signal, if any, and gives the exit code once the process has gone. */
  ended: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** Every process under it, now. */
  children: () => number[];
};

const START_TIMEOUT_MS = 90_000;

export function startDevProcess(options: {
  dataDir: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}): DevProcess {
  const { dataDir, args = [], env = {} } = options;
  const usual = ["--data", dataDir, "--port", "0", "--pace", "fast", "--built"];
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "main.ts"), ...usual, ...args],
    // The settings of whoever runs the tests stay out, and so does a .env in their folder.
    { cwd: dataDir, env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env } },
  );
  const lines = linesOf(child);
  const closed = once(child, "close");
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    lines,
    started: () =>
      eventually(
        "npm run dev has started",
        async () => {
          if (hasEnded()) return Promise.reject(new Error(lines.join("\n")));
          return placesIn(lines.join("\n"));
        },
        START_TIMEOUT_MS,
      ),
    async ended(signal) {
      if (signal !== undefined) child.kill(signal);
      await closed;
      return child.exitCode;
    },
    children: () => descendantsOf(child.pid ?? 0),
  };
}

function linesOf(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  return lines;
}

function placesIn(output: string): { client: HubClient; wechatUrl: string } | null {
  const [, hub = "", token = ""] = /export HUB=(\S+) TOKEN=(\S+)/.exec(output) ?? [];
  const [, wechatUrl = ""] = /chat page\s+(\S+)\//.exec(output) ?? [];
  return output.includes("Ctrl-C") ? { client: createHubClient(hub, token), wechatUrl } : null;
}

function descendantsOf(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
  const pairs = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const under = (parent: number): number[] =>
    pairs.flatMap(([child = 0, of]) => (of === parent ? [child, ...under(child)] : []));
  return under(pid);
}
