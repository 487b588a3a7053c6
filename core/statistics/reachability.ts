import { z } from "zod";
import type { HealthChange, HermesHealth } from "#core/agent-runs/hermes-health.store.ts";

const hourMs = 3_600_000;

/** How much of each of the last hours a Hermes was there, 0 to 1; null before it is known. */
export const ReachableHour = z.object({ from: z.date(), share: z.number().nullable() });
export type ReachableHour = z.infer<typeof ReachableHour>;

/**
 * Told from when it went and came back. A Hermes without a record had no trouble yet. Hours are
 * counted back from now, the oldest first.
 */
export function reachabilityOf(
  health: Pick<HermesHealth, "state" | "since" | "changes"> | null,
  { now, hours }: { now: Date; hours: number },
): ReachableHour[] {
  const spans = spansOf(health, now);
  return Array.from({ length: hours }, (_, at) => {
    const from = now.getTime() - (hours - at) * hourMs;
    return { from: new Date(from), share: shareOf(spans, from, from + hourMs) };
  });
}

type Span = { from: number; to: number; isUp: boolean };

function spansOf(
  health: Pick<HermesHealth, "state" | "since" | "changes"> | null,
  now: Date,
): Span[] {
  if (health === null) return [{ from: 0, to: now.getTime(), isUp: true }];
  const changes: Pick<HealthChange, "at" | "state">[] = health.changes ?? [
    { at: health.since, state: health.state },
  ];
  const spans = changes.map(({ at, state }, index): Span => {
    const to = changes[index + 1]?.at ?? now;
    return { from: at.getTime(), to: to.getTime(), isUp: state === "up" };
  });
  const [first] = changes;
  // What went away was there before, and what came back was not.
  return first
    ? [{ from: 0, to: first.at.getTime(), isUp: first.state !== "up" || !health.changes }, ...spans]
    : [{ from: 0, to: now.getTime(), isUp: true }];
}

function shareOf(spans: readonly Span[], from: number, to: number): number | null {
  let known = 0;
  let up = 0;
  for (const span of spans) {
    const ms = Math.max(0, Math.min(span.to, to) - Math.max(span.from, from));
    known += ms;
    if (span.isUp) up += ms;
  }
  return known === 0 ? null : up / known;
}
