import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listen } from "./function-lines.ts";
import { growthOf, instanceTolerance, levelHere, type Level } from "./levels.ts";

const minuteMs = 60_000;

/** A level each five seconds for three minutes. */
function levels(of: (share: number) => Partial<Level>): Level[] {
  return Array.from({ length: 37 }, (_, n) => {
    return { atMs: 1_000 + n * 5_000, rssMb: 100, heapMb: 30, handles: 20, ...of(n / 36) };
  });
}

function grown(all: readonly Level[]): string[] | undefined {
  return growthOf(all, instanceTolerance, minuteMs)?.flatMap(({ measure, isFlat }) =>
    isFlat ? [] : measure,
  );
}

describe("levels", () => {
  test("that begin high or have a peak are flat", () => {
    expect(grown(levels((share) => ({ heapMb: share < 0.25 ? 90 : 30 })))).toEqual([]);
    expect(grown(levels((share) => ({ handles: share === 1 ? 500 : 20 })))).toEqual([]);
  });

  test("that go on rising are not", () => {
    expect(grown(levels((share) => ({ heapMb: 30 + 40 * share })))).toEqual(["heapMb"]);
    expect(grown(levels((share) => ({ rssMb: 100 + 200 * share })))).toEqual(["rssMb"]);
    expect(grown(levels((share) => ({ handles: 20 + 60 * share })))).toEqual(["handles"]);
  });

  test("of a life too short to tell are not judged", () => {
    expect(grown(levels(() => ({})).slice(0, 5))).toBeUndefined();
    expect(grown([])).toBeUndefined();
  });

  test("of this process leave out what is garbage", () => {
    const before = levelHere(0).heapMb;
    const kept = Array.from({ length: 200_000 }, (_, n) => ({ n }));
    expect(levelHere(0).heapMb - before).toBeGreaterThan(3);
    expect(kept.splice(0).length).toBe(200_000);
    expect(levelHere(0).heapMb - before).toBeLessThan(3);
  });
});

describe("lines of functions", () => {
  const hear = (stream: "stdout" | "stderr", ...lines: string[]) => {
    const listening = listen();
    for (const line of lines) listening.hear({ functionName: "poll", stream, line });
    return listening.heard;
  };

  test("tell of errors that nobody waited for, and of warnings of Node", () => {
    const runtime = "2026-11-23T04:00:00.000Z\tid\tERROR\t";
    const heard = hear(
      "stderr",
      `${runtime}Runtime.UnhandledPromiseRejection\t{"errorType":"TypeError"}`,
      `${runtime}Runtime.UncaughtException\t{"errorType":"Error"}`,
      "(node:7) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.",
      `${runtime}Invoke Error\t{"errorType":"MongoNetworkError"}`,
    );
    expect(heard.unhandled).toHaveLength(3);
    expect([...heard.thrown.values()]).toEqual([1]);
  });

  test("tell an instance's levels, as its probe writes them", () => {
    const probe = join(import.meta.dirname, "instance-probe.mjs");
    const script = `
      const now = performance.now;
      const { probe } = await import(${JSON.stringify(probe)});
      performance.now = () => now.call(performance) + 6_000;
      const answer = await probe(async (n) => n + 1)(1);
      if (answer !== 2) throw new Error("the handler's answer is lost");`;
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", script]);
    const { levels: told, unhandled } = hear("stdout", ...String(said).trim().split("\n"));
    const [[key, [level] = []] = []] = told;
    expect(key).toMatch(/^poll \d+$/);
    expect(level?.heapMb).toBeGreaterThan(1);
    expect(level?.rssMb).toBeGreaterThan(level?.heapMb ?? 0);
    expect(unhandled).toEqual([]);
  });
});
