import type { Area, ToldLine } from "./check-line.ts";
import { here } from "./context.ts";
import type { DoctorReport } from "./run-doctor.ts";

const marks = { pass: "✓", fail: "✗", skipped: "–" } as const;
const nameWidth = 14;

/** An area for a person; lines that say the same share one. */
export function describeArea(area: Area, lines: readonly ToldLine[]): string {
  const groups = Map.groupBy(lines, (line) =>
    line.status === "fail" ? line.name : `${line.status} ${line.seen}`,
  );
  return [area, ...[...groups.values()].map(describeGroup)].join("\n");
}

export function describeEnd({ ok, passed, failed, skipped }: DoctorReport): string {
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return ok ? counts : `${counts}. docs/hermes.md has a table of all faults.`;
}

function describeGroup(lines: ToldLine[]): string {
  const [first, ...others] = lines;
  if (first === undefined) return "";
  const { status, seen, fault, cause, cure, where } = first;
  const names = [first, ...others].map(({ name }) => name).join(", ");
  // On one's own machine nobody asks from where.
  const tried = where === here || status === "skipped" ? "" : ` (from ${where})`;
  const told = `  ${marks[status]} ${names.padEnd(nameWidth)} ${seen}`.trimEnd() + tried;
  if (status !== "fail") return told;
  const indent = " ".repeat(nameWidth + 5);
  return [told, `${indent}${fault}: ${cause}`, `${indent}→ ${cure}`].join("\n");
}
