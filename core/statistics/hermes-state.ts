import type { Db } from "mongodb";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { inScope, type LabelScope } from "#core/accounts/scope.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { hermesHealthStore, placesOf } from "#core/agent-runs/hermes-health.store.ts";
import type { HermesHealth } from "#core/agent-runs/hermes-health.store.ts";
import { hermesTargetOf } from "#core/agent-runs/hermes-target.ts";
import { findCalls, HermesCalls } from "#core/agent-runs/pause-calls.ts";
import { waitingRunStore } from "#core/agent-runs/waiting-run.store.ts";
import { failureTable } from "#core/hermes/failure-table.ts";
import { plusMs } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { Latency, latencyOf, listTimed, type TimedRun } from "./latency.ts";
import { reachabilityOf, ReachableHour } from "./reachability.ts";

const OneHermes = z.object({
  /** Base URL and profile. */
  id: z.string(),
  /** Whether some account has it for its own; false for the one of the settings. */
  isOwn: z.boolean(),
  state: z.enum(["up", "down", "misconfigured"]),
  /** What happened and what to do, in words. */
  cause: z.string().nullable(),
  /** The row of the failure table that it is, for whoever has words of their own; null for another. */
  causeRow: z.string().nullable(),
  /** Since when it is so; null where nobody reached it yet. */
  since: z.date().nullable(),
  nextProbeAt: z.date().nullable(),
  /** The last 24 hours, the oldest first. */
  reachability: z.array(ReachableHour),
  places: z.object({ total: z.number().int(), inUse: z.number().int() }),
  latency: Latency,
  /** Questions that wait for it; more than ten thousand are counted as that many. */
  backlog: z.number().int(),
  /** When the backlog will be worked off, as fast as it answered today; null where nobody can tell. */
  etaSeconds: z.number().nullable(),
});
export type OneHermes = z.infer<typeof OneHermes>;

export const HermesState = z.object({
  calls: HermesCalls.nullable(),
  items: z.array(OneHermes),
});
export type HermesState = z.infer<typeof HermesState>;

const mostHermes = 50;
const mostBacklog = 10_000;
const dayMs = 86_400_000;

/** The Hermes of the settings, and those of the accounts in the scope. */
export async function readHermesState(
  deps: Deps<"hermes">,
  scope: LabelScope,
): Promise<HermesState> {
  const { db, clock } = deps;
  const now = clock.now();
  const { id: common } = hermesTargetOf(deps, null);
  const [calls, known, timed, own] = await Promise.all([
    findCalls(db),
    hermesHealthStore(db).list(mostHermes, deps.log),
    listTimed(db, { since: plusMs(now, -dayMs), accountIds: null }),
    listOwn(db, scope),
  ]);
  const health = new Map(known.map((each) => [each._id, each]));
  const ids = [common, ...own.filter((id) => id !== common)].slice(0, mostHermes);
  const items = await Promise.all(
    ids.map((id) =>
      readOne(deps, { id, isOwn: id !== common, health: health.get(id) ?? null, timed }),
    ),
  );
  if (calls?.paused) for (const item of items) item.etaSeconds = null;
  return { calls, items };
}

async function readOne(
  { db, clock, settings }: Deps<"hermes">,
  of: { id: string; isOwn: boolean; health: HermesHealth | null; timed: readonly TimedRun[] },
): Promise<OneHermes> {
  const { id, isOwn, health } = of;
  const now = clock.now();
  const ownHermes = isOwn ? id : null;
  const [inUse, backlog] = await Promise.all([
    waitingRunStore(db).countBusy(ownHermes, now),
    db
      .collection<AgentRun>("agent_runs")
      .countDocuments({ status: "retry_pending", ownHermes }, { limit: mostBacklog }),
  ]);
  const total = placesOf(health, settings.hermes.HERMES_PLACES);
  const latency = latencyOf(of.timed.filter((run) => run.ownHermes === ownHermes));
  const state = health?.state ?? "up";
  const perRunMs = latency.hermesP50Ms;
  const canTell = state === "up" && perRunMs !== null;
  return {
    id,
    isOwn,
    state,
    ...causeOf(health?.cause ?? null),
    since: health?.since ?? null,
    nextProbeAt: state === "up" ? null : (health?.nextProbeAt ?? null),
    reachability: reachabilityOf(health, { now, hours: 24 }),
    places: { total, inUse },
    latency,
    backlog,
    etaSeconds: canTell ? Math.ceil((backlog * perRunMs) / Math.max(1, total) / 1_000) : null,
  };
}

/** A record holds a row's name or, after a probe, its words. */
function causeOf(stored: string | null): Pick<OneHermes, "cause" | "causeRow"> {
  const found = Object.entries(failureTable).find(
    ([row, { cause }]) => row === stored || cause === stored,
  );
  return found ? { cause: found[1].cause, causeRow: found[0] } : { cause: stored, causeRow: null };
}

async function listOwn(db: Db, scope: LabelScope): Promise<string[]> {
  const found = await db
    .collection<Account>("accounts")
    .find(
      { "hermes.baseUrl": { $gt: "" }, live: true, ...inScope(scope) },
      { projection: { "hermes.baseUrl": 1 } },
    )
    .limit(mostOwn)
    .toArray();
  return [...new Set(found.flatMap(({ hermes }) => (hermes ? [hermes.baseUrl] : [])))].sort();
}

const mostOwn = 1_000;
