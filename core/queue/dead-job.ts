import type { Db } from "mongodb";
import { z } from "zod";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";

/** A job that could not be done: it does not parse, or failed as often as it may. */
export const DeadJob = z.object({
  /** Follows from the queue's message id, so that a repeat is the same record. */
  _id: z.string(),
  why: z.enum(["unreadable", "failed_too_often"]),
  body: z.string(),
  createdAt: z.date(),
  status: z.enum(["open", "redriven", "deleted"]),
  version: z.number().int(),
});
export type DeadJob = z.infer<typeof DeadJob>;

const longestBody = 4_096;

export function deadJobStore(db: Db) {
  const deadJobs = db.collection<DeadJob>("dead_jobs");
  return {
    /** Keeps a dead job once, whatever wakes us twice with it. */
    async keep(dead: {
      sqsMessageId: string;
      why: DeadJob["why"];
      body: string;
      now: Date;
    }): Promise<void> {
      try {
        await deadJobs.insertOne({
          _id: `dead_${dead.sqsMessageId}`,
          why: dead.why,
          body: dead.body.slice(0, longestBody),
          createdAt: dead.now,
          status: "open",
          version: 1,
        });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    async list(limit: number): Promise<DeadJob[]> {
      const found = await deadJobs.find({}).sort({ _id: -1 }).limit(limit).toArray();
      return found.map((job) => DeadJob.parse(job));
    },
  };
}
