import type { MeterSnapshot } from "../meter/meter.ts";

export type RunRow = {
  bot: string;
  status: string;
  messages: number;
  attempts: number;
  asked: string;
  answered: string;
};

/** A table for a terminal; wide characters count double, so that Chinese lines up. */
export function drawTable(rows: readonly Record<string, string | number>[]): string {
  const [first] = rows;
  if (!first) return "(none)";
  const names = Object.keys(first);
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? "")))];
  const widths = names.map((_, column) =>
    Math.max(...cells.map((row) => width(row[column] ?? ""))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell))).join("  ");
  const rule = widths.map((size) => "─".repeat(size)).join("  ");
  const [head = [], ...body] = cells;
  return [line(head), rule, ...body.map(line)].map((text) => text.trimEnd()).join("\n");
}

function width(text: string): number {
  let columns = 0;
  for (const character of text)
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
        character,
      )
        ? 2
        : 1;
  return columns;
}

export function shorten(text: string | null, longest = 40): string {
  const oneLine = (text ?? "").replaceAll("\n", " ⏎ ");
  return oneLine.length > longest ? `${oneLine.slice(0, longest - 1)}…` : oneLine;
}

/** What the hub used, as AWS would count it. */
export function drawMeter(meter: MeterSnapshot): string {
  const functions = Object.entries(meter.functions).map(([name, used]) => ({
    function: name,
    invocations: used.invocations,
    "cold starts": used.coldStarts,
    "billed s": (used.billedMs / 1000).toFixed(1),
    "GB-s": used.gbSeconds.toFixed(2),
  }));
  const sqs = Object.values(meter.queueRequests).reduce((sum, count) => sum + count, 0);
  return [
    drawTable(functions),
    `SQS requests ${sqs} · schedule invocations ${meter.scheduler.invocations} · ` +
      `database commands ${databaseCommands(meter)}`,
  ].join("\n");
}

export function databaseCommands(meter: MeterSnapshot): number {
  return meter.database
    .filter(({ command }) => command !== "connection")
    .reduce((sum, { count }) => sum + count, 0);
}
