import type { HermesClient } from "#core/hermes/hermes.client.ts";
import type { HermesFailure, HermesOutcome } from "#core/hermes/outcomes.ts";
import type { Clock } from "#core/shared/clock.ts";
import type { HermesRequest } from "./agent-run.ts";

export type Question = {
  hermes: HermesClient;
  clock: Clock;
  request: HermesRequest;
  sessionKey: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** How often a dangerous command is refused before the turn is stopped: nobody is there to consent. */
  mostDenials: number;
  /** Keeps the run's id at Hermes before anything else is done with it. */
  keepHermesRunId: (hermesRunId: string) => Promise<void>;
};

/** Often at first, since most turns are short; then at a pace that a tunnel does not mind. */
const quickPolls = 10;
const quickPollMs = 1_000;
const slowPollMs = 2_500;

/**
 * Asks Hermes in the way the request was made for (reference/hermes.md 3.2): a run that is submitted
 * and polled, where the server keeps runs durably, else one plain chat call. Both may be repeated
 * with the same request: the repeat joins.
 */
export function questionHermes(question: Question): Promise<HermesOutcome> {
  return question.request.via === "runs" ? askByRun(question) : askByChat(question);
}

async function askByChat({ hermes, request, sessionKey, timeoutMs, signal }: Question) {
  const outcome = await hermes.ask({
    body: request.body,
    idempotencyKey: request.key,
    sessionId: request.sessionId,
    sessionKey,
    timeoutMs,
    signal,
  });
  return hermes.resolveAmbiguous(outcome, { signal });
}

async function askByRun(question: Question): Promise<HermesOutcome> {
  const { hermes, clock, request, sessionKey, timeoutMs, signal } = question;
  const until = clock.now().getTime() + timeoutMs;
  let runId = request.hermesRunId;
  if (runId === null) {
    const { key: idempotencyKey, body, sessionId } = request;
    const started = await hermes.startRun({ body, idempotencyKey, sessionId, sessionKey, signal });
    if (started.kind === "failure") return hermes.resolveAmbiguous(started, { signal });
    runId = started.runId;
    await question.keepHermesRunId(runId);
  }
  for (let polls = 0, denials = 0; ; polls++) {
    const state = await hermes.getRun({ runId, signal });
    if (signal.aborted) return leaveRun(hermes, runId);
    if (state.kind === "failure" && state.class === "needs_person") {
      const denied = denials++ < question.mostDenials && (await hermes.denyRun({ runId, signal }));
      if (!denied || denied.kind === "failure") return leaveUndecided(hermes, runId, state);
    } else if (state.kind !== "running") return state;
    const pauseMs = polls < quickPolls ? quickPollMs : slowPollMs;
    if (clock.now().getTime() + pauseMs > until) return stillAtWork;
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) return leaveRun(hermes, runId);
  }
}

/** It would hold its place at Hermes until somebody decides. */
async function leaveUndecided(hermes: HermesClient, runId: string, state: HermesFailure) {
  const stopped = await hermes.stopRun({ runId });
  return stopped.kind === "failure" ? state : { ...state, newKeyNeeded: true };
}

/** People stepped in: the turn's answer would go to nobody. */
async function leaveRun(hermes: HermesClient, runId: string): Promise<HermesOutcome> {
  const stopped = await hermes.stopRun({ runId });
  return stopped.kind === "failure" ? stopped : { ...stillAtWork, row: "aborted" };
}

const stillAtWork: HermesFailure = {
  kind: "failure",
  class: "in_progress",
  concern: "capacity",
  row: "client_timeout",
  sent: "yes",
  newKeyNeeded: false,
  cause: "Hermes is still at work; a later call goes on with the same turn.",
};
