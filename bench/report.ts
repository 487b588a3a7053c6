import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";

/** One row of a bench; null is what the database or machine at hand cannot show. */
export type Figure = {
  name: string;
  value: number | null;
  unit: string;
  /** What it is to be at the most, or at least. */
  goal?: { most: number } | { least: number };
  note?: string;
};

export type Surroundings = { database: string };

/** Prints the figures and writes `bench/results/<name>.json`, with where they were taken. */
export async function report(
  name: string,
  figures: readonly Figure[],
  { database }: Surroundings,
  say: (line: string) => void,
): Promise<void> {
  const table = new Table({
    head: [name, "", "goal", "of goal", ""],
    style: { head: [], border: [] },
    colWidths: [null, null, null, null, 60],
    wordWrap: true,
  });
  for (const each of figures) {
    table.push([each.name, valueOf(each), goalOf(each), ofGoal(each), each.note ?? ""]);
  }
  say(table.toString());
  const machine = {
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const folder = join(import.meta.dirname, "results");
  await mkdir(folder, { recursive: true });
  const at = new Date().toISOString().slice(0, 16);
  const result = { name, at, commit: commit(), machine, database, figures };
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

function valueOf({ value, unit }: Figure): string {
  return value === null ? "not measured here" : `${shortened(value)} ${unit}`.trim();
}

function goalOf({ goal, unit }: Figure): string {
  if (goal === undefined) return "";
  return "most" in goal ? `≤ ${goal.most} ${unit}` : `≥ ${goal.least} ${unit}`;
}

function ofGoal({ value, goal }: Figure): string {
  if (goal === undefined || value === null) return "";
  return `${(value / ("most" in goal ? goal.most : goal.least)).toFixed(2)}×`;
}

export function shortened(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return String(Number(value.toFixed(digits)));
}

/** The value below which this share lies; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, each) => sum + each, 0) / values.length;
}

function commit(): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
}
