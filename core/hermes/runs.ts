import type { Facts } from "./facts.ts";
import { RunStarted, RunStopped } from "./hermes.wire.ts";
import {
  failureOf,
  findFailure,
  toOutcome,
  type HermesFailure,
  type HermesOutcome,
} from "./outcomes.ts";

export type RunStart =
  /** `replayed`: the key was known, this is the run that it began. */
  { kind: "started"; runId: string; replayed: boolean } | HermesFailure;

/** A run that goes on, or its outcome. */
export type HermesRunState = { kind: "running"; status: string } | HermesOutcome;

export type RunStop =
  /** `stopping`: it ends in a moment. */
  { kind: "stopping" | "over"; status: string | undefined } | HermesFailure;

/** `denied`: the turn goes on without it, or waits for no consent any more. */
export type RunDenial = { kind: "denied" } | HermesFailure;

export function readRunStart(facts: Facts): RunStart {
  const failure = findFailure(facts);
  if (failure !== undefined) return failure;
  const { data } = RunStarted.safeParse(facts.json);
  if (data === undefined) return failureOf("not_hermes", facts);
  return { kind: "started", runId: data.run_id, replayed: data.replayed === true };
}

export function readRunState(facts: Facts): HermesRunState {
  const failure = findFailure(facts);
  if (failure !== undefined) return failure;
  return facts.turn && !facts.turn.isOver
    ? { kind: "running", status: facts.turn.status }
    : toOutcome(facts);
}

/** Older servers know nothing of a finished run, newer ones tell how it ended. */
export function readRunStop(facts: Facts): RunStop {
  const failure = findFailure(facts);
  if (failure?.row === "run_not_found") return { kind: "over", status: undefined };
  if (failure !== undefined) return failure;
  const { status } = RunStopped.parse(facts.json);
  return { kind: status === "stopping" ? "stopping" : "over", status };
}

export function readRunDenial(facts: Facts): RunDenial {
  const failure = findFailure(facts);
  // Somebody else decided, or its time was up.
  if (failure === undefined || failure.row === "conflict") return { kind: "denied" };
  return failure;
}
