import { plusSeconds } from "#core/shared/clock.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { hermesHealthStore, isFull, type HermesHealth } from "./hermes-health.store.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

/** Until a pushed job has been worked off; then the run is looked at again. */
const putOffSeconds = 240;
/** A run that is put off further has its job already. */
const dueWithinSeconds = 60;
/** Others hand places on at the same time; each takes another of the first few. */
const candidates = 10;

/**
 * Whoever frees one of Hermes' places has the run that waits longest take it, so that a full Hermes
 * is kept full without anybody asking in vain. Who cannot, leaves it to the retry Lambda.
 */
export async function handPlaceOn(
  deps: AgentDeps,
  turn: Turn,
  health: HermesHealth | null,
): Promise<void> {
  if (!health || !isFull(health, deps.clock.now())) return;
  try {
    await handOn(deps, turn, health._id);
  } catch (error) {
    deps.log.warn("place.not_handed_on", { conversationId: turn.conversationId }, error);
  }
}

async function handOn(deps: AgentDeps, turn: Turn, hermesId: string): Promise<void> {
  const now = deps.clock.now();
  const runs = agentRunStore(deps.db);
  const health = hermesHealthStore(deps.db);
  const waiting = await runs.listForPlace(plusSeconds(now, dueWithinSeconds), candidates);
  const others = waiting.filter(({ conversationId }) => conversationId !== turn.conversationId);
  if (others.length === 0) return health.markRoomy(hermesId);
  await health.markFull(hermesId, now);
  for (const run of others) {
    if (!(await runs.claimDue(run, plusSeconds(now, putOffSeconds)))) continue;
    const jobId = deps.newId("job");
    const { conversationId } = run;
    await deps.queue.push([{ jobId, conversationId, do: "retry", ref: run._id }]);
    return;
  }
}
