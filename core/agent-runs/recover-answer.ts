import type { Db } from "mongodb";
import type { HermesClient } from "#core/hermes/hermes.client.ts";
import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import { findLostAnswer } from "#core/hermes/session-messages.ts";
import type { AgentRun } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { wordsFor } from "./new-run.ts";

/**
 * Looks whether Hermes already answered a question whose reply was lost with a restart or a key
 * that ran out: its session's transcript knows, and reading it does not run the agent's tools again
 * (reference/hermes.md 3.2 C). Null when there is none, or when the contact asked the same thing
 * before, so that the transcript cannot tell which of them was answered.
 */
export async function recoverAnswer(
  deps: { db: Db },
  hermes: HermesClient,
  run: AgentRun,
): Promise<Extract<HermesOutcome, { kind: "answer" }> | null> {
  const asked = await agentRunStore(deps.db).countSameQuestion(run);
  if (asked > 1) return null;
  const session = await hermes.sessionMessages({ sessionId: run.hermesSessionId });
  if (session.kind !== "messages") return null;
  const text = findLostAnswer(session.messages, wordsFor(run));
  return text === undefined
    ? null
    : { kind: "answer", text, partial: false, raw: { recoveredFrom: "session" } };
}
