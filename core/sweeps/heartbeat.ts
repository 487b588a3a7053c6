import { encodeTime } from "ulid";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { holdSystemLease } from "#core/database/system.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { heartbeatStore } from "./heartbeat.store.ts";
import type { Sweep, SweepDeps } from "./sweep.ts";

const daySeconds = 86_400;
/** The most accounts whose week is looked through in one hour. */
const mostQuiet = 50;
/** On so many of the seven days before, an account must have had a message for its silence to tell. */
const leastDaysOfWeek = 5;
const restOfUlid = "0".repeat(16);

/** Tells how things stand, since what died cannot report itself. */
export const heartbeat: Sweep = {
  name: "heartbeat",
  async run(deps) {
    await Promise.all([
      tellCoverage(deps),
      tellRuns(deps),
      tellHermes(deps),
      tellCounts(deps),
      tellSilence(deps),
    ]);
    deps.measure.count("Heartbeat");
    return 0;
  },
};

async function tellCoverage({ db, clock, measure }: SweepDeps): Promise<void> {
  const now = clock.now();
  const store = heartbeatStore(db);
  const [coverage, pollers] = await Promise.all([store.readCoverage(now), store.countPollers(now)]);
  measure.count("AccountsWanted", coverage.wanted);
  measure.count("AccountsPolled", coverage.held);
  measure.count("Pollers", pollers);
  measure.count("PollGapSeconds", ageSeconds(now, coverage.neglectedSince));
}

async function tellRuns({ db, clock, measure }: SweepDeps): Promise<void> {
  const now = clock.now();
  const store = heartbeatStore(db);
  const [runs, forgottenSince] = await Promise.all([
    store.readRuns(),
    store.findForgottenSince(now),
  ]);
  const unanswered = runs.filter(({ _id }) => _id !== "awaiting_review" && _id !== "parked");
  const oldest = [...unanswered.map(({ oldestAskedAt }) => oldestAskedAt), forgottenSince];
  measure.count(
    "RunsWaiting",
    unanswered.reduce((sum, { count }) => sum + count, 0),
  );
  measure.count("OldestWaitingSeconds", Math.max(0, ...oldest.map((at) => ageSeconds(now, at))));
  const reviews = runs.find(({ _id }) => _id === "awaiting_review");
  measure.count("ReviewsWaiting", reviews?.count ?? 0);
  measure.count("OldestReviewSeconds", ageSeconds(now, reviews?.oldestAnsweredAt ?? null));
  const parked = runs.find(({ _id }) => _id === "parked");
  measure.count("ParkedWaiting", parked?.count ?? 0);
  measure.count("OldestParkedSeconds", ageSeconds(now, parked?.oldestAnsweredAt ?? null));
}

async function tellHermes({ db, clock, measure, settings }: SweepDeps): Promise<void> {
  const health = await hermesHealthStore(db).find(settings.hermes.HERMES_API_BASE_URL);
  const isAway = health !== null && health.state !== "up";
  measure.count("HermesAwaySeconds", isAway ? ageSeconds(clock.now(), health.since) : 0);
  measure.count("HermesMisconfigured", health?.state === "misconfigured" ? 1 : 0);
}

async function tellCounts({ db, measure }: SweepDeps): Promise<void> {
  const store = heartbeatStore(db);
  const [expired, differing, dead] = await Promise.all([
    store.countExpiredLogins(),
    store.countDifferingSchedules(),
    store.countDeadJobs(),
  ]);
  measure.count("LoginsExpired", expired);
  measure.count("SchedulesDiffering", differing);
  measure.count("DeadJobs", dead);
}

/** A little less than an hour, so that no hour of the alarm's goes without a figure. */
const silenceEverySeconds = 58 * 60;

/** About once an hour, since a silence shows in days and is dear to find. */
async function tellSilence({ db, clock, measure, newId }: SweepDeps): Promise<void> {
  const now = clock.now();
  const expiresAt = plusSeconds(now, silenceEverySeconds);
  const turn = { name: "silence", holder: newId("lease"), now, expiresAt };
  if (!(await holdSystemLease(db, turn))) return;
  const quietSince = plusSeconds(now, -daySeconds);
  const weekAgo = plusSeconds(quietSince, -7 * daySeconds);
  const quiet = await heartbeatStore(db).listQuiet(weekAgo, quietSince, mostQuiet);
  let silent = 0;
  for (const accountId of quiet) {
    if ((await daysWithMessages({ db }, accountId, quietSince)) >= leastDaysOfWeek) silent += 1;
  }
  measure.count("AccountsSilent", silent);
}

async function daysWithMessages(
  { db }: Pick<SweepDeps, "db">,
  accountId: string,
  until: Date,
): Promise<number> {
  let days = 0;
  for (let day = 1; day <= 7; day++) {
    const from = firstIdAt(plusSeconds(until, -day * daySeconds));
    const to = firstIdAt(plusSeconds(until, (1 - day) * daySeconds));
    if (await heartbeatStore(db).hasInbound(accountId, from, to)) days += 1;
  }
  return days;
}

/** The lowest id that a message stored at this time can have. */
function firstIdAt(at: Date): string {
  return `msg_${encodeTime(at.getTime())}${restOfUlid}`;
}

function ageSeconds(now: Date, since: Date | null): number {
  return since === null ? 0 : Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000));
}
