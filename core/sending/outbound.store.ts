import type { Db } from "mongodb";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import { readEach } from "#core/database/read-each.ts";
import {
  chunkTransitions,
  isSettled,
  OutboundMessage,
  type Chunk,
  type ChunkState,
} from "#core/messages/message.ts";
import { statusesBefore } from "#core/shared/transitions.ts";
import type { Log } from "#core/telemetry/log.ts";
import { asChanged, changed } from "#core/database/changed.ts";

/** What the tries of a chunk came to, and what the message waits for now. */
export type ChunkResult = {
  message: OutboundMessage;
  index: number;
  set: Partial<Chunk> & { state: ChunkState };
  nextAttemptAt: Date;
  /** With `parked`: the contact's last message until now, and the offer of the rest if there is one. */
  parkedAfter?: Date;
  offerId?: string;
};

const unsettled: ChunkState[] = ["queued", "sending", "parked"];

export function outboundStore(db: Db) {
  const messages = db.collection<OutboundMessage>("messages");
  return {
    /** `exists`: an earlier try stored it; its chunks keep their client ids. */
    async insert(message: OutboundMessage): Promise<"inserted" | "exists"> {
      try {
        await messages.insertOne(asChanged(message));
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

    /** The message that was composed under this key, if it is stored. */
    async findByKey(accountId: string, onceKey: string): Promise<OutboundMessage | null> {
      const found = await messages.findOne({ accountId, dedupeKeys: `out:${onceKey}` });
      return found && OutboundMessage.parse(found);
    },

    /** Counts a try of a chunk before it is made; false when somebody ended the message meanwhile. */
    async beginChunk(outboundId: string, index: number, attempts: number): Promise<boolean> {
      const path = `chunks.${index}`;
      const result = await messages.updateOne(
        {
          _id: outboundId,
          [`${path}.state`]: { $in: statusesBefore(chunkTransitions, "sending") },
        },
        {
          $set: { [`${path}.state`]: "sending", [`${path}.attempts`]: attempts, open: "going" },
          ...changed,
        },
      );
      return result.matchedCount === 1;
    },

    /**
     * Stores what a chunk's tries came to. After a yes the next chunk is under way in the same
     * statement; after an end those behind it end as well. False when somebody ended the message
     * meanwhile.
     */
    async recordChunk(result: ChunkResult): Promise<boolean> {
      const { message, index, set, nextAttemptAt, parkedAfter, offerId } = result;
      const path = `chunks.${index}`;
      const open = openAfter(result);
      const fields: Record<string, unknown> = {
        nextAttemptAt,
        pushAfter: nextAttemptAt,
        ...behind(result),
        ...(open === null ? {} : { open }),
        ...(parkedAfter === undefined ? {} : { parkedAfter }),
        ...(offerId === undefined ? {} : { offerId }),
        ...failureOf(set),
      };
      for (const [field, value] of Object.entries(set)) fields[`${path}.${field}`] = value;
      const stored = await messages.updateOne(
        {
          _id: message._id,
          [`${path}.state`]: { $in: statusesBefore(chunkTransitions, set.state) },
        },
        {
          $set: fields,
          ...(open === null ? { $unset: { open: true } } : {}),
          ...changed,
        },
      );
      return stored.matchedCount === 1;
    },

    /** Ends a message of which nothing more is sent, with a code that says why. */
    async drop(outboundId: string, state: "dead" | "skipped", code: string): Promise<void> {
      await messages.updateOne(
        { _id: outboundId, open: { $in: ["going", "parked"] } },
        {
          // The state last: SecantusDB looks for the unsent anew for each field.
          $set: { "chunks.$[unsent].code": code, "chunks.$[unsent].state": state },
          $unset: { open: true },
          ...changed,
        },
        { arrayFilters: [{ "unsent.state": { $in: unsettled } }] },
      );
    },

    /** Has an account's messages go on that were parked for this reason. */
    async wakeParked(wanted: { accountId: string; code: string; now: Date }): Promise<void> {
      const { accountId, code, now } = wanted;
      await messages.updateMany(
        { accountId, open: "parked", chunks: { $elemMatch: { state: "parked", code } } },
        { $set: { open: "going", nextAttemptAt: now, pushAfter: now }, ...changed },
      );
    },

    /** Messages whose next try is due and has no job yet, the longest waiting first. */
    async listDue(
      before: Date,
      limit: number,
      log: Pick<Log, "error">,
    ): Promise<OutboundMessage[]> {
      const found = await messages
        .find({ open: "going", pushAfter: { $lte: before } })
        .sort({ pushAfter: 1 })
        .limit(limit)
        .toArray();
      return readEach(OutboundMessage, found, log);
    },

    /** Puts the next look off, so that of several sweeps one pushes the job. */
    async claimPush(message: OutboundMessage, pushAfter: Date): Promise<boolean> {
      const result = await messages.updateOne(
        { _id: message._id, open: "going", version: message.version },
        { $set: { pushAfter }, ...changed },
      );
      return result.modifiedCount === 1;
    },
  };
}

/** null: nothing more of the message is to be sent. */
function openAfter({ message, index, set }: ChunkResult): "going" | "parked" | null {
  if (set.state === "parked") return "parked";
  if (!isSettled(set)) return "going";
  return isYes(set) && index < message.chunks.length - 1 ? "going" : null;
}

function behind({ message, index, set }: ChunkResult): Record<string, unknown> {
  if (!isSettled(set)) return {};
  if (isYes(set)) {
    const next = `chunks.${index + 1}`;
    const hasNext = index < message.chunks.length - 1;
    return hasNext ? { [`${next}.state`]: "sending", [`${next}.attempts`]: 1 } : {};
  }
  const state = set.state === "skipped" ? "skipped" : "dead";
  return Object.fromEntries(
    message.chunks
      .slice(index + 1)
      .map((_, offset) => [`chunks.${index + 1 + offset}.state`, state]),
  );
}

/** What people are to look at: it did not arrive, or nobody knows. */
function failureOf({ state, code }: ChunkResult["set"]): Pick<OutboundMessage, "failure"> {
  if (state === "unconfirmed") return { failure: "unconfirmed" };
  const isFailed = state === "refused" || (state === "dead" && code !== "taken_over");
  return isFailed ? { failure: "dead" } : {};
}

function isYes({ state }: Pick<Chunk, "state">): boolean {
  return state === "accepted" || state === "unconfirmed";
}
