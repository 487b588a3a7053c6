import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { z } from "zod";

/** Memory after a garbage collection, and what is open, at one moment. */
export type Level = { atMs: number; rssMb: number; heapMb: number; handles: number };
export type Measure = "rssMb" | "heapMb" | "handles";
export const measures: readonly Measure[] = ["rssMb", "heapMb", "handles"];

/** The most that the end may be: `times` the level after the first third, and `plus`. */
export type Tolerance = Readonly<Record<Measure, { times: number; plus: number }>>;

/**
 * The simulators and the queue live in the main process, and what they remember of each message and
 * call is kept on purpose.
 */
export const mainTolerance: Tolerance = {
  rssMb: { times: 1.25, plus: 64 },
  heapMb: { times: 1.25, plus: 24 },
  // Each instance at work has its pipes and connections here, and how many are at work goes up and down.
  handles: { times: 1.5, plus: 150 },
};
/** Of a function's instance; what it may keep does not depend on how many events it has seen. */
export const instanceTolerance: Tolerance = {
  rssMb: { times: 1.15, plus: 24 },
  heapMb: { times: 1.15, plus: 6 },
  handles: { times: 1, plus: 15 },
};

export type Growth = {
  measure: Measure;
  early: number;
  end: number;
  most: number;
  isFlat: boolean;
};

/**
 * How a process was after the first third of its measured life, and at its end; null when it did not
 * live long enough to tell. Each is the middle of several levels.
 */
export function growthOf(
  levels: readonly Level[],
  tolerance: Tolerance,
  shortestMs: number,
): Growth[] | null {
  const [first, last] = [levels.at(0), levels.at(-1)];
  if (!first || !last || last.atMs - first.atMs < shortestMs) return null;
  const at = (share: number) => first.atMs + (last.atMs - first.atMs) * share;
  const early = levels.filter(({ atMs }) => atMs >= at(0.3) && atMs <= at(0.55));
  const end = levels.filter(({ atMs }) => atMs >= at(0.8));
  if (early.length < 2 || end.length < 2) return null;
  return measures.map((measure) => {
    const [before, after] = [middle(early, measure), middle(end, measure)];
    const most = before * tolerance[measure].times + tolerance[measure].plus;
    return { measure, early: before, end: after, most, isFlat: after <= most };
  });
}

setFlagsFromString("--expose-gc");
const collectGarbage = z.function({ input: [], output: z.void() }).parse(runInNewContext("gc"));

/** The level of this process. */
export function levelHere(atMs: number): Level {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return toLevel(atMs, { rss, heapUsed, handles: process.getActiveResourcesInfo().length });
}

const Told = z.object({
  soakLevel: z.object({
    pid: z.number(),
    rss: z.number(),
    heapUsed: z.number(),
    handles: z.number(),
  }),
});

/** What an instance said of itself by `instance-probe.mjs`; null for any other line. */
export function readLevel(line: string, atMs: number): { pid: number; level: Level } | null {
  if (!line.startsWith('{"soakLevel"')) return null;
  const { soakLevel } = Told.parse(JSON.parse(line));
  return { pid: soakLevel.pid, level: toLevel(atMs, soakLevel) };
}

function toLevel(
  atMs: number,
  { rss, heapUsed, handles }: { rss: number; heapUsed: number; handles: number },
): Level {
  return { atMs, rssMb: rss / 2 ** 20, heapMb: heapUsed / 2 ** 20, handles };
}

function middle(levels: readonly Level[], measure: Measure): number {
  const sorted = levels.map((level) => level[measure]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
