import { faults, type FaultName } from "./faults.ts";

export const areas = ["settings", "database", "queue", "schedules", "hermes", "bots"] as const;
export type Area = (typeof areas)[number];

/** One thing that was looked at. What it shows holds no secret and no message text. */
export type CheckLine = {
  area: Area;
  name: string;
  status: "pass" | "fail" | "skipped";
  /** What was found; of a skipped line, what to set or which line it waits for. */
  seen: string;
  /** The row of the troubleshooting table in docs/hermes.md. */
  fault?: FaultName;
  cause?: string;
  cure?: string;
  /** Set where the time tells something. */
  tookMs?: number;
};

/** A line as it stands in the report. */
export type ToldLine = CheckLine & {
  /** Where it was tried: this machine, or the deployed function that looked. */
  where: string;
};

/** Makes the lines of one area. */
export function linesOf(area: Area) {
  const pass = (name: string, seen = ""): CheckLine => ({ area, name, status: "pass", seen });
  const skip = (name: string, seen: string): CheckLine => ({ area, name, status: "skipped", seen });
  const fail = (name: string, fault: FaultName, seen: string): CheckLine => ({
    area,
    name,
    status: "fail",
    seen,
    fault,
    ...faults[fault],
  });
  return { pass, skip, fail };
}

export type Step = {
  name: string;
  run: () => CheckLine | Promise<CheckLine>;
  /** When later steps are taken although this one did not pass; never unless said. */
  goOn?: "when skipped" | "always";
};

/** Takes the steps one after another; those behind one that did not pass wait for it. */
export async function inOrder(area: Area, steps: readonly Step[]): Promise<CheckLine[]> {
  const lines: CheckLine[] = [];
  let blockedBy: string | undefined;
  for (const { name, run, goOn } of steps) {
    if (blockedBy !== undefined) {
      lines.push(linesOf(area).skip(name, `waits for ${area}.${blockedBy}`));
      continue;
    }
    const line = await run();
    lines.push(line);
    const isPassable =
      line.status === "pass" ||
      goOn === "always" ||
      (goOn === "when skipped" && line.status === "skipped");
    if (!isPassable) blockedBy = name;
  }
  return lines;
}
