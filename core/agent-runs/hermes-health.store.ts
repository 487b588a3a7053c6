import type { Db } from "mongodb";
import { z } from "zod";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";

/** How one Hermes is, as everybody here last saw it. No record means nobody had trouble yet. */
export const HermesHealth = z.object({
  /** Base URL and profile. */
  _id: z.string(),
  state: z.enum(["up", "down", "misconfigured"]),
  /** The failure table's row, for the operator. */
  cause: z.string().nullable(),
  since: z.date(),
  nextProbeAt: z.date(),
  /** Whether its runs survive a restart under their idempotency key. */
  keepsRuns: z.boolean().default(false),
  capabilitiesAt: z.date().nullable().default(null),
  /** When it last said that all its places are taken. */
  fullAt: z.date().nullable().default(null),
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
          { $set: { state, cause, since: now, nextProbeAt }, $inc: { version: 1 } },
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
      await hermes.updateOne(
        { _id: id },
        {
          $set: { keepsRuns, capabilitiesAt: now },
          $setOnInsert: { state: "up", cause: null, since: now, nextProbeAt: now },
          $inc: { version: 1 },
        },
        { upsert: true },
      );
    },

    /** Nobody waits for a place any more. */
    async markRoomy(id: string): Promise<void> {
      await hermes.updateOne({ _id: id }, { $set: { fullAt: null }, $inc: { version: 1 } });
    },

    /** Notes that all places are taken. */
    async markFull(id: string, now: Date): Promise<void> {
      await hermes.updateOne(
        { _id: id },
        {
          $set: { fullAt: now },
          $setOnInsert: { state: "up", cause: null, since: now, nextProbeAt: now },
          $inc: { version: 1 },
        },
        { upsert: true },
      );
    },

    /** Notes a probe that failed again. */
    async putOffProbe(id: string, cause: string, nextProbeAt: Date): Promise<void> {
      await hermes.updateOne(
        { _id: id, state: { $ne: "up" } },
        { $set: { cause, nextProbeAt }, $inc: { version: 1 } },
      );
    },

    /** True for the one who saw it come back. */
    async markUp(id: string, now: Date): Promise<boolean> {
      const result = await hermes.updateOne(
        { _id: id, state: { $ne: "up" } },
        { $set: { state: "up", cause: null, since: now }, $inc: { version: 1 } },
      );
      return result.modifiedCount === 1;
    },
  };
}
