import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { MongoClient } from "mongodb";
import { childGuard } from "#local/lambda/child-guard.ts";
import { quietPort } from "#local/quiet-port.ts";
import { hasEnded, tailOf } from "#local/server-child.ts";
import { LocalDatabaseError } from "./errors.ts";

export type DatabaseServer = {
  name: string;
  command: string;
  args: (port: number) => string[];
};

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** Starts the server on a free port of 127.0.0.1 and waits until it answers a ping. */
export async function startServer(server: DatabaseServer): Promise<{
  uri: string;
  stop: (how: "in order" | "at once") => Promise<void>;
}> {
  const port = await quietPort();
  // Detached: Ctrl-C must not take the database away from under functions that are ending.
  const child = spawn(server.command, server.args(port), {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  childGuard().watch(child);
  const output = tailOf(child);
  const failed = once(child, "error").then(([error]) => error);
  // A mongod of its own takes no retryable writes, and SecantusDB goes through a list of its last
  // 10,000 at each.
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true&retryWrites=false`;
  const startError = await Promise.race([failed, whyNotAnswering(child, uri)]);
  if (startError !== undefined) {
    await stopChild(child, "SIGKILL");
    throw new LocalDatabaseError(
      "database.start_failed",
      `${server.name} did not start. If another hub runs on the same data folder, stop it first. ` +
        `Its last words:\n${output()}`,
      { cause: startError },
    );
  }
  return { uri, stop: (how) => stopChild(child, how === "at once" ? "SIGKILL" : "SIGTERM") };
}

async function whyNotAnswering(child: ChildProcess, uri: string): Promise<Error | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let last: unknown;
  while (Date.now() < deadline) {
    if (hasEnded(child)) return new Error(`it ended with code ${child.exitCode}`);
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 1_000 });
    try {
      await client.db("admin").command({ ping: 1 });
      return undefined;
    } catch (error) {
      last = error;
      await delay(50);
    } finally {
      await client.close();
    }
  }
  return new Error(`it did not answer within ${START_TIMEOUT_MS / 1000} s`, { cause: last });
}

async function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
