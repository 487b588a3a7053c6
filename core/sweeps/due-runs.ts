import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import {
  hermesHealthStore,
  placesOf,
  type HermesHealth,
} from "#core/agent-runs/hermes-health.store.ts";
import { hermesTargetOf } from "#core/agent-runs/hermes-target.ts";
import { arePaused } from "#core/agent-runs/pause-calls.ts";
import { waitingRunStore } from "#core/agent-runs/waiting-run.store.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusMs } from "#core/shared/clock.ts";
import { forEachOf, sweepLimit, type Sweep, type SweepDeps } from "./sweep.ts";

const hourMs = 3_600_000;

/**
 * Has waiting runs tried again, for each Hermes as many as it has places, one account after the
 * other. It starts what nobody handed a place on to, so that no place stays empty.
 */
export const dueRuns: Sweep = {
  name: "due_runs",
  async run(deps) {
    let pushed = 0;
    const isPaused = await arePaused(deps.db);
    await forEachOf(await listHermes(deps), async (hermes) => {
      const isUp = hermes.health === null || hermes.health.state === "up";
      const claimed = isUp && !isPaused ? await claimForPlaces(deps, hermes) : [];
      claimed.push(...(await claimAll(deps, await listTooOld(deps, hermes.own))));
      await pushAll(deps, claimed);
      pushed += claimed.length;
    });
    return pushed;
  },
};

type Hermes = { own: string | null; health: HermesHealth | null };

/** The one of the settings, and each that accounts have for their own. */
async function listHermes(deps: SweepDeps): Promise<Hermes[]> {
  const { id } = hermesTargetOf(deps, null);
  const known = await hermesHealthStore(deps.db).list(sweepLimit, deps.log);
  const others = known.filter((health) => health._id !== id);
  return [
    { own: null, health: known.find((health) => health._id === id) ?? null },
    ...[...others].map((health) => ({ own: health._id, health })),
  ];
}

async function claimForPlaces(deps: SweepDeps, { own, health }: Hermes): Promise<AgentRun[]> {
  const now = deps.clock.now();
  const runs = waitingRunStore(deps.db);
  const due = await runs.listDue({ own, now, limit: sweepLimit, log: deps.log });
  // Turns at work are joined: they have their place.
  const claimed = await claimAll(
    deps,
    due.filter(({ waitCause }) => waitCause === "in_progress"),
  );
  let free = placesOf(health, deps.settings.hermes.HERMES_PLACES);
  free -= await runs.countBusy(own, now);
  const failed = inTurn(due.filter(({ waitCause }) => waitCause !== "in_progress"));
  const again = await claimAll(deps, failed.slice(0, Math.max(0, free)));
  const placed = await claimInTurn(deps, { own, health }, free - again.length);
  return [...claimed, ...again, ...placed];
}

/** Goes round the accounts from the one on that was served last. */
async function claimInTurn(
  deps: SweepDeps,
  { own, health }: Hermes,
  free: number,
): Promise<AgentRun[]> {
  const now = deps.clock.now();
  const runs = waitingRunStore(deps.db);
  const claimed: AgentRun[] = [];
  let after = health?.servedAccountId ?? "";
  while (claimed.length < Math.min(free, sweepLimit)) {
    const [next] = await runs.listForPlace({ own, after, dueBefore: now, limit: 1, log: deps.log });
    if (!next) break;
    after = next.accountId;
    if (await runs.claim(next, now)) claimed.push(next);
  }
  if (health && claimed.length > 0) await hermesHealthStore(deps.db).noteServed(health._id, after);
  return claimed;
}

/** They end as they are, also while their Hermes is away. */
async function listTooOld(deps: SweepDeps, own: string | null): Promise<AgentRun[]> {
  const before = plusMs(deps.clock.ageNow(), -deps.settings.hermes.HERMES_MAX_AGE_HOURS * hourMs);
  const wanted = { own, before, limit: sweepLimit, log: deps.log };
  const old = await waitingRunStore(deps.db).listTooOld(wanted);
  return old.filter(({ nextAttemptAt }) => (nextAttemptAt ?? before) <= deps.clock.now());
}

/** Those that nobody else was quicker to take. */
async function claimAll(deps: SweepDeps, runs: readonly AgentRun[]): Promise<AgentRun[]> {
  const claimed: AgentRun[] = [];
  for (const run of runs) {
    if (await waitingRunStore(deps.db).claim(run, deps.clock.now())) claimed.push(run);
  }
  return claimed;
}

async function pushAll(deps: SweepDeps, claimed: readonly AgentRun[]): Promise<void> {
  const jobs = claimed.map(({ _id: ref, conversationId }): NewJob => {
    return { jobId: deps.newId("job"), conversationId, do: "retry", ref };
  });
  await deps.queue.push(jobs);
}

/** Goes round the accounts, so that one with many waiting runs does not starve the others. */
export function inTurn<T extends Pick<AgentRun, "accountId">>(runs: readonly T[]): T[] {
  const byAccount = Map.groupBy(runs, ({ accountId }) => accountId);
  const queues = [...byAccount.values()];
  const longest = Math.max(0, ...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) =>
    queues.flatMap((queue) => queue[round] ?? []),
  ).flat();
}
