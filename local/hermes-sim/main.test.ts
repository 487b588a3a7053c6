import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { describe, expect, it, onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

function run(args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function linesUntil(child: ChildProcess, isLast: RegExp): Promise<string[]> {
  if (!child.stdout) throw new Error("The child has no output.");
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (isLast.test(line)) return lines;
  }
  throw new Error(`The child ended early: ${lines.join("\n")}`);
}

describe("the command line", () => {
  it("prints where to look, takes the key from the environment, and stops on SIGINT", async () => {
    const ports = ["--port", "0", "--control-port", "0", "--tunnel-port", "0"];
    const child = run([...ports, "--release", "0.21"], { API_SERVER_KEY: "from-environment" });
    const text = (await linesUntil(child, /^Stop it/)).join("\n");
    expect(text).not.toContain("from-environment");
    const [api, tunnel, page] = ["API", "tunnel", "page"].map(
      (name) => new RegExp(`${name} +(http://127\\.0\\.0\\.1:\\d+\\S*)`).exec(text)?.[1] ?? "",
    );
    const headers = { authorization: "Bearer from-environment" };
    for (const base of [api, tunnel])
      expect((await fetch(`${base}/models`, { headers })).status).toBe(200);
    expect((await fetch(page ?? "")).status).toBe(200);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("explains a wrong option and starts nothing", async () => {
    const child = run(["--port", "99999"]);
    let told = "";
    child.stderr?.on("data", (chunk) => (told += String(chunk)));
    expect(await once(child, "close")).toEqual([2, null]);
    expect(told).toContain("port");
    expect(told).toContain("Usage:");
  });
});
