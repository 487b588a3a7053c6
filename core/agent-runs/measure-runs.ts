import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import type { Measure } from "#core/telemetry/measure.ts";
import type { MetricName } from "#core/telemetry/metrics.ts";
import type { AgentRun, Attempt } from "./agent-run.ts";

const failures: Record<Extract<HermesOutcome, { kind: "failure" }>["concern"], MetricName> = {
  connection: "HermesUnreachable",
  capacity: "HermesBusy",
  message: "HermesTurnsFailed",
};

/** What one call of Hermes came to. A turn that goes on beyond the call is neither. */
export function measureHermes(measure: Measure, attempt: Attempt, outcome: HermesOutcome): void {
  if (outcome.kind === "answer") {
    measure.note("HermesSeconds", secondsBetween(attempt.startedAt, attempt.endedAt));
  } else if (outcome.class !== "in_progress") {
    measure.count(failures[outcome.concern]);
  }
}

/** A step of a run; null where somebody else had made one before. */
export function measureStep(measure: Measure, run: AgentRun | null): void {
  if (run?.status === "sent") {
    measure.count("AnswersSent");
    if (run.acceptedAt) measure.note("AnswerSeconds", secondsBetween(run.askedAt, run.acceptedAt));
  }
  if (run?.status === "parked") measure.count("AnswersParked");
  if (run?.status === "awaiting_review") measure.count("AnswersHeld");
  if (run?.status === "error") measure.count("RunsFailed");
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}
