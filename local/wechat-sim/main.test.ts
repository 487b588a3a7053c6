import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { withSim } from "./sim-story.ts";

interface Ended {
  code: number | null;
  stderr: string;
}

/** The program in a process of its own. */
function run(args: string[], env: Record<string, string> = {}) {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = collect(child, "stdout");
  const errors = collect(child, "stderr");
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => resolve({ code, stderr: errors.text }));
  });
  return { child, output, ended };
}

function collect(child: ChildProcess, name: "stdout" | "stderr") {
  const output = { text: "", started: Promise.resolve() };
  output.started = new Promise<void>((resolve) => {
    child[name]?.on("data", (chunk: Buffer) => {
      output.text += chunk.toString();
      if (output.text.includes("Ctrl-C")) resolve();
    });
  });
  return output;
}

describe("the program", () => {
  it("says where to look, and stops on SIGINT although a poll of its page is open", async () => {
    const { child, output, ended } = run(["--seed", "5"], { PORT: "0" });
    await output.started;
    const url = /page\s+(http:\/\/127\.0\.0\.1:\d+)\//.exec(output.text)?.[1] ?? "";
    expect(await (await fetch(`${url}/_sim/state`)).json()).toMatchObject({ url, seed: 5 });
    const events = await fetch(`${url}/_sim/events`);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 0, stderr: "" });
    await expect(events.text()).rejects.toThrow(/terminated/);
  });

  it("starts with the rules of a file", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "wechat-sim-")), "rules.json");
    await writeFile(file, JSON.stringify({ send: { quota: 2 } }));
    const { output } = run(["--port", "0", "--config", file]);
    await output.started;
    const url = /page\s+(http:\S+)/.exec(output.text)?.[1] ?? "";
    const state = await (await fetch(new URL("_sim/state", url))).json();
    expect(state).toMatchObject({ config: { send: { quota: 2, burstLimit: 12 } } });
  });

  it("keeps its data in a file from one start to the next", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "wechat-sim-")), "wechat.json");
    const first = run(["--port", "0", "--data", file]);
    await first.output.started;
    const url = /page\s+(http:\S+)/.exec(first.output.text)?.[1] ?? "";
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: "Li" });
    await fetch(new URL("_sim/create-user", url), { method: "POST", headers, body });
    first.child.kill("SIGTERM");
    expect(await first.ended).toEqual({ code: 0, stderr: "" });
    const second = run(["--port", "0", "--data", file]);
    await second.output.started;
    const again = /page\s+(http:\S+)/.exec(second.output.text)?.[1] ?? "";
    const state = await (await fetch(new URL("_sim/state", again))).json();
    expect(state).toMatchObject({ users: [{ name: "Li" }] });
  });

  it("says what is wrong with a port, a rule, a port that is taken, or its data", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "wechat-sim-")), "rules.json");
    await writeFile(file, JSON.stringify({ send: { quotta: 2 } }));
    const { url } = await withSim();
    const broken = `${file}.broken`;
    await writeFile(broken, "{");
    const [port, rule, taken, data] = await Promise.all([
      run(["--port", "x"]).ended,
      run(["--port", "0", "--config", file]).ended,
      run(["--port", new URL(url).port]).ended,
      run(["--port", "0", "--data", broken]).ended,
    ]);
    expect(data).toMatchObject({ code: 1, stderr: expect.stringContaining(`mv '${broken}'`) });
    expect(port).toMatchObject({ code: 1, stderr: expect.stringContaining("no port number") });
    expect(rule).toMatchObject({ code: 1, stderr: expect.stringContaining("quotta") });
    expect(taken).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("another with --port"),
    });
  });
});
