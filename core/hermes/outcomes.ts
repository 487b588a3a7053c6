import { failureTable, type FailureRow, type RowName } from "./failure-table.ts";
import type { Facts } from "./facts.ts";
import type { JsonObject } from "./hermes.wire.ts";

export type FailureClass =
  /** Nobody is there: queue it, try later with the same key. */
  | "unavailable"
  /** Either nobody is there or the turn failed: `resolveAmbiguous` finds out. */
  | "ambiguous"
  /** The agent is still at work: repeat with the same key and bytes, or poll the run. */
  | "in_progress"
  /** No place free: back off with jitter. */
  | "busy"
  /** A setting or something between us and Hermes must be changed by a person. */
  | "misconfigured"
  /** An exception inside Hermes: at most two repeats. */
  | "transient"
  /** The turn is gone: look at the session's messages, else ask anew. */
  | "lost"
  /** This message as it is will never be taken. */
  | "refused"
  /** The turn ended without an answer: ask anew later, or say so. */
  | "failed_turn"
  /** The turn ended well but said nothing: once more, then say so. */
  | "empty"
  /** The agent waits for somebody's consent. */
  | "needs_person";

/** Whose trouble it is: an outage of Hermes, a queue, or this one message's attempt. */
export type Concern = "connection" | "capacity" | "message";

export type HermesFailure = {
  kind: "failure";
  class: FailureClass;
  concern: Concern;
  /** The row of the failure table, such as `edge_524`. */
  row: RowName;
  /** How long Hermes or the tunnel asks us to wait. */
  retryAfterMs?: number;
  /** How many questions Hermes takes at once, where it says so as it refuses one. */
  places?: number;
  /** Whether the request reached Hermes. */
  sent: "no" | "unknown" | "yes";
  /** Hermes keeps this outcome under the key, so a repeat must bring another. */
  newKeyNeeded: boolean;
  /** For a person: what happened and what to do. Holds nothing of the message, no key, no URL. */
  cause: string;
  httpStatus?: number;
  /** The JSON that came, for the record only. */
  raw?: JsonObject;
};

export type HermesAnswer = {
  kind: "answer";
  text: string;
  /** Cut at a length, a budget or an interrupt: deliver it with a note. */
  partial: boolean;
  responseId?: string;
  usage?: JsonObject;
  raw: JsonObject;
};

/** What came of a question: never thrown, since each is to be expected. */
export type HermesOutcome = HermesAnswer | HermesFailure;

export const concernOf: Record<FailureClass, Concern> = {
  unavailable: "connection",
  ambiguous: "connection",
  misconfigured: "connection",
  in_progress: "capacity",
  busy: "capacity",
  transient: "message",
  lost: "message",
  refused: "message",
  failed_turn: "message",
  empty: "message",
  needs_person: "message",
};

/** How often a message is asked at the most, where the setting allows more (reference/hermes.md 2). */
export const mostTriesOf: Partial<Record<FailureClass, number>> = {
  // Each repeat may do the agent's work again.
  transient: 3,
  empty: 2,
};

/** What came of a question. */
export function toOutcome(facts: Facts): HermesOutcome {
  const failure = findFailure(facts);
  if (failure !== undefined) return failure;
  const { turn, json } = facts;
  if (turn === undefined || json === undefined) return failureOf("not_hermes", facts);
  return {
    kind: "answer",
    text: turn.text,
    partial: turn.partial,
    ...(turn.responseId === undefined ? {} : { responseId: turn.responseId }),
    ...(turn.usage === undefined ? {} : { usage: turn.usage }),
    raw: json,
  };
}

/** What an ambiguous failure was, now that we know whether Hermes is healthy. */
export function settleAmbiguous(failure: HermesFailure, isHealthy: boolean): HermesFailure {
  const row: FailureRow = failureTable[failure.row];
  const settled = isHealthy ? (row.whenHealthy ?? failure.class) : "unavailable";
  return {
    ...failure,
    class: settled,
    concern: concernOf[settled],
    newKeyNeeded: settled === "failed_turn",
  };
}

/** What the table says of a reply, or undefined when it is no failure. */
export function findFailure(facts: Facts): HermesFailure | undefined {
  const row = rowNames.find((name) => failureTable[name].seen(facts));
  return row && failureOf(row, facts);
}

/** The failure of this row, for a caller that knows more than the reply tells. */
export function failureOf(name: RowName, facts: Facts): HermesFailure {
  const row: FailureRow = failureTable[name];
  return {
    kind: "failure",
    class: row.class,
    concern: concernOf[row.class],
    row: name,
    sent: row.sent ?? facts.sent,
    newKeyNeeded: row.newKeyNeeded ?? false,
    cause: row.cause,
    ...(facts.retryAfterMs === undefined ? {} : { retryAfterMs: facts.retryAfterMs }),
    ...(name === "capacity_reached" ? placesIn(facts.message) : {}),
    ...(facts.httpStatus === 0 ? {} : { httpStatus: facts.httpStatus }),
    ...(facts.json === undefined ? {} : { raw: facts.json }),
  };
}

/** "Too many concurrent runs (max 10)": its max_concurrent_runs. */
function placesIn(message: string): { places?: number } {
  const most = Number(/\(max (\d{1,4})\)/.exec(message)?.[1] ?? 0);
  return most > 0 ? { places: most } : {};
}

const rowNames = Object.keys(failureTable).filter((name): name is RowName => name in failureTable);
