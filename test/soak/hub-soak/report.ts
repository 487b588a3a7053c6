import { drawTable } from "#local/demo/report.ts";
import type { MeterSnapshot } from "#local/meter/meter.ts";
import type { Findings } from "../../proof/check.ts";
import type { Counts } from "./findings.ts";
import type { Heard } from "./function-lines.ts";
import {
  growthOf,
  instanceTolerance,
  mainTolerance,
  measures,
  type Growth,
  type Level,
  type Measure,
} from "./levels.ts";
import type { Plan } from "./soak-hub.ts";
import type { Trouble } from "./trouble.ts";

export type Run = {
  plan: Plan;
  counts: Counts;
  findings: Findings;
  trouble: Trouble;
  heard: Heard;
  /** Of this process: what nobody waited for, and its levels while contacts wrote. */
  unhandledHere: readonly string[];
  levelsHere: readonly Level[];
  functions: MeterSnapshot["functions"];
  seconds: number;
};

/** An instance that lived so long is measured however long the soak was. */
const longEnoughMs = 120_000;

type GrowthRow = Growth & { process: string };

/** Everything a run showed, in one object; `ok` says whether all held. */
export function reportOf(run: Run) {
  const { plan, counts, findings, trouble, heard } = run;
  const growth = growthRows(run);
  const crashes = Object.entries(run.functions).flatMap(([name, { outcomes }]) =>
    (["timeout", "out_of_memory"] as const).flatMap((end) =>
      outcomes[end] > 0 ? `${name}: ${outcomes[end]} ${end}` : [],
    ),
  );
  const broken = [...run.unhandledHere, ...heard.unhandled, ...crashes, ...trouble.failures];
  const { lostInFlight, ...wrong } = findings;
  // Kills, new settings and want of work end instances; of some function one must have lived on.
  const measured = new Set(growth.map(({ process }) => process));
  const unmeasured = [
    ...(measured.has("main") ? [] : ["the main process"]),
    ...(measured.size > 1 ? [] : ["any function's instance"]),
  ];
  const ok =
    broken.length === 0 &&
    unmeasured.length === 0 &&
    growth.every(({ isFlat }) => isFlat) &&
    Object.values(wrong).every((found) => found.length === 0);
  return {
    ok,
    ...plan,
    seconds: run.seconds,
    ...counts,
    lost: wrong.lost,
    duplicated: wrong.duplicated,
    outOfOrder: wrong.outOfOrder,
    stuck: wrong.stuck,
    lostInFlight: lostInFlight.length,
    broken,
    unmeasured,
    faults: byName(trouble.struck),
    refusals: byName(trouble.refusals),
    thrown: Object.fromEntries(heard.thrown),
    functions: Object.fromEntries(
      Object.entries(run.functions).map(([name, { invocations, coldStarts, outcomes }]) => [
        name,
        { invocations, coldStarts, ...outcomes },
      ]),
    ),
    growth,
  };
}
export type Report = ReturnType<typeof reportOf>;

function byName(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => a.localeCompare(b)));
}

/** The main process, and of each function the instance that grew most. */
function growthRows({ plan, levelsHere, heard }: Run): GrowthRow[] {
  const halfMs = plan.minutes * 60_000 * 0.45;
  const instanceMs = Math.min(halfMs / 2, longEnoughMs);
  const rows: GrowthRow[] = [];
  const add = (process: string, all: readonly Growth[]) =>
    rows.push(...all.map((growth) => ({ process, ...growth })));
  add("main", growthOf(levelsHere, mainTolerance, halfMs) ?? []);
  const byFunction = Map.groupBy(heard.levels, ([key]) => key.split(" ")[0] ?? "");
  for (const [name, instances] of byFunction) {
    const all = instances.flatMap(
      ([, levels]) => growthOf(levels, instanceTolerance, instanceMs) ?? [],
    );
    add(
      name,
      measures.flatMap((measure) => worst(all, measure)),
    );
  }
  return rows;
}

function worst(all: readonly Growth[], wanted: Measure): Growth[] {
  const sorted = all
    .filter(({ measure }) => measure === wanted)
    .toSorted((a, b) => b.end / b.most - a.end / a.most);
  return sorted.slice(0, 1);
}

/** The report for programs: how many of each, memory and handles apart, and what was found in words. */
export function inNumbers(report: Report) {
  const { lost, duplicated, outOfOrder, stuck, broken, growth, ...others } = report;
  const found = { lost, duplicated, outOfOrder, stuck, broken };
  return {
    ...others,
    lost: lost.length,
    duplicated: duplicated.length,
    outOfOrder: outOfOrder.length,
    stuck: stuck.length,
    broken: broken.length,
    memory: growth.filter(({ measure }) => measure !== "handles"),
    handles: growth.filter(({ measure }) => measure === "handles"),
    found,
  };
}

/** The report for people. */
export function draw(report: Report): string {
  const count = (found: readonly string[]) => String(found.length);
  const figures = {
    written: report.sent,
    stored: report.stored,
    "of old logins": report.ofOldLogins,
    "lost in flight": report.lostInFlight,
    answered: report.answered,
    bubbles: report.bubbles,
    "dead jobs": report.deadJobs,
    lost: count(report.lost),
    duplicated: count(report.duplicated),
    "out of order": count(report.outOfOrder),
    stuck: count(report.stuck),
    broken: count(report.broken),
  };
  const wrong = ["lost", "duplicated", "outOfOrder", "stuck", "broken", "unmeasured"] as const;
  return [
    drawTable(Object.entries(figures).map(([what, number]) => ({ what, number }))),
    drawTable(Object.entries(report.runs).map(([run, number]) => ({ run, number }))),
    drawTable(Object.entries(report.faults).map(([fault, times]) => ({ fault, times }))),
    drawTable(report.growth.map(growthLine)),
    drawTable(
      Object.entries(report.functions).map(([name, used]) => ({ function: name, ...used })),
    ),
    ...wrong.flatMap((kind) => report[kind].slice(0, 20).map((each) => `✗ ${kind}: ${each}`)),
    `${report.ok ? "✓ all held" : "✗ not all held"} · seed ${report.seed} · ${report.seconds} s`,
  ].join("\n\n");
}

function growthLine({ process, measure, early, end, most, isFlat }: GrowthRow) {
  const digits = measure === "handles" ? 0 : 1;
  return {
    process,
    measure,
    "after a third": early.toFixed(digits),
    "at the end": end.toFixed(digits),
    "at most": most.toFixed(digits),
    flat: isFlat ? "yes" : "NO",
  };
}
