import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

import { badSessionKey, overCap } from "./admission.ts";
import { TurnCut } from "./executions.ts";
import type { Gateway } from "./gateway.ts";
import { readRunInput, type RunInput } from "./run-input.ts";
import { isTerminal, runToWire, type Run } from "./runs.ts";
import { tokensOf, type AgentResult } from "./turns.ts";
import {
  bodyTooLarge,
  fullError,
  HandlerCrash,
  isRecord,
  json,
  messageOf,
  parseJson,
  trimmed,
  type ApiRequest,
  type ApiResponse,
} from "./wire.ts";

/**
 * `POST /v1/runs`, from the session key on. Without the idempotency switch the key is ignored and
 * the cap comes before the body; with it, a replay is found even at the cap.
 */
export async function createRun(gateway: Gateway, request: ApiRequest): Promise<ApiResponse> {
  const sessionKey = trimmed(request.header("x-hermes-session-key"));
  const badSession = badSessionKey(sessionKey);
  if (badSession) return badSession;
  const knowsKeys = gateway.config.runsIdempotency;
  const capped = overCap(gateway.config, gateway.places.takenByOthers(request.callId));
  if (!knowsKeys && capped) return capped;
  const { text, isOversize } = await request.readBody();
  if (isOversize && gateway.config.chunkedOversize === "too-large") return bodyTooLarge();
  const body = isOversize ? undefined : parseJson(text);
  if (body === undefined) return fullError(400, "Invalid JSON");
  if (!isRecord(body)) throw new HandlerCrash("The body is no object.");
  const idempotencyKey = knowsKeys ? trimmed(request.header("idempotency-key")) : null;
  if (idempotencyKey !== null && !/^[!-~]{1,255}$/.test(idempotencyKey)) return badIdempotencyKey();
  const input = readRunInput(body);
  if ("status" in input) return input;
  const headers: Record<string, string> =
    sessionKey === null ? {} : { "X-Hermes-Session-Key": sessionKey };
  if (!knowsKeys) return accepted(gateway, launch(gateway, request, input, null), headers);
  const key =
    idempotencyKey === null
      ? null
      : { value: idempotencyKey, fingerprint: runFingerprint(body, sessionKey) };
  return (
    replayOrConflict(gateway, request, key, headers) ??
    overCap(gateway.config, gateway.places.takenByOthers(request.callId)) ??
    accepted(gateway, launch(gateway, request, input, key), headers)
  );
}

/** `GET /v1/runs/{id}`. */
export function getRun(gateway: Gateway, { profile }: ApiRequest, runId: string): ApiResponse {
  const run = gateway.runs.find(profile, runId);
  return run ? json(200, runToWire(run)) : runNotFound(runId);
}

/** `POST /v1/runs/{id}/stop`: answers at once, the agent notices `stopMs` later. */
export function stopRun(gateway: Gateway, { profile }: ApiRequest, runId: string): ApiResponse {
  const run = gateway.runs.find(profile, runId);
  if (!run) return runNotFound(runId);
  if (isTerminal(run)) {
    const isShown = gateway.config.stopOfFinishedRun === "final-status";
    return isShown ? json(200, runToWire(run)) : runNotFound(runId);
  }
  gateway.runs.set(run, "stopping", "run.stopping");
  void interruptLater(gateway, run);
  return json(200, { run_id: runId, status: "stopping" });
}

/** `POST /v1/runs/{id}/approval` with `{choice}`. */
export async function decideRun(
  gateway: Gateway,
  request: ApiRequest,
  runId: string,
): Promise<ApiResponse> {
  const run = gateway.runs.find(request.profile, runId);
  if (!run) return runNotFound(runId);
  const body = parseJson((await request.readBody()).text);
  if (body === undefined) return fullError(400, "Invalid JSON");
  if (!isRecord(body)) throw new HandlerCrash("The body is no object.");
  const choice = choiceOf(body["choice"]);
  if (!["once", "session", "always", "deny"].includes(choice))
    return fullError(400, "Invalid approval choice; expected one of: once, session, always, deny", {
      code: "invalid_approval_choice",
    });
  if (isTerminal(run))
    return fullError(409, `Run has no active approval session: ${runId}`, {
      code: "approval_not_active",
    });
  if (!gateway.runs.decide(run, choice !== "deny"))
    return fullError(409, `Run has no pending approval: ${runId}`, {
      code: "approval_not_pending",
    });
  return json(200, {
    object: "hermes.run.approval_response",
    run_id: runId,
    choice,
    resolved: 1,
  });
}

