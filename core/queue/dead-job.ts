import type { Db, Filter, UpdateFilter } from "mongodb";
import { z } from "zod";
import { asChanged, changed } from "#core/database/changed.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import { listChanged, type ChangedPage } from "#core/database/list-changed.ts";
import { RequestError } from "#core/shared/errors.ts";
import type { Place } from "#core/shared/pages.ts";
import { Job } from "./job.ts";

/** A line of the audit log, whose words this folder does not know. */
type Line = { _id: string };

/** A job that could not be done: it does not parse, or failed as often as it may. */
export const DeadJob = z.object({
  /** Follows from the queue's message id, so that a repeat is the same record. */
  _id: z.string(),
  why: z.enum(["unreadable", "failed_too_often"]),
  body: z.string(),
  /** Whose conversation it was about; absent where the body does not say. */
  conversationId: z.string().optional(),
  accountId: z.string().optional(),
  createdAt: z.date(),
  status: z.enum(["open", "redriven", "deleted"]),
  /** The job by which it was tried again; pushed under this id however often that is repeated. */
  redriveJobId: z.string().optional(),
  /** Present while that job is owed; the retry Lambda pushes it when this is past. */
  pushAfter: z.date().optional(),
  auditOutbox: z.array(z.looseObject({ _id: z.string() })).optional(),
  version: z.number().int(),
});
export type DeadJob = z.infer<typeof DeadJob>;

/** Whose dead jobs are asked for. */
type OfDeadJobs = {
  accountIds?: readonly string[] | null;
  /** One of them only. */
  accountId?: string | undefined;
  /** Whose is one of these, where something was searched for. */
  named?: { conversationIds: string[]; accountIds: string[] } | undefined;
};

const longestBody = 4_096;

export function deadJobStore(db: Db) {
  const deadJobs = db.collection<DeadJob>("dead_jobs");

  async function change(
    filter: Filter<DeadJob>,
    update: UpdateFilter<DeadJob>,
  ): Promise<DeadJob | null> {
    const after = await deadJobs.findOneAndUpdate(
      filter,
      { ...update, ...changed },
      { returnDocument: "after" },
    );
    return after && DeadJob.parse(after);
  }

  return {
    /** Keeps a dead job once, whatever wakes us twice with it. */
    async keep(dead: {
      sqsMessageId: string;
      why: DeadJob["why"];
      body: string;
      conversationId?: string;
      accountId?: string;
      now: Date;
    }): Promise<void> {
      const { sqsMessageId, why, body, conversationId, accountId, now } = dead;
      try {
        const made: DeadJob = {
          _id: `dead_${sqsMessageId}`,
          why,
          body: body.slice(0, longestBody),
          ...(conversationId === undefined ? {} : { conversationId }),
          ...(accountId === undefined ? {} : { accountId }),
          createdAt: now,
          status: "open",
          version: 1,
        };
        await deadJobs.insertOne(asChanged(made));
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    /** Throws RequestError `dead_job.unknown`. */
    async get(id: string): Promise<DeadJob> {
      const found = await deadJobs.findOne({ _id: id });
      if (found) return DeadJob.parse(found);
      throw new RequestError("not_found", "dead_job.unknown", `There is no dead job ${id}.`, {
        deadJobId: id,
      });
    },

    /** The newest first; `before` is the last id of the page before. */
    async list(
      page: OfDeadJobs & {
        status?: DeadJob["status"];
        /** The last one of the page before. */
        after?: { createdAt: Date; id: string };
        limit: number;
      },
    ): Promise<DeadJob[]> {
      const filter: Filter<DeadJob> = { status: page.status ?? "open", ...filterOf(page) };
      if (page.after) {
        const { createdAt, id } = page.after;
        filter.createdAt = { $lte: createdAt };
        filter.$or = [{ createdAt: { $lt: createdAt } }, { _id: { $lt: id } }];
      }
      const found = await deadJobs
        .find(filter)
        .sort({ createdAt: -1, _id: -1 })
        .limit(page.limit)
        .toArray();
      return found.map((job) => DeadJob.parse(job));
    },

    /** Those that changed since a list was read, in whatever state they are now. */
    async listChanged(page: OfDeadJobs & ChangedPage): Promise<{
      items: DeadJob[];
      next: Place | null;
    }> {
      const { found, next } = await listChanged(db, "dead_jobs", filterOf(page), page);
      return { items: found.map((job) => DeadJob.parse(job)), next };
    },

    /** Gives the dead job to whoever is first to redrive it; null for all others. */
    async claimRedrive(claim: {
      id: string;
      redriveJobId: string;
      now: Date;
      line: Line;
    }): Promise<DeadJob | null> {
      return change(
        { _id: claim.id, status: "open" },
        {
          $set: { status: "redriven", redriveJobId: claim.redriveJobId, pushAfter: claim.now },
          $push: { auditOutbox: claim.line },
        },
      );
    },

    /** Takes it off the list without trying it again; null when it is not open. */
    async markDeleted(id: string, line: Line): Promise<DeadJob | null> {
      return change(
        { _id: id, status: "open" },
        { $set: { status: "deleted" }, $push: { auditOutbox: line } },
      );
    },

    /** Redriven ones whose job should have been pushed before `before`. */
    async listOwed(before: Date, limit: number): Promise<DeadJob[]> {
      const found = await deadJobs
        .find({ pushAfter: { $lte: before } })
        .sort({ pushAfter: 1 })
        .limit(limit)
        .toArray();
      return found.map((job) => DeadJob.parse(job));
    },

    /** Their jobs were pushed. */
    async settleRedriven(ids: readonly string[]): Promise<void> {
      await deadJobs.updateMany(
        { _id: { $in: [...ids] }, status: "redriven" },
        { $unset: { pushAfter: true } },
      );
    },
  };
}

function filterOf({ accountIds, accountId, named }: OfDeadJobs): Filter<DeadJob> {
  const of: Filter<DeadJob>[] = [];
  if (accountIds) of.push({ accountId: { $in: [...accountIds] } });
  if (accountId !== undefined) of.push({ accountId });
  if (named) {
    of.push({
      $or: [
        { conversationId: { $in: named.conversationIds } },
        { accountId: { $in: named.accountIds } },
      ],
    });
  }
  return of.length === 0 ? {} : { $and: of };
}

/** The job that the dead one was, or null when its body is no job. */
export function jobWithin({ body }: Pick<DeadJob, "body">): Job | null {
  try {
    return Job.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    // A body that is not even JSON is as unreadable as one of another shape.
    return null;
  }
}
