import type { Db } from "mongodb";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import type { AgentRun, RunStatus } from "#core/agent-runs/agent-run.ts";
import type { Poller } from "#core/polling/poller.ts";
import type { DeadJob } from "#core/queue/dead-job.ts";

const Coverage = z.object({ wanted: z.number(), held: z.number(), neglectedSince: z.date() });
const Standing = z.object({
  _id: z.string(),
  count: z.number(),
  oldestAskedAt: z.date(),
  oldestAnsweredAt: z.date().nullable(),
});

/** Runs that are neither over nor forgotten. */
const openStatuses: readonly RunStatus[] = [
  "running",
  "retry_pending",
  "retrying",
  "sending",
  "awaiting_review",
  "parked",
];

/** Only what the heartbeat asks, and all of it counts or finds the oldest of a kind. */
export function heartbeatStore(db: Db) {
  const accounts = db.collection<Account>("accounts");
  return {
    /** How many accounts are to be polled, how many are held, and since when the worst is neglected. */
    async readCoverage(now: Date): Promise<z.output<typeof Coverage>> {
      const [found] = await accounts
        .aggregate([
          { $match: { scheduleWanted: "on", status: "approved" } },
          {
            $group: {
              _id: null,
              wanted: { $sum: 1 },
              held: { $sum: { $cond: [{ $gt: ["$lease.expiresAt", now] }, 1, 0] } },
              // What was begun or changed a moment ago is not neglected yet.
              neglectedSince: { $min: { $max: ["$lastGoodPollAt", "$updatedAt"] } },
            },
          },
        ])
        .toArray();
      return found ? Coverage.parse(found) : { wanted: 0, held: 0, neglectedSince: now };
    },

    countExpiredLogins: () => accounts.countDocuments({ status: "login_expired" }),

    countDifferingSchedules: () => accounts.countDocuments({ scheduleDiffers: true }),

    countPollers: (now: Date) =>
      db.collection<Poller>("pollers").countDocuments({ expiresAt: { $gt: now } }),

    countDeadJobs: () => db.collection<DeadJob>("dead_jobs").countDocuments({ status: "open" }),

    /** Per open status: how many runs, the oldest question, and the oldest answer. */
    async readRuns(): Promise<z.output<typeof Standing>[]> {
      const found = await db
        .collection<AgentRun>("agent_runs")
        .aggregate([
          { $match: { status: { $in: openStatuses } } },
          {
            $group: {
              _id: "$status",
              count: { $sum: 1 },
              oldestAskedAt: { $min: "$createdAt" },
              oldestAnsweredAt: { $min: "$completedAt" },
            },
          },
        ])
        .toArray();
      return found.map((standing) => Standing.parse(standing));
    },

    /** When the longest waiting message that is in no run should have been pushed. */
    async findForgottenSince(now: Date): Promise<Date | null> {
      const found = await db
        .collection<{ waiting?: true; pushAfter: Date }>("messages")
        .find({ waiting: true, pushAfter: { $lte: now } })
        .sort({ pushAfter: 1 })
        .limit(1)
        .toArray();
      return found[0]?.pushAfter ?? null;
    },

    /** Accounts that are polled and had no message since `quietSince`, but one since `weekAgo`. */
    async listQuiet(weekAgo: Date, quietSince: Date, limit: number): Promise<string[]> {
      const found = await accounts
        .find({
          scheduleWanted: "on",
          status: "approved",
          lastInboundAt: { $gt: weekAgo, $lt: quietSince },
        })
        .project({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id }) => String(_id));
    },

    /** Whether the account got a message between the two ids, which tell the time. */
    async hasInbound(accountId: string, fromId: string, toId: string): Promise<boolean> {
      const found = await db
        .collection<{ _id: string }>("messages")
        .find({ accountId, _id: { $gte: fromId, $lt: toId }, direction: "inbound" })
        .project({ _id: 1 })
        .limit(1)
        .toArray();
      return found.length > 0;
    },
  };
}
