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
/** As many may hand a place on at the same moment before one of them leaves it to the retry Lambda. */
const mostTries = 10;

/**
 * Whoever frees one of Hermes' places has the run take it whose turn it is, so that a full Hermes is
 * kept full without anybody asking in vain; and one more where it finds that there is another place:
 * whoever gets them does the same. Who cannot, leaves it to the retry Lambda.
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
    await handOn(deps, target, health);
  } catch (error) {
    deps.log.warn("place.not_handed_on", { conversationId: turn.conversationId }, error);
  }
}

/** A turn that goes on at Hermes keeps its place; one that is not there has none to give. */
function isFreed(outcome: HermesOutcome): boolean {
  return outcome.kind === "answer" || outcome.concern === "message";
}

/**
 * A run that has just queued up behind a full Hermes looks once itself: the last turn at work may have
 * ended a moment before, and found nobody waiting.
 */
export async function fillFreePlace(
  deps: AgentDeps,
  target: HermesTarget,
  health: HermesHealth | null,
): Promise<void> {
  if (!health) return;
  const places = placesOf(health, deps.settings.hermes.HERMES_PLACES);
  const busy = await waitingRunStore(deps.db).countBusy(target.own, deps.clock.now());
  if (busy < places) await pushNext(deps, target.own, health);
}

async function handOn(deps: AgentDeps, { own }: HermesTarget, health: HermesHealth): Promise<void> {
  const now = deps.clock.now();
  const store = hermesHealthStore(deps.db);
  const wanted = deps.settings.hermes.HERMES_PLACES;
  const isGrowing = isLearning(health, wanted);
  if (isGrowing) await store.grow(health._id, health.mostPlaces ?? wanted);
  // The place that is free for certain goes on at once; what is counted may be free besides.
  const handed = await pushNext(deps, own, health);
  if (handed === "nobody") await store.markRoomy(health._id);
  if (handed !== "pushed") return;
  const places = placesOf(health, wanted) + (isGrowing ? 1 : 0);
  // This run has its answer and counts as at work still; some that count are being refused just now.
  const busy = (await waitingRunStore(deps.db).countBusy(own, now)) - 1;
  if (busy < places) await pushNext(deps, own, health);
}

async function pushNext(
  deps: AgentDeps,
  own: string | null,
  health: HermesHealth,
): Promise<"pushed" | "nobody" | "lost"> {
  const next = await takeNext(deps, own, health);
  if (next === "nobody" || next === null) return next ?? "lost";
  const jobId = deps.newId("job");
  const { conversationId, _id: ref } = next;
  await deps.queue.push([{ jobId, conversationId, do: "retry", ref }]);
  return "pushed";
}

/**
 * Claims the run whose account's turn it is; `nobody` when nobody waits. Others do the same at this
 * moment: whose turn it is moves on in one guarded statement, so that each serves another account.
 */
async function takeNext(
  deps: AgentDeps,
  own: string | null,
  seen: HermesHealth,
): Promise<AgentRun | "nobody" | null> {
  const now = deps.clock.now();
  const store = hermesHealthStore(deps.db);
  const runs = waitingRunStore(deps.db);
  let after = seen.servedAccountId;
  for (let tries = 0; tries < mostTries; tries++) {
    const dueBefore = plusSeconds(now, dueWithinSeconds);
    const wanted = { own, after, dueBefore, log: deps.log };
    const [first] = await runs.listForPlace({ ...wanted, limit: 1 });
    if (!first) return "nobody";
    if (await store.serve(seen._id, { after, accountId: first.accountId, now })) {
      if (await runs.claim(first, now)) return first;
      const claimed = await firstClaimed(
        deps,
        await runs.listForPlace({ ...wanted, limit: candidates }),
      );
      if (claimed) return claimed;
    }
    after = (await store.find(seen._id))?.servedAccountId ?? after;
  }
  return null;
}

async function firstClaimed(deps: AgentDeps, waiting: readonly AgentRun[]) {
  for (const run of waiting) {
    if (await waitingRunStore(deps.db).claim(run, deps.clock.now())) return run;
  }
  return null;
}
