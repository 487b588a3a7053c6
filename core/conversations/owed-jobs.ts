import type { Db } from "mongodb";
import type { NewJob } from "#core/queue/agent-queue.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";

/** Documents whose change causes a job carry `pushAfter` until it is pushed. */
export const owingCollections = ["agent_runs", "conversations"] as const;
export type OwingCollection = (typeof owingCollections)[number];

export type OwedJob = {
  collection: OwingCollection;
  /** Of the document that was changed. */
  id: string;
  conversationId: string;
  pushAfter: Date;
  /** Stays owed until the agent Lambda has done it, since the job may be lost on its way. */
  isKept: boolean;
};

type Owing = {
  _id: string;
  conversationId?: string;
  pushAfter?: Date;
  draft?: true;
};

export function owedJobStore(db: Db) {
  const of = (name: OwingCollection) => db.collection<Owing>(name);
  return {
    /** Jobs that should have been pushed before `before`. */
    async listDue(before: Date, limit: number): Promise<OwedJob[]> {
      const lists = owingCollections.map(async (collection) => {
        const found = await of(collection)
          .find(
            { pushAfter: { $lte: before } },
            { projection: { conversationId: 1, pushAfter: 1, draft: 1 } },
          )
          .sort({ pushAfter: 1 })
          .limit(limit)
          .toArray();
        return found.map(({ _id, conversationId = _id, pushAfter = before, draft }) => ({
          collection,
          id: _id,
          conversationId,
          pushAfter,
          isKept: draft === true,
        }));
      });
      return (await Promise.all(lists)).flat();
    },

    /** Puts the next look off; false when another sweep was quicker or it is owed no more. */
    async claim({ collection, id, pushAfter }: OwedJob, until: Date): Promise<boolean> {
      const result = await of(collection).updateOne(
        { _id: id, pushAfter },
        { $set: { pushAfter: until } },
      );
      return result.modifiedCount === 1;
    },

    /** The job was pushed; a newer debt stays. */
    async settle({ collection, id, pushAfter }: OwedJob): Promise<void> {
      await of(collection).updateOne({ _id: id, pushAfter }, { $unset: { pushAfter: true } });
    },
  };
}

/**
 * Pushes the job of a change that is stored. A push that fails is no failure of the change: the job
 * stays owed and the retry Lambda pushes it.
 */
export async function pushOwed(deps: Deps & WithQueue, owed: OwedJob): Promise<void> {
  try {
    await deps.queue.push([jobOf(deps, owed)]);
    if (!owed.isKept) await owedJobStore(deps.db).settle(owed);
  } catch (error) {
    deps.log.warn("job.owed", { subjectId: owed.id, conversationId: owed.conversationId }, error);
  }
}

export function jobOf(deps: Deps, { id, conversationId }: OwedJob): NewJob {
  return { jobId: deps.newId("job"), conversationId, do: "resume", ref: id };
}
