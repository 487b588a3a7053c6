import type { Db, Filter } from "mongodb";
import { z } from "zod";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { timeOfId } from "#core/shared/ids.ts";
import { quantile } from "./quantiles.ts";

const Timed = z.object({
  accountId: z.string(),
  ownHermes: z.string().nullable().default(null),
  status: z.string(),
  createdAt: z.date(),
  acceptedAt: z.date().nullable().default(null),
  hermesStartedAt: z.date().nullable().default(null),
  hermesEndedAt: z.date().nullable().default(null),
});
export type TimedRun = z.infer<typeof Timed>;

/** Times in milliseconds over a sample of runs; null where none was answered. */
export const Latency = z.object({
  runs: z.number().int(),
  hermesP50Ms: z.number().nullable(),
  hermesP95Ms: z.number().nullable(),
  /** From the question's run to WeChat's yes for the last bubble. */
  answerP50Ms: z.number().nullable(),
  answerP95Ms: z.number().nullable(),
});
export type Latency = z.infer<typeof Latency>;

/** Quantiles of more change little, and cost more to read. */
export const mostTimed = 5_000;

/** The newest runs since a time, at most `mostTimed`. */
export async function listTimed(
  db: Db,
  of: { since: Date; accountIds: readonly string[] | null },
): Promise<TimedRun[]> {
  const filter: Filter<AgentRun> = { _id: { $gte: runIdAt(of.since) } };
  if (of.accountIds) filter.accountId = { $in: [...of.accountIds] };
  const projection = Object.fromEntries(Object.keys(Timed.shape).map((field) => [field, 1]));
  const found = await db
    .collection<AgentRun>("agent_runs")
    .find(filter, { projection })
    .sort({ _id: -1 })
    .limit(mostTimed)
    .toArray();
  return found.map((run) => Timed.parse(run));
}

export function latencyOf(runs: readonly TimedRun[]): Latency {
  const hermes = runs.flatMap(({ hermesStartedAt, hermesEndedAt }) =>
    hermesStartedAt && hermesEndedAt ? [hermesEndedAt.getTime() - hermesStartedAt.getTime()] : [],
  );
  const answers = runs.flatMap(({ createdAt, acceptedAt, status }) =>
    acceptedAt && status === "sent" ? [acceptedAt.getTime() - createdAt.getTime()] : [],
  );
  return {
    runs: runs.length,
    hermesP50Ms: quantile(hermes, 0.5),
    hermesP95Ms: quantile(hermes, 0.95),
    answerP50Ms: quantile(answers, 0.5),
    answerP95Ms: quantile(answers, 0.95),
  };
}

/** Ids begin with their time, so a time bounds them. */
export function runIdAt(at: Date): string {
  return `run_${timeOfId(at)}`;
}
