import type { Changes } from "./changes.ts";
import type { HermesSimConfig } from "./config.ts";
import type { IdMaker } from "./id-maker.ts";

const TERMINAL_STATUSES = ["completed", "failed", "cancelled", "interrupted"] as const;

export type RunStatus =
  | "queued"
  | "running"
  | "waiting_for_approval"
  | "stopping"
  | (typeof TERMINAL_STATUSES)[number];

export interface RunUsage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
}

/** What a status change may bring along, named as on the wire. */
export interface RunFields {
  /** Null when the turn was cut off before its first word. */
  output?: string | null;
  error?: string;
  usage?: RunUsage;
  completed?: boolean;
  partial?: boolean;
  interrupted?: boolean;
}

export interface Run {
  runId: string;
  profile: string | null;
  sessionId: string;
  model: string;
  status: RunStatus;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  lastEvent: string | null;
  fields: RunFields;
  /** Null without a key: such a run dies with the process. */
  key: { value: string; fingerprint: string } | null;
}

export type NewRun = Pick<Run, "runId" | "profile" | "sessionId" | "model" | "key">;

export type KeyLookup = { outcome: "new" | "conflict" } | { outcome: "reused"; run: Run };

export interface RunsParts {
  config: HermesSimConfig;
  changes: Changes;
  now: () => number;
  newId: IdMaker;
}

/** The runs that can still be asked for (reference/hermes.md 1.5). */
export class Runs {
  readonly #parts: Readonly<RunsParts>;
  readonly #runs = new Map<string, Run>();
  readonly #approvals = new Map<string, (isApproved: boolean) => void>();

  constructor(parts: Readonly<RunsParts>) {
    this.#parts = parts;
  }

  newRunId(): string {
    return `run_${this.#parts.newId(32)}`;
  }

  create(newRun: NewRun): Run {
    const now = this.#parts.now();
    const run: Run = {
      ...newRun,
      status: "queued",
      createdAt: now,
      updatedAt: now,
      lastEvent: null,
      fields: {},
    };
    this.#runs.set(run.runId, run);
    this.#parts.changes.notify();
    return run;
  }

  /** Whether this key already made a run, from the same payload or another. */
  lookUp(profile: string | null, key: { value: string; fingerprint: string }): KeyLookup {
    this.#expire();
    for (const run of this.#runs.values()) {
      if (run.key?.value !== key.value || !this.#isOwnedBy(run, profile)) continue;
      if (run.key.fingerprint !== key.fingerprint) return { outcome: "conflict" };
      return { outcome: "reused", run };
    }
    return { outcome: "new" };
  }

  /** Null for an unknown or expired one, and for another profile's. */
  find(profile: string | null, runId: string): Run | null {
    this.#expire();
    const run = this.#runs.get(runId);
    return run && this.#isOwnedBy(run, profile) ? run : null;
  }

  list(): Run[] {
    this.#expire();
    return [...this.#runs.values()].map((run) => ({ ...run }));
  }

  /** Moves a run on; what is terminal stays as it is. */
  set(run: Run, status: RunStatus, lastEvent: string | null, fields: RunFields = {}): void {
    if (isTerminal(run)) return;
    Object.assign(run, { status, updatedAt: this.#parts.now() });
    Object.assign(run.fields, fields);
    if (lastEvent !== null) run.lastEvent = lastEvent;
    if (isTerminal(run)) this.#approvals.delete(run.runId);
    this.#parts.changes.notify();
  }

  /** Puts the run before a person; resolves with the decision. */
  askApproval(run: Run): Promise<boolean> {
    this.set(run, "waiting_for_approval", "approval.request");
    return new Promise((resolve) => this.#approvals.set(run.runId, resolve));
  }

  /** False when nothing waits for a decision. */
  decide(run: Run, isApproved: boolean): boolean {
    const resolve = this.#approvals.get(run.runId);
    if (!resolve) return false;
    this.#approvals.delete(run.runId);
    this.set(run, "running", "approval.responded");
    resolve(isApproved);
    return true;
  }

  /** A new process knows only the runs that had a key, and none of them runs any more. */
  restart(): void {
    this.#approvals.clear();
    for (const run of this.#runs.values()) {
      if (run.key === null) this.#runs.delete(run.runId);
      else this.set(run, "interrupted", "run.interrupted", { error: INTERRUPTED_ERROR });
    }
  }

  #isOwnedBy(run: Run, profile: string | null): boolean {
    return !this.#parts.config.keepsProfilesApart || run.profile === profile;
  }

  #expire(): void {
    const { runStatusSeconds, runsReplaySeconds } = this.#parts.config;
    for (const run of this.#runs.values()) {
      const keptSeconds = run.key === null ? runStatusSeconds : runsReplaySeconds;
      const isOld = this.#parts.now() - run.updatedAt > keptSeconds * 1000;
      if (isTerminal(run) && isOld) this.#runs.delete(run.runId);
    }
  }
}

export function isTerminal({ status }: Run): boolean {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

/** The run as `GET /v1/runs/{id}` shows it, times in seconds. */
export function runToWire(run: Run): Record<string, unknown> {
  return {
    object: "hermes.run",
    run_id: run.runId,
    status: run.status,
    updated_at: run.updatedAt / 1000,
    created_at: run.createdAt / 1000,
    session_id: run.sessionId,
    model: run.model,
    ...run.fields,
    ...(run.lastEvent === null ? {} : { last_event: run.lastEvent }),
  };
}

const INTERRUPTED_ERROR = "The gateway restarted before this run settled.";
