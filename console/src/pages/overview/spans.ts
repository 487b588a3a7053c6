import type { Hour } from "./read-overview.ts";

export const counters = ["messagesIn", "answered", "held", "waiting", "failed"] as const;
export type Counter = (typeof counters)[number];

/** One bar of the chart: an hour, or a day of the reader's zone. */
export type Span = Record<Counter, number> & { from: string };

/** Hours as they are, or the hours of each day together. */
export function spansOf(hours: readonly Hour[], by: "hour" | "day", zone: string): Span[] {
  if (by === "hour") return hours.map(({ hour, ...counts }) => ({ from: hour, ...counts }));
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  const days = new Map<string, Span>();
  for (const { hour, ...counts } of hours) {
    const name = day.format(new Date(hour));
    const before = days.get(name) ?? { from: hour, ...none };
    const sums = counters.map((counter) => [counter, before[counter] + counts[counter]] as const);
    days.set(name, { ...before, ...Object.fromEntries(sums) });
  }
  return [...days.values()];
}

export function totalOf(spans: readonly Span[], counter: Counter): number {
  return spans.reduce((sum, span) => sum + span[counter], 0);
}

const none = { messagesIn: 0, answered: 0, held: 0, waiting: 0, failed: 0 };
