import type { Db, Filter } from "mongodb";
import { changed } from "#core/database/changed.ts";
import { readEach } from "#core/database/read-each.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Log } from "#core/telemetry/log.ts";
import { AgentRun } from "./agent-run.ts";

/** How long a run is put off when its job is pushed: by then the job has been worked off. */
export const handedForSeconds = 240;
/** As long a handed run counts as if it were at work already. */
const onItsWaySeconds = 60;
/** A full place or an outage: they wait for a free place, whoever comes next. */
const forPlace: AgentRun["waitCause"][] = ["hermes_full", "hermes_down"];
/** Where nobody can read an account's oldest runs, so many more are looked at before it is passed over. */
const mostUnreadable = 50;
/** As many accounts are passed over at once. */
const mostPassed = 20;

type ToldTo = Pick<Log, "error">;

/**
 * Runs that wait for one Hermes: `own` is the base URL of an account's own, null the settings' one.
 * A run that nobody can read is named in the log and keeps no other waiting.
 */
export function waitingRunStore(db: Db) {
  const runs = db.collection<AgentRun>("agent_runs");
  return {
    /** Runs to try again that need no free place by their cause, the longest due first. */
    async listDue(of: {
      own: string | null;
      now: Date;
      limit: number;
      log: ToldTo;
    }): Promise<AgentRun[]> {
      const found = await runs
        .find({
          status: "retry_pending",
          ownHermes: of.own,
          waitCause: { $in: ["in_progress", "failed_turn"] },
          nextAttemptAt: { $lte: of.now },
        })
        .sort({ nextAttemptAt: 1 })
        .limit(of.limit)
        .toArray();
      return readEach(AgentRun, found, of.log);
    },

    /**
     * The next few that wait for a free place: one account's after the other's, the longest waiting
     * first in each, so that none starves behind another's many. `after` is the account last served.
     * Those put off beyond `dueBefore` have a job already.
     */
    async listForPlace(of: {
      own: string | null;
      after: string;
      dueBefore: Date;
      limit: number;
      log: ToldTo;
    }): Promise<AgentRun[]> {
      const waiting: Filter<AgentRun> = {
        status: "retry_pending",
        ownHermes: of.own,
        waitCause: { $in: forPlace },
        nextAttemptAt: { $lte: of.dueBefore },
      };
      const passed: string[] = [];
      while (passed.length < mostPassed) {
        const ahead = await one({ ...waiting, accountId: { $gt: of.after, $nin: passed } });
        const next = ahead ?? (await one({ ...waiting, accountId: { $gt: "", $nin: passed } }));
        if (!next) return [];
        // It is its account's oldest, which is all that most ask for.
        const first = of.limit === 1 ? readEach(AgentRun, [next], of.log) : [];
        if (first.length > 0) return first;
        const { accountId } = next;
        const readable = await listOldest({ ...waiting, accountId }, of);
        if (readable.length > 0) return readable;
        passed.push(accountId);
      }
      return [];
    },

    /**
     * Puts a run's next look off, so that of several who look one pushes its job; false when another
     * was quicker.
     */
    async claim(run: AgentRun, now: Date): Promise<boolean> {
      const result = await runs.updateOne(
        { _id: run._id, status: "retry_pending", version: run.version },
        { $set: { nextAttemptAt: plusSeconds(now, handedForSeconds) }, ...changed },
      );
      return result.modifiedCount === 1;
    },

    /** Places of this Hermes that runs of ours hold, or will in a moment. */
    async countBusy(own: string | null, now: Date): Promise<number> {
      const waiting = { status: "retry_pending", ownHermes: own } as const;
      const handedAfter = plusSeconds(now, handedForSeconds - onItsWaySeconds);
      const counts = await Promise.all([
        runs.countDocuments({ status: { $in: ["running", "retrying"] }, ownHermes: own }),
        runs.countDocuments({ ...waiting, waitCause: "in_progress" }),
        runs.countDocuments({
          ...waiting,
          waitCause: { $in: forPlace },
          nextAttemptAt: { $gt: handedAfter },
        }),
      ]);
      return counts.reduce((sum, count) => sum + count, 0);
    },

    /** Runs whose contacts have waited long enough for a place to be told so. */
    async listUntold(now: Date, limit: number, log: ToldTo): Promise<AgentRun[]> {
      const found = await runs
        .find({ status: "retry_pending", noticeDueAt: { $lte: now } })
        .sort({ noticeDueAt: 1 })
        .limit(limit)
        .toArray();
      return readEach(AgentRun, found, log);
    },

    /** Puts the telling off, so that of several sweeps one pushes the job. */
    async claimUntold(run: AgentRun, noticeDueAt: Date): Promise<boolean> {
      const result = await runs.updateOne(
        { _id: run._id, version: run.version },
        run.status === "retry_pending" && run.queuedReplyMessageId === null
          ? { $set: { noticeDueAt }, ...changed }
          : { $unset: { noticeDueAt: true }, ...changed },
      );
      return result.modifiedCount === 1 && run.status === "retry_pending";
    },

    /** Fixes the id of its notice before that goes out; false when it waits no more or has one. */
    async promiseNotice(runId: string, messageId: string): Promise<boolean> {
      const result = await runs.updateOne(
        { _id: runId, status: "retry_pending", queuedReplyMessageId: null },
        {
          $set: { queuedReplyMessageId: messageId },
          $unset: { noticeDueAt: true },
          ...changed,
        },
      );
      return result.modifiedCount === 1;
    },

    /** Runs that have waited longer than anybody should, whatever the cause. */
    async listTooOld(of: {
      own: string | null;
      before: Date;
      limit: number;
      log: ToldTo;
    }): Promise<AgentRun[]> {
      const found = await runs
        .find({
          status: "retry_pending",
          ownHermes: of.own,
          waitCause: { $in: forPlace },
          askedAt: { $lte: of.before },
        })
        .limit(of.limit)
        .toArray();
      return readEach(AgentRun, found, of.log);
    },

    /**
     * Has an account's waiting runs wait for another Hermes from now on, and at once. Bytes and key
     * were made for the former one.
     */
    async move(wanted: { accountId: string; own: string | null; now: Date }): Promise<void> {
      const { accountId, own, now } = wanted;
      await runs.updateMany(
        { accountId, status: "retry_pending", ownHermes: { $ne: own } },
        {
          $set: { ownHermes: own, nextAttemptAt: now, request: null, hermesVia: "chat" },
          $inc: { ...changed.$inc, keyGeneration: 1 },
          $currentDate: changed.$currentDate,
        },
      );
    },
  };

  /** An account's longest waiting runs, past those at the front that nobody can read. */
  async function listOldest(
    filter: Filter<AgentRun>,
    { limit, log }: { limit: number; log: ToldTo },
  ): Promise<AgentRun[]> {
    const oldest = runs.find(filter).sort({ createdAt: 1 });
    const found = await oldest.clone().limit(limit).toArray();
    const readable = readEach(AgentRun, found, log);
    if (readable.length > 0 || found.length < limit) return readable;
    const behind = await oldest.skip(limit).limit(mostUnreadable).toArray();
    return readEach(AgentRun, behind, log).slice(0, limit);
  }

  /** As it is stored: whether it can be read is to be seen. */
  function one(filter: Filter<AgentRun>): Promise<AgentRun | null> {
    return runs.findOne(filter, { sort: { accountId: 1, createdAt: 1 } });
  }
}
