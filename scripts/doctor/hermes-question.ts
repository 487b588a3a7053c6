import { randomUUID } from "node:crypto";
import type { HermesRequest } from "#core/agent-runs/agent-run.ts";
import { questionHermes } from "#core/agent-runs/question-hermes.ts";
import { buildAskBody, buildRunBody } from "#core/hermes/ask-body.ts";
import { createHermesClient } from "#core/hermes/hermes.client.ts";
import type { HermesFailure } from "#core/hermes/outcomes.ts";
import { linesOf, type CheckLine } from "./check-line.ts";
import type { DoctorContext } from "./context.ts";
import type { FaultName } from "./faults.ts";
import { faultOfRow } from "./hermes-replies.ts";
import type { HermesTarget } from "./hermes-target.ts";

const { pass, fail } = linesOf("hermes");
const text = "Hello, please give a brief reply.";
/** As long as one invocation of the agent Lambda waits. */
const longestWaitMs = 90_000;

/** Asks a question as the hub asks, in a session of its own, and tells how long the answer took. */
export async function askQuestion(asking: {
  context: DoctorContext;
  target: HermesTarget;
  via: HermesRequest["via"];
}): Promise<CheckLine> {
  const { context, target, via } = asking;
  const { baseUrl, apiKey = "", model, extraHeaders } = target;
  const hermes = createHermesClient({ baseUrl, apiKey, model, extraHeaders, version: "doctor" });
  const startedMs = performance.now();
  const outcome = await questionHermes({
    hermes,
    clock: context.clock,
    request: requestFor(model, via),
    sessionKey: "doctor",
    timeoutMs: Math.min(target.timeoutMs, longestWaitMs),
    signal: new AbortController().signal,
    // That it asks at all is what the doctor is to tell.
    mostDenials: 0,
    keepHermesRunId: async () => {},
  });
  const tookMs = Math.round(performance.now() - startedMs);
  const took = `${(tookMs / 1000).toFixed(1)} s`;
  if (outcome.kind === "failure") {
    const status = outcome.httpStatus === undefined ? "" : `HTTP ${outcome.httpStatus} `;
    const seen = `${status}(${outcome.row}) after ${took}`;
    return { ...fail("question", faultOf(outcome), seen), tookMs };
  }
  const way = via === "runs" ? "as a run" : "by a chat call";
  const seen = `answered ${way} in ${took}, ${outcome.text.length} characters`;
  return { ...pass("question", seen), tookMs };
}

/** A healthy Hermes behind a tunnel's page of 502 said it itself: the turn failed. */
function faultOf({ row, class: failureClass }: HermesFailure): FaultName {
  return row === "edge_502" && failureClass === "failed_turn" ? "turn_failed" : faultOfRow(row);
}

function requestFor(model: string, via: HermesRequest["via"]): HermesRequest {
  const key = `doctor-${randomUUID()}`;
  const body =
    via === "runs"
      ? buildRunBody({ model, input: text, sessionId: key })
      : buildAskBody({ model, messages: [{ role: "user", content: text }] });
  return { via, hermesRunId: null, key, body, sessionId: key };
}