function choiceOf(given: unknown): string {
  const choice = typeof given === "string" ? given.trim().toLowerCase() : "";
  return ["approve", "approved", "allow"].includes(choice) ? "once" : choice;
}

function launch(gateway: Gateway, request: ApiRequest, input: RunInput, key: Run["key"]): Run {
  const runId = gateway.runs.newRunId();
  const run = gateway.runs.create({
    runId,
    profile: request.profile,
    sessionId: input.sessionId ?? runId,
    model: input.model ?? gateway.config.model,
    key,
  });
  gateway.places.handOver(request.callId);
  void execute(gateway, request, input, run);
  return run;
}

async function execute(
  gateway: Gateway,
  request: ApiRequest,
  input: RunInput,
  run: Run,
): Promise<void> {
  const { sessionId, profile, runId } = run;
  const withoutHistory = gateway.config.runsLoadTranscript ? null : [];
  gateway.runs.set(run, "running", null);
  try {
    const result = await gateway.agent.run({
      sessionId,
      profile,
      runId,
      text: input.text,
      images: input.images,
      history: input.history ?? withoutHistory,
      via: "runs",
      idempotencyKey: trimmed(request.header("idempotency-key")),
      requestId: request.callId,
      askApproval: () => gateway.runs.askApproval(run),
    });
    settle(gateway, run, result);
  } catch (error) {
    if (!(error instanceof TurnCut))
      gateway.runs.set(run, "failed", "run.failed", { error: messageOf(error) });
    else if (error.outcome === "stopped") cancel(gateway, run);
  }
}

function settle(gateway: Gateway, run: Run, result: AgentResult): void {
  const { lateResultOfStoppedRun, partialRun, runOutcomeFields } = gateway.config;
  if (run.status === "stopping" && lateResultOfStoppedRun === "cancelled") {
    cancel(gateway, run);
    return;
  }
  const { completed, partial, failed, finalResponse: output, error } = result;
  const outcome = runOutcomeFields ? { completed, partial, interrupted: false } : {};
  if (failed || result.isProviderAuthFailure || (partial && partialRun === "failed")) {
    const reason = error ?? (output === "" ? "agent run failed" : output);
    gateway.runs.set(run, "failed", "run.failed", { error: reason, ...outcome });
    return;
  }
  const tokens = tokensOf(result);
  const usage = {
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    total_tokens: tokens.total,
  };
  const said = partial && output === "" ? null : output;
  gateway.runs.set(run, "completed", "run.completed", { output: said, usage, ...outcome });
}

function cancel(gateway: Gateway, run: Run): void {
  const isTold = gateway.config.runOutcomeFields;
  const outcome = isTold ? { completed: false, partial: false, interrupted: true } : {};
  gateway.runs.set(run, "cancelled", "run.cancelled", outcome);
}

async function interruptLater(gateway: Gateway, run: Run): Promise<void> {
  const { stopMs } = gateway.config;
  if (stopMs > 0) await wait(stopMs, undefined, { ref: false });
  gateway.agent.stop(run.runId);
}

function accepted(gateway: Gateway, run: Run, headers: Record<string, string>): ApiResponse {
  const replayed = gateway.config.runsIdempotency ? { replayed: false } : {};
  return json(202, { run_id: run.runId, status: "started", ...replayed }, headers);
}

function replayOrConflict(
  gateway: Gateway,
  { profile }: ApiRequest,
  key: Run["key"],
  headers: Record<string, string>,
): ApiResponse | null {
  if (key === null) return null;
  const known = gateway.runs.lookUp(profile, key);
  if (known.outcome === "conflict")
    return fullError(409, "Idempotency-Key was already used with a different request payload", {
      code: "idempotency_key_conflict",
    });
  if (known.outcome !== "reused") return null;
  const { runId, status } = known.run;
  const body = { run_id: runId, status, replayed: true };
  return json(202, body, { "Idempotency-Replayed": "true", ...headers });
}

function badIdempotencyKey(): ApiResponse {
  return fullError(400, "Idempotency-Key must be 1-255 visible ASCII characters", {
    code: "invalid_idempotency_key",
  });
}

function runNotFound(runId: string): ApiResponse {
  return fullError(404, `Run not found: ${runId}`, { code: "run_not_found" });
}

// Unlike chat's, blind to the order of keys, and it takes the session key in.
function runFingerprint(body: Record<string, unknown>, sessionKey: string | null): string {
  const canonical = JSON.stringify({ body, sessionKey }, (_name, value: unknown) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).toSorted(byName)) : value,
  );
  return createHash("sha256").update(canonical).digest("hex");
}

function byName([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}
