import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { AgentRun } from "./agent-run.ts";
import {
  hermesHealthStore,
  isFull,
  isLearning,
  placesOf,
  type HermesHealth,
} from "./hermes-health.store.ts";
import type { HermesTarget } from "./hermes-target.ts";
import { waitingRunStore } from "./waiting-run.store.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

/** A run that is put off further has its job already. */
const dueWithinSeconds = 60;
/** Others hand places on at the same time; each takes another of the first few. */
const candidates = 10;
/** Its own place and one that it found out there is: whoever gets them does the same. */
const mostHandedOn = 2;

/**
 * Whoever frees one of Hermes' places has the run take it whose turn it is, so that a full Hermes is
 * kept full without anybody asking in vain. Who cannot, leaves it to the retry Lambda.
 */
export async function handPlaceOn(
  deps: AgentDeps,
  turn: Turn,
  target: HermesTarget,
  seen: { health: HermesHealth | null; outcome: HermesOutcome },
): Promise<void> {
  const { health, outcome } = seen;
  const { HERMES_PLACES } = deps.settings.hermes;
  if (!health || !isFreed(outcome)) return;
  if (!isFull(health, deps.clock.now()) && !isLearning(health, HERMES_PLACES)) return;
  try {
    await handOn(deps, turn, target, health);
  } catch (error) {
    deps.log.warn("place.not_handed_on", { conversationId: turn.conversationId }, error);
  }
}

/** A turn that goes on at Hermes keeps its place; one that is not there has none to give. */
function isFreed(outcome: HermesOutcome): boolean {
  return outcome.kind === "answer" || outcome.concern === "message";
}

async function handOn(
  deps: AgentDeps,
  turn: Turn,
  { own }: HermesTarget,
  health: HermesHealth,
): Promise<void> {
  const now = deps.clock.now();
  const store = hermesHealthStore(deps.db);
  const wanted = deps.settings.hermes.HERMES_PLACES;
  if (isLearning(health, wanted)) await store.grow(health._id, health.mostPlaces ?? wanted);
  const places = placesOf(health, wanted) + (isLearning(health, wanted) ? 1 : 0);
  // This run has its answer and counts as at work still.
  const free = places - (await waitingRunStore(deps.db).countBusy(own, now)) + 1;
  const handed = await handTo(deps, turn, { own, after: health.servedAccountId, free });
  if (handed === "nobody") return store.markRoomy(health._id);
  await store.keepFull(health._id, now, handed?.accountId ?? health.servedAccountId);
}

/** Pushes the jobs of those who come next; `nobody` when nobody waits. */
async function handTo(
  deps: AgentDeps,
  turn: Turn,
  { own, after, free }: { own: string | null; after: string; free: number },
): Promise<AgentRun | "nobody" | null> {
  const now = deps.clock.now();
  const runs = waitingRunStore(deps.db);
  let last: AgentRun | null = null;
  for (let count = 0; count < Math.min(free, mostHandedOn); count++) {
    const waiting = await runs.listForPlace({
      own,
      after: last?.accountId ?? after,
      dueBefore: plusSeconds(now, dueWithinSeconds),
      limit: candidates,
    });
    const others = waiting.filter(({ conversationId }) => conversationId !== turn.conversationId);
    if (others.length === 0) return last ?? "nobody";
    const next = await firstClaimed(deps, others);
    if (!next) return last;
    const jobId = deps.newId("job");
    const { conversationId } = next;
    await deps.queue.push([{ jobId, conversationId, do: "retry", ref: next._id }]);
    last = next;
  }
  return last;
}

async function firstClaimed(deps: AgentDeps, waiting: readonly AgentRun[]) {
  for (const run of waiting) {
    if (await waitingRunStore(deps.db).claim(run, deps.clock.now())) return run;
  }
  return null;
}
