import type { Db } from "mongodb";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { inScope, type LabelScope } from "#core/accounts/scope.ts";
import { timeOfId } from "#core/shared/ids.ts";
import { runIdAt } from "./latency.ts";
import { prices, usage } from "./prices.ts";

/** What one bot took in a month and what that costs by list prices, in US dollars. */
export const AccountCost = z.object({
  accountId: z.string(),
  name: z.string(),
  messagesIn: z.number().int(),
  messagesOut: z.number().int(),
  runs: z.number().int(),
  /** Seconds that Hermes was waited for. */
  hermesSeconds: z.number(),
  tokens: z.number().int(),
  pollingUsd: z.number(),
  answeringUsd: z.number(),
  totalUsd: z.number(),
});
export type AccountCost = z.infer<typeof AccountCost>;

const RunCount = z.object({
  _id: z.string(),
  runs: z.number(),
  milliseconds: z.number(),
  tokens: z.number(),
});
const MessageCount = z.object({ _id: z.string(), messagesIn: z.number(), messagesOut: z.number() });

/**
 * By account, the dearest first. Runs, messages and waiting are counted from what is stored; polling
 * is derived from how many accounts are polled now, for the part of the month that has passed.
 */
export async function readCost(
  db: Db,
  of: { from: Date; to: Date; now: Date; scope: LabelScope },
): Promise<AccountCost[]> {
  const accounts = await db
    .collection<Account>("accounts")
    .find({ createdAt: { $lt: of.to }, ...inScope(of.scope), ...notRetired }, { projection })
    .toArray();
  const ids = of.scope === null ? null : accounts.map(({ _id }) => _id);
  const only = ids ? { accountId: { $in: ids } } : {};
  const [runs, messages, pollers] = await Promise.all([
    countRuns(db, { _id: { $gte: runIdAt(of.from), $lt: runIdAt(of.to) }, ...only }),
    countMessages(db, { _id: { $gte: messageIdAt(of.from), $lt: messageIdAt(of.to) }, ...only }),
    db.collection<Account>("accounts").countDocuments({ scheduleWanted: "on" }),
  ]);
  const share = passedShare(of);
  return accounts
    .map(({ _id, name, scheduleWanted }): AccountCost => {
      const { runs: count, milliseconds, tokens } = runs.get(_id) ?? noRuns;
      const hermesSeconds = milliseconds / 1_000;
      const pollingUsd = scheduleWanted === "on" ? share * pollingPerMonth(pollers) : 0;
      const answeringUsd = answering(count, hermesSeconds);
      const { messagesIn, messagesOut } = messages.get(_id) ?? noMessages;
      const counted = { messagesIn, messagesOut, runs: count, hermesSeconds, tokens };
      const totalUsd = pollingUsd + answeringUsd;
      return { accountId: _id, name, ...counted, pollingUsd, answeringUsd, totalUsd };
    })
    .toSorted((a, b) => b.totalUsd - a.totalUsd);
}

const projection = { name: 1, scheduleWanted: 1 } as const;
const notRetired: { status: { $in: Account["status"][] } } = {
  status: {
    $in: [
      "pending_login",
      "pending_approval",
      "approved",
      "suspended",
      "login_expired",
      "retiring",
    ],
  },
};
const noRuns = { runs: 0, milliseconds: 0, tokens: 0 };
const noMessages = { messagesIn: 0, messagesOut: 0 };

/** One account's share of the pollers, and its own schedule's ticks, in a month. */
export function pollingPerMonth(polledAccounts: number): number {
  const full = Math.ceil(polledAccounts / usage.accountsPerPoller);
  const pollers = full * usage.pollersHandingOver;
  const waiting = pollers * usage.secondsPerMonth * usage.pollMemoryGb * prices.lambdaGbSecond;
  const idleSeconds = usage.ticksPerMonth * usage.idleTickSeconds;
  const tick = prices.schedulerInvocation + prices.lambdaRequest;
  return (
    waiting / Math.max(1, polledAccounts) +
    idleSeconds * usage.pollMemoryGb * prices.lambdaGbSecond +
    usage.ticksPerMonth * tick
  );
}

/** What so many runs cost that waited so long for Hermes together. */
export function answering(runs: number, hermesSeconds: number): number {
  const seconds = hermesSeconds + runs * usage.agentOverheadSeconds;
  return (
    seconds * usage.agentMemoryGb * prices.lambdaGbSecond +
    runs * prices.lambdaRequest +
    runs * usage.queueRequestsPerRun * prices.sqsFifoRequest +
    ((runs * usage.logBytesPerRun) / 1e9) * prices.logGigabyte
  );
}

function passedShare({ from, to, now }: { from: Date; to: Date; now: Date }): number {
  const passed = Math.min(now.getTime(), to.getTime()) - from.getTime();
  return Math.max(0, passed) / (to.getTime() - from.getTime());
}

async function countRuns(db: Db, match: object) {
  const waited = { $subtract: ["$hermesEndedAt", "$hermesStartedAt"] };
  const found = await db
    .collection("agent_runs")
    .aggregate([
      { $match: match },
      {
        $group: {
          _id: "$accountId",
          runs: { $sum: 1 },
          milliseconds: { $sum: { $ifNull: [waited, 0] } },
          tokens: { $sum: { $ifNull: ["$usage.total_tokens", 0] } },
        },
      },
    ])
    .toArray();
  return new Map(found.map((each) => RunCount.parse(each)).map((each) => [each._id, each]));
}

async function countMessages(db: Db, match: object) {
  const isInbound = { $eq: ["$direction", "inbound"] };
  const found = await db
    .collection("messages")
    .aggregate([
      { $match: match },
      {
        $group: {
          _id: "$accountId",
          messagesIn: { $sum: { $cond: [isInbound, 1, 0] } },
          messagesOut: { $sum: { $cond: [isInbound, 0, 1] } },
        },
      },
    ])
    .toArray();
  return new Map(found.map((each) => MessageCount.parse(each)).map((each) => [each._id, each]));
}

function messageIdAt(at: Date): string {
  return `msg_${timeOfId(at)}`;
}
