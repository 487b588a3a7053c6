import type { Db } from "mongodb";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import { OutboundMessage, type Chunk } from "#core/messages/message.ts";

/** What one try made of a chunk, and what the message waits for now. */
export type ChunkResult = {
  outboundId: string;
  index: number;
  set: Partial<Chunk>;
  /** Goes on with the next chunk in the same statement. */
  beginNext: boolean;
  /** null: nothing more of the message is to be sent. */
  open: "going" | "parked" | null;
  nextAttemptAt: Date;
};

export function outboundStore(db: Db) {
  const messages = db.collection<OutboundMessage>("messages");
  return {
    /** `exists`: an earlier try stored it; its chunks keep their client ids. */
    async insert(message: OutboundMessage): Promise<"inserted" | "exists"> {
      try {
        await messages.insertOne(message);
        return "inserted";
      } catch (error) {
        if (isDuplicateKey(error)) return "exists";
        throw error;
      }
    },

    async find(id: string): Promise<OutboundMessage | null> {
      const found = await messages.findOne({ _id: id, direction: "outbound" });
      return found && OutboundMessage.parse(found);
    },

    /** Counts a further try of a chunk before it is made. */
    async beginChunk(outboundId: string, index: number, clientId: string): Promise<void> {
      await messages.updateOne(
        { _id: outboundId, [`chunks.${index}.clientId`]: clientId },
        {
          $set: { [`chunks.${index}.state`]: "sending", open: "going" },
          $inc: { [`chunks.${index}.attempts`]: 1, version: 1 },
        },
      );
    },

    async recordChunk(result: ChunkResult): Promise<void> {
      const path = `chunks.${result.index}`;
      const set: Record<string, unknown> = {
        nextAttemptAt: result.nextAttemptAt,
        pushAfter: result.nextAttemptAt,
      };
      for (const [field, value] of Object.entries(result.set)) set[`${path}.${field}`] = value;
      const next = `chunks.${result.index + 1}`;
      if (result.beginNext) set[`${next}.state`] = "sending";
      if (result.open) set["open"] = result.open;
      await messages.updateOne(
        { _id: result.outboundId, [`${path}.state`]: { $in: ["queued", "sending", "parked"] } },
        {
          $set: set,
          ...(result.open ? {} : { $unset: { open: true } }),
          $inc: { version: 1, ...(result.beginNext ? { [`${next}.attempts`]: 1 } : {}) },
        },
      );
    },

    /** Ends a message that will never be sent: its account is gone or a person decided so. */
    async drop(outboundId: string): Promise<void> {
      await messages.updateOne(
        { _id: outboundId, open: { $in: ["going", "parked"] } },
        {
          $set: { "chunks.$[unsent].state": "dead" },
          $unset: { open: true },
          $inc: { version: 1 },
        },
        { arrayFilters: [{ "unsent.state": { $in: ["queued", "sending", "parked"] } }] },
      );
    },

    /** Messages whose next try is due and has no job yet, the longest waiting first. */
    async listDue(before: Date, limit: number): Promise<OutboundMessage[]> {
      const found = await messages
        .find({ open: "going", pushAfter: { $lte: before } })
        .sort({ pushAfter: 1 })
        .limit(limit)
        .toArray();
      return found.map((message) => OutboundMessage.parse(message));
    },

    /** Puts the next look off, so that of several sweeps one pushes the job. */
    async claimPush(message: OutboundMessage, pushAfter: Date): Promise<boolean> {
      const result = await messages.updateOne(
        { _id: message._id, open: "going", version: message.version },
        { $set: { pushAfter }, $inc: { version: 1 } },
      );
      return result.modifiedCount === 1;
    },
  };
}
