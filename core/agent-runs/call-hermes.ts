import type { HermesClient } from "#core/hermes/hermes.client.ts";
import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import { InvariantError } from "#core/shared/errors.ts";
import type { AgentRun } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { readStanding, type Standing } from "./briefing.ts";
import { questionHermes } from "./question-hermes.ts";
import { recoverAnswer } from "./recover-answer.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

export type Called = {
  outcome: HermesOutcome;
  /** What the Lambda saw when it stopped waiting for it, else null. */
  stopped: Standing | null;
};

/** A turn that asks for consent this often would go on asking. */
const mostDenials = 5;

/**
 * Asks, and meanwhile looks every few seconds whether people stepped in; then it waits no longer. A
 * question that may have been answered already is looked for in Hermes' transcript first.
 */
export async function callHermes(
  deps: AgentDeps,
  turn: Turn,
  hermes: HermesClient,
  asking: { run: AgentRun; timeoutMs: number; mayBeAnswered: boolean },
): Promise<Called> {
  const { run } = asking;
  const known = asking.mayBeAnswered ? await recoverAnswer(deps, hermes, run) : null;
  if (known) return { outcome: known, stopped: null };
  const called = await askWatched(deps, turn, hermes, asking);
  if (called.outcome.kind !== "failure" || called.outcome.class !== "lost") return called;
  const recovered = await recoverAnswer(deps, hermes, run);
  return recovered ? { ...called, outcome: recovered } : called;
}

async function askWatched(
  deps: AgentDeps,
  turn: Turn,
  hermes: HermesClient,
  { run, timeoutMs }: { run: AgentRun; timeoutMs: number },
): Promise<Called> {
  const { request } = run;
  if (!request) throw new InvariantError("run.no_request", "A run at work has no request.");
  const leaving = new AbortController();
  const answered = new AbortController();
  const looks = lookMeanwhile(deps, turn, run, answered.signal, leaving);
  try {
    const outcome = await questionHermes({
      hermes,
      clock: deps.clock,
      request,
      sessionKey: run.conversationId,
      timeoutMs,
      signal: leaving.signal,
      mostDenials,
      keepHermesRunId: (hermesRunId) =>
        agentRunStore(deps.db).keepHermesRunId({ runId: run._id, turnId: turn.id, hermesRunId }),
    });
    answered.abort();
    return { outcome, stopped: await looks };
  } finally {
    answered.abort();
  }
}

async function lookMeanwhile(
  deps: AgentDeps,
  turn: Turn,
  run: AgentRun,
  answered: AbortSignal,
  leaving: AbortController,
): Promise<Standing | null> {
  for (;;) {
    await deps.clock.sleep(deps.settings.agent.AGENT_LOOK_INTERVAL_MS, answered);
    if (answered.aborted) return null;
    try {
      const standing = await readStanding(deps, turn.conversationId);
      const isHeld = await agentRunStore(deps.db).isHeld(run._id, turn.id);
      if (isHeld && standing && maySpeak(standing)) continue;
      leaving.abort();
      return standing;
    } catch (error) {
      // A look that fails says nothing; the check after the answer decides.
      deps.log.warn("turn.look_failed", { conversationId: turn.conversationId }, error);
    }
  }
}

/** Whether an answer of ours may still go out. */
export function maySpeak({ account, conversation }: Standing): boolean {
  return account?.status === "approved" && conversation.takenOverBy === null;
}
