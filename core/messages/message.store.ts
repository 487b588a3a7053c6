import type { Db, Filter } from "mongodb";
import { duplicatePositions } from "#core/database/duplicate-key.ts";
import { readEach } from "#core/database/read-each.ts";
import type { Statement } from "#core/database/write-together.ts";
import type { Log } from "#core/telemetry/log.ts";
import { InboundMessage, OutboundMessage, type UnansweredReason } from "./message.ts";

export const StoredMessage = InboundMessage.or(OutboundMessage);
export type StoredMessage = InboundMessage | OutboundMessage;

/** Marks messages as being in a run; one that is in one already stays there. */
export function joinStatements(messageIds: readonly string[], runId: string): Statement[] {
  return messageIds.map((id) => ({
    collection: "messages",
    filter: { _id: id, waiting: true },
    update: joined(runId),
  }));
}

function joined(runId: string) {
  return { $set: { runId }, $unset: { waiting: true as const }, $inc: { version: 1 } };
}

/** Inbound messages; what goes out is in `sending/outbound.store.ts`. */
export function messageStore(db: Db) {
  const inbound = db.collection<InboundMessage>("messages");
  const all = db.collection<StoredMessage>("messages");
  return {
    /** Stores what was not seen before and gives just those, in their order. */
    async insertUnseen(messages: readonly InboundMessage[]): Promise<InboundMessage[]> {
      if (messages.length === 0) return [];
      try {
        await inbound.insertMany([...messages], { ordered: false });
        return [...messages];
      } catch (error) {
        const seen = duplicatePositions(error);
        if (seen === null) throw error;
        return messages.filter((_, position) => !seen.has(position));
      }
    },

    /** The stored messages that these are, or are copies of: any key in common; the oldest first. */
    async listSeen(messages: readonly InboundMessage[]): Promise<InboundMessage[]> {
      const [first] = messages;
      if (!first) return [];
      const keys = messages.flatMap(({ dedupeKeys }) => dedupeKeys);
      const found = await inbound
        .find({ accountId: first.accountId, dedupeKeys: { $in: keys }, direction: "inbound" })
        .sort({ _id: 1 })
        .toArray();
      return found.map((message) => InboundMessage.parse(message));
    },

    /** Marks the messages as being in a run; those that are in one already stay there. */
    async joinRun(messageIds: readonly string[], runId: string): Promise<void> {
      await inbound.updateMany({ _id: { $in: [...messageIds] }, waiting: true }, joined(runId));
    },

    /** Has messages of a replaced run belong to the one that took them over. */
    async handOn(messageIds: readonly string[], run: { from: string; to: string }): Promise<void> {
      await inbound.updateMany(
        { _id: { $in: [...messageIds] }, runId: run.from },
        { $set: { runId: run.to }, $inc: { version: 1 } },
      );
    },

    /** Marks waiting messages as never to be answered, with the reason. */
    async leaveUnanswered(messageIds: readonly string[], reason: UnansweredReason): Promise<void> {
      await inbound.updateMany(
        { _id: { $in: [...messageIds] }, waiting: true },
        { $set: { unansweredReason: reason }, $unset: { waiting: true }, $inc: { version: 1 } },
      );
    },

    /**
     * Messages that wait since before `before`, the longest waiting first: their job went missing.
     * `ids` has those as well that nobody can read.
     */
    async listForgotten(
      before: Date,
      limit: number,
      log: Pick<Log, "error">,
    ): Promise<{ ids: string[]; readable: InboundMessage[] }> {
      const found = await inbound
        .find({ waiting: true, pushAfter: { $lte: before } })
        .sort({ pushAfter: 1 })
        .limit(limit)
        .toArray();
      return {
        ids: found.map(({ _id }) => _id),
        readable: readEach(InboundMessage, found, log),
      };
    },

    /** Puts the next look at a forgotten message off, so that one tick does not push it for ever. */
    async putOff(messageIds: readonly string[], until: Date): Promise<void> {
      await inbound.updateMany(
        { _id: { $in: [...messageIds] }, waiting: true },
        { $set: { pushAfter: until } },
      );
    },

    async getMany(messageIds: readonly string[]): Promise<InboundMessage[]> {
      const found = await inbound
        .find({ _id: { $in: [...messageIds] } })
        .sort({ _id: 1 })
        .toArray();
      return found.map((message) => InboundMessage.parse(message));
    },

    /** Newest first; `before` is the last id of the page before. */
    async list(page: {
      accountId?: string;
      conversationId?: string;
      /** Only of these, where something was searched for. */
      conversationIds?: readonly string[] | undefined;
      before?: string;
      limit: number;
    }): Promise<StoredMessage[]> {
      const filter: Filter<StoredMessage> = {};
      if (page.accountId) filter.accountId = page.accountId;
      if (page.conversationId) filter.conversationId = page.conversationId;
      if (page.conversationIds) filter.conversationId = { $in: [...page.conversationIds] };
      if (page.before) filter._id = { $lt: page.before };
      const found = await all.find(filter).sort({ _id: -1 }).limit(page.limit).toArray();
      return found.map((message) => StoredMessage.parse(message));
    },
  };
}
