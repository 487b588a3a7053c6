import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export type Ran = { ok: boolean; printed: string };

/** How the steps of a deployment start other programs; tests put a stand-in in place of `sst`. */
export type Runner = {
  /** Runs it with what it prints shown. */
  show(command: readonly string[], environment?: Record<string, string>): Promise<boolean>;
  /** Runs it and gives what it prints, which may hold secrets. */
  read(command: readonly string[]): Promise<Ran>;
};

export function runnerIn(folder: string): Runner {
  const start = (
    command: readonly string[],
    environment: Record<string, string>,
    shown: boolean,
  ) => {
    const [program = "", ...rest] = command;
    return spawn(program, rest, {
      cwd: folder,
      stdio: ["inherit", shown ? "inherit" : "pipe", "inherit"],
      env: { ...process.env, ...environment },
    });
  };
  return {
    async show(command, environment = {}) {
      const [code] = await once(start(command, environment, true), "exit");
      return code === 0;
    },
    async read(command) {
      const run = start(command, {}, false);
      const ended = once(run, "exit");
      const printed = run.stdout === null ? "" : await text(run.stdout);
      const [code] = await ended;
      return { ok: code === 0, printed };
    },
  };
}
