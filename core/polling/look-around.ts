import type { Db, Document } from "mongodb";
import { z } from "zod";
import { Account } from "#core/accounts/account.ts";
import type { Log } from "#core/telemetry/log.ts";
import { dueAt } from "./lease.store.ts";
import { Poller } from "./poller.ts";

/** An account whose lease names this poller, and whether it is still to be polled. */
const Mine = z.object({
  _id: z.string(),
  lease: z.object({ id: z.string(), expiresAt: z.date() }),
  generation: z.number().int(),
  status: z.string(),
  scheduleWanted: z.string(),
});
export type Mine = z.infer<typeof Mine>;

const Around = z.object({
  mine: z.array(Mine),
  /** All that have not fallen silent, closing ones too, the asking one too. */
  pollers: z.array(Poller),
  /** Read one by one, so that a document nobody can read does not keep the others from being polled. */
  due: z.array(z.looseObject({ _id: z.string() })).default([]),
  waiting: z.array(z.object({ _id: z.string() })),
});

export type Around = {
  mine: Mine[];
  others: Poller[];
  /** Accounts that could be taken now, as many as asked for at the most. */
  due: Account[];
  /** How many accounts wait for a poller, as far as was looked. */
  waiting: number;
};

/** Many pollers that wake at once each see another part of what is due. */
const window = 200;

/**
 * All that decides what a poller does next, read in one round trip: what of its own is still wanted,
 * who else polls, and up to `places` due accounts. Null when the poller's own record is gone.
 */
export async function lookAround(
  deps: { db: Db; log: Log },
  asked: { pollerId: string; now: Date; places: number },
): Promise<Around | null> {
  const { pollerId, now, places } = asked;
  const isDue: Document[] = [{ $match: dueAt(now) }, { $limit: window }];
  const [found] = await deps.db
    .collection<Poller>("pollers")
    .aggregate([
      { $match: { _id: pollerId } },
      { $project: { _id: 1 } },
      lookUp("accounts", "mine", [{ $match: { "lease.pollerId": pollerId } }, { $project: brief }]),
      lookUp("pollers", "pollers", [{ $match: { expiresAt: { $gt: now } } }, { $limit: window }]),
      lookUp("accounts", "waiting", [...isDue, { $project: { _id: 1 } }]),
      ...(places > 0 ? [lookUp("accounts", "due", [...isDue, { $sample: { size: places } }])] : []),
    ])
    .toArray();
  if (found === undefined) return null;
  const { mine, pollers, due, waiting } = Around.parse(found);
  return {
    mine,
    others: pollers.filter(({ _id }) => _id !== pollerId),
    due: due.flatMap((account) => readAccount(deps.log, account) ?? []),
    waiting: waiting.length,
  };
}

const brief = { lease: 1, generation: 1, status: 1, scheduleWanted: 1 };

function lookUp(from: string, as: string, pipeline: Document[]): Document {
  return { $lookup: { from, as, pipeline } };
}

function readAccount(log: Log, account: { _id: string }): Account | undefined {
  const read = Account.safeParse(account);
  if (!read.success) log.error("account.unreadable", { accountId: account._id }, read.error);
  return read.data;
}
