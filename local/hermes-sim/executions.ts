export type Outcome = "completed" | "partial" | "failed" | "exception" | "stopped" | "killed";

/** One turn that the agent really ran; replays and joins add none. */
export interface Execution {
  id: string;
  sessionId: string;
  profile: string | null;
  /** The words of this request alone. */
  text: string;
  /** The words the model got; more than `text` when unanswered ones were merged in. */
  seenText: string;
  via: "chat" | "runs";
  runId: string | null;
  idempotencyKey: string | null;
  startedAt: Date;
  endedAt: Date | null;
  outcome: Outcome | null;
}

/** The turn was cut short: by a stop, or because the process died. */
export class TurnCut extends Error {
  override readonly name = "TurnCut";
  readonly outcome: "stopped" | "killed";

  constructor(outcome: "stopped" | "killed") {
    super(`The turn was ${outcome}.`);
    this.outcome = outcome;
  }
}
