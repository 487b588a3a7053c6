import { holdSystemLease, releaseSystemLease } from "#core/database/system.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import { abandonedRuns } from "./abandoned-runs.ts";
import { auditLines } from "./audit-lines.ts";
import { busyNotices } from "./busy-notices.ts";
import { cleanUps } from "./clean-ups.ts";
import { deadLetters } from "./dead-letters.ts";
import { nightlyComparison } from "./compare-schedules.ts";
import { dueOutbound } from "./due-outbound.ts";
import { dueRuns } from "./due-runs.ts";
import { expiryNotices } from "./expiry-notices.ts";
import { forgottenMessages } from "./forgotten-messages.ts";
import { heartbeat } from "./heartbeat.ts";
import { movedHermes } from "./moved-hermes.ts";
import { owedJobs } from "./owed-jobs.ts";
import { probeHermes } from "./probe-hermes.ts";
import { wantedSchedules } from "./schedules.ts";
import type { Sweep, SweepDeps } from "./sweep.ts";
import { unattendedLogins } from "./unattended-logins.ts";

/** Gone through again and again within the minute: what people wait for. */
const quickSweeps: readonly Sweep[] = [probeHermes, dueRuns, expiryNotices];

/** Gone through once a minute. */
const minuteSweeps: readonly Sweep[] = [
  wantedSchedules,
  unattendedLogins,
  abandonedRuns,
  movedHermes,
  busyNotices,
  forgottenMessages,
  dueOutbound,
  owedJobs,
  deadLetters,
  auditLines,
  cleanUps,
  nightlyComparison,
  // Last, so that it tells how things stand when all else was tried.
  heartbeat,
];

const leaseName = "retry";
const longestRoundMs = 15_000;

/**
 * Keeps the promises that others could not, until the minute is over or `endsAt`. One at a time: a
 * second invocation finds the lease held and leaves. Gives how much each sweep took up.
 */
export async function keepPromises(deps: SweepDeps, endsAt: Date): Promise<Record<string, number>> {
  const holder = deps.newId("lease");
  const tally: Record<string, number> = {};
  const { RETRY_LIFETIME_SECONDS } = deps.settings.retry;
  const until = earlier(plusSeconds(deps.clock.now(), RETRY_LIFETIME_SECONDS), endsAt);
  if (!(await hold(deps, holder))) return tally;
  try {
    await goThrough(deps, minuteSweeps, tally);
    do {
      await goThrough(deps, quickSweeps, tally);
      await deps.clock.sleep(roundMs(deps, until));
    } while (deps.clock.now() < until && (await hold(deps, holder)));
  } finally {
    await releaseSystemLease(deps.db, leaseName, holder);
  }
  return tally;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function roundMs(deps: SweepDeps, until: Date): number {
  const left = Math.max(0, until.getTime() - deps.clock.now().getTime());
  return Math.min(deps.settings.hermes.HERMES_RETRY_INTERVAL_MS, longestRoundMs, left);
}

function hold(deps: SweepDeps, holder: string): Promise<boolean> {
  const now = deps.clock.now();
  const expiresAt = plusMs(now, deps.settings.retry.RETRY_LEASE_SECONDS * 1000);
  return holdSystemLease(deps.db, { name: leaseName, holder, now, expiresAt });
}

/** A sweep that fails does not keep the others from their work; its promise is kept next time. */
async function goThrough(
  deps: SweepDeps,
  sweeps: readonly Sweep[],
  tally: Record<string, number>,
): Promise<void> {
  for (const sweep of sweeps) {
    try {
      tally[sweep.name] = (tally[sweep.name] ?? 0) + (await sweep.run(deps));
    } catch (error) {
      deps.measure.count("SweepsFailed");
      deps.log.error("sweep.failed", { sweep: sweep.name }, error);
    }
  }
}
