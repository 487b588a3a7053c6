import type { Db } from "mongodb";
import { z } from "zod";
import { isDuplicateKey, upsertAgain } from "#core/database/duplicate-key.ts";
import { readEach } from "#core/database/read-each.ts";
import type { Log } from "#core/telemetry/log.ts";

const HealthState = z.enum(["up", "down", "misconfigured"]);

/** A moment at which a Hermes became otherwise. */
export const HealthChange = z.object({
  at: z.date(),
  state: HealthState,
  cause: z.string().nullable(),
});
export type HealthChange = z.infer<typeof HealthChange>;

/** One that comes and goes each minute is known for some hours back. */
const mostChanges = 200;

/** How one Hermes is, as everybody here last saw it. No record means nobody reached it or had trouble yet. */
export const HermesHealth = z.object({
  /** Base URL and profile. */
  _id: z.string(),
  state: HealthState,
  /** The failure table's row or what the last probe said, for the operator. */
  cause: z.string().nullable(),
  since: z.date(),
  nextProbeAt: z.date(),
  /** Whether its runs survive a restart under their idempotency key. */
  keepsRuns: z.boolean().default(false),
  capabilitiesAt: z.date().nullable().default(null),
  /** When it last said that all its places are taken. */
  fullAt: z.date().nullable().default(null),
  /**
   * How many questions of ours it takes at once, as far as we learned: fewer after a refusal or an
   * outage, one more with each answer. Null: nobody was refused yet.
   */
  places: z.number().int().nullable().default(null),
  /** Its max_concurrent_runs, as it said with its last refusal. */
  mostPlaces: z.number().int().nullable().default(null),
  /** The account whose waiting run got the last free place. */
  servedAccountId: z.string().default(""),
  /** When it went and came back, the newest last; reachability is told from these. */
  changes: z.array(HealthChange).optional(),
  version: z.number().int(),
});
export type HermesHealth = z.infer<typeof HermesHealth>;

/** After a refusal for want of places, this long all questions queue up behind those that wait. */
const fullForMs = 30_000;

/** Whether whoever frees a place should hand it to the run that waits longest. */
export function isFull(health: HermesHealth | null, now: Date): boolean {
  const fullAt = health?.fullAt ?? null;
  return fullAt !== null && now.getTime() - fullAt.getTime() < fullForMs;
}

/** How many questions of ours may be at work at once; `wanted` is HERMES_PLACES. */
export function placesOf(health: HermesHealth | null, wanted: number): number {
  return health?.places ?? mostPlacesOf(health, wanted);
}

/** Whether it is asked for less than it may take: after a refusal or an outage. */
export function isLearning(health: HermesHealth, wanted: number): boolean {
  return placesOf(health, wanted) < mostPlacesOf(health, wanted);
}

function mostPlacesOf(health: HermesHealth | null, wanted: number): number {
  return health?.mostPlaces ?? wanted;
}

function note(change: HealthChange) {
  return { changes: { $each: [change], $slice: -mostChanges } };
}

