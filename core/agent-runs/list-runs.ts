import type { Db, Filter } from "mongodb";
import type { z } from "zod";
import { accountFilter, type OfAccounts } from "#core/accounts/account-filter.ts";
import { listChanged, type ChangedPage } from "#core/database/list-changed.ts";
import type { Place } from "#core/shared/pages.ts";
import { namedFilter, type Named } from "#core/conversations/find-named.ts";
import { timeOfId } from "#core/shared/ids.ts";
import { AgentRun, type RunStatus } from "./agent-run.ts";

/** What a list shows of a run; the rest is read one by one. */
export const RunSummary = AgentRun.pick({
  _id: true,
  accountId: true,
  conversationId: true,
  userId: true,
  status: true,
  inputText: true,
  outputText: true,
  error: true,
  cancelReason: true,
  requiresHumanReview: true,
  reviewReason: true,
  waitCause: true,
  attemptCount: true,
  policyId: true,
  policyMode: true,
  createdAt: true,
  nextAttemptAt: true,
  completedAt: true,
  acceptedAt: true,
  hermesStartedAt: true,
  hermesEndedAt: true,
  review: true,
  replacesRunId: true,
  version: true,
});
export type RunSummary = z.infer<typeof RunSummary>;

const projection = Object.fromEntries(Object.keys(RunSummary.shape).map((field) => [field, 1]));

export type RunPage = OfAccounts & {
  status?: RunStatus | undefined;
  /** The part of `error` before the colon, such as `hermes.away`. */
  errorClass?: string | undefined;
  /** What was searched for. */
  named?: Named | undefined;
  from: Date;
  to?: Date | undefined;
  /** The last id of the page before. */
  before?: string | undefined;
  limit: number;
};

/** Runs that began between two times, the newest first. */
export async function listRuns(db: Db, page: RunPage): Promise<RunSummary[]> {
  const filter: Filter<AgentRun> = {
    _id: { $gte: idAt(page.from), $lt: upperId(page) },
    ...accountFilter(page),
    ...namedFilter(page.named),
  };
  if (page.status) filter.status = page.status;
  if (page.errorClass !== undefined) {
    filter.error = { $gte: `${page.errorClass}:`, $lt: `${page.errorClass};` };
  }
  const found = await db
    .collection<AgentRun>("agent_runs")
    .find(filter, { projection })
    .sort({ _id: -1 })
    .limit(page.limit)
    .toArray();
  return found.map((run) => RunSummary.parse(run));
}

/** Those that changed, in whatever state they are now. */
export async function listChangedRuns(
  db: Db,
  page: OfAccounts & ChangedPage & { named?: Named | undefined },
): Promise<{ items: RunSummary[]; next: Place | null }> {
  const of = { ...accountFilter(page), ...namedFilter(page.named) };
  const { found, next } = await listChanged(db, "agent_runs", of, { ...page, projection });
  return { items: found.map((run) => RunSummary.parse(run)), next };
}

function upperId({ to, before }: RunPage): string {
  const until = to === undefined ? "run_~" : idAt(to);
  return before !== undefined && before < until ? before : until;
}

/** Ids begin with their time, so a time bounds them. */
function idAt(at: Date): string {
  return `run_${timeOfId(at)}`;
}