export function hermesHealthStore(db: Db) {
  const hermes = db.collection<HermesHealth>("hermes");
  return {
    async find(id: string): Promise<HermesHealth | null> {
      const found = await hermes.findOne({ _id: id });
      return found && HermesHealth.parse(found);
    },

    /** Notes that Hermes is away; the first to see it sets since when. True for that first one. */
    async markAway(seen: {
      id: string;
      state: "down" | "misconfigured";
      cause: string;
      now: Date;
      nextProbeAt: Date;
    }): Promise<boolean> {
      const { id, state, cause, now, nextProbeAt } = seen;
      try {
        const result = await hermes.updateOne(
          { _id: id, state: { $ne: state } },
          {
            $set: { state, cause, since: now, nextProbeAt },
            $push: note({ at: now, state, cause }),
            $inc: { version: 1 },
          },
          { upsert: true },
        );
        return result.modifiedCount + result.upsertedCount === 1;
      } catch (error) {
        // The upsert of a record that is there already in this state.
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    /** Keeps what a probe found it can do; the first to ask makes the record. */
    async keepCapabilities(id: string, keepsRuns: boolean, now: Date): Promise<void> {
      await upsertAgain(() =>
        hermes.updateOne(
          { _id: id },
          {
            $set: { keepsRuns, capabilitiesAt: now },
            $setOnInsert: { state: "up", cause: null, since: now, nextProbeAt: now },
            $inc: { version: 1 },
          },
          { upsert: true },
        ),
      );
    },

    /** It answered; the first to see that makes the record. A known one stays as it is. */
    async noteReached(id: string, now: Date): Promise<void> {
      await upsertAgain(() =>
        hermes.updateOne(
          { _id: id },
          {
            $setOnInsert: { state: "up", cause: null, since: now, nextProbeAt: now, version: 1 },
          },
          { upsert: true },
        ),
      );
    },

    /** Nobody waits for a place any more; what Hermes allows may change until the next time. */
    async markRoomy(id: string): Promise<void> {
      await hermes.updateOne(
        { _id: id },
        { $set: { fullAt: null, mostPlaces: null }, $inc: { version: 1 } },
      );
    },

    /** One more place than before; `most` is where it ends. */
    async grow(id: string, most: number): Promise<void> {
      await hermes.updateOne(
        { _id: id, places: { $lt: most } },
        { $inc: { places: 1, version: 1 } },
      );
    },

    /** This account's waiting run was served last. */
    async noteServed(id: string, servedAccountId: string): Promise<void> {
      await hermes.updateOne({ _id: id }, { $set: { servedAccountId }, $inc: { version: 1 } });
    },

    /** Moves on whose turn it is while runs wait; false when another was quicker. */
    async serve(
      id: string,
      next: { after: string; accountId: string; now: Date },
    ): Promise<boolean> {
      const result = await hermes.updateOne(
        { _id: id, servedAccountId: next.after === "" ? { $not: { $gt: "" } } : next.after },
        { $set: { fullAt: next.now, servedAccountId: next.accountId }, $inc: { version: 1 } },
      );
      return result.modifiedCount === 1;
    },

    /**
     * Notes that a question was refused since all places are taken, with as many of ours at work;
     * `most` is how many places there are, where Hermes says so.
     */
    async markFull(
      id: string,
      now: Date,
      { atWork, most }: { atWork: number; most: number | null },
    ): Promise<void> {
      const places = Math.max(1, most === null ? atWork : Math.min(atWork, most));
      await upsertAgain(() =>
        hermes.updateOne(
          { _id: id },
          {
            $set: { fullAt: now, places, ...(most === null ? {} : { mostPlaces: most }) },
            $setOnInsert: { state: "up", cause: null, since: now, nextProbeAt: now },
            $inc: { version: 1 },
          },
          { upsert: true },
        ),
      );
    },

    /** Those to be looked for now. */
    async listProbes(now: Date, limit: number, log: Pick<Log, "error">): Promise<HermesHealth[]> {
      const found = await hermes
        .find({ state: { $in: ["down", "misconfigured"] }, nextProbeAt: { $lte: now } })
        .limit(limit)
        .toArray();
      return readEach(HermesHealth, found, log);
    },

    /** Nobody uses it any more. */
    async forget(id: string): Promise<void> {
      await hermes.deleteOne({ _id: id, state: { $ne: "up" } });
    },

    async list(limit: number, log: Pick<Log, "error">): Promise<HermesHealth[]> {
      const found = await hermes.find({}).sort({ _id: 1 }).limit(limit).toArray();
      return readEach(HermesHealth, found, log);
    },

    /** Notes a probe that failed again. */
    async putOffProbe(id: string, cause: string, nextProbeAt: Date): Promise<void> {
      await hermes.updateOne(
        { _id: id, state: { $ne: "up" } },
        { $set: { cause, nextProbeAt }, $inc: { version: 1 } },
      );
    },

    /** True for the one who saw it come back. Its places are tried out from one on. */
    async markUp(id: string, now: Date): Promise<boolean> {
      const result = await hermes.updateOne(
        { _id: id, state: { $ne: "up" } },
        {
          $set: { state: "up", cause: null, since: now, places: 1 },
          $push: note({ at: now, state: "up", cause: null }),
          $inc: { version: 1 },
        },
      );
      return result.modifiedCount === 1;
    },
  };
}
