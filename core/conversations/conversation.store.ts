import type { AnyBulkWriteOperation, Db } from "mongodb";
import { duplicatePositions } from "#core/database/duplicate-key.ts";
import { LeaseLostError, RequestError } from "#core/shared/errors.ts";
import { Conversation, creditsPerInbound, windowMs } from "./conversation.ts";

/** What a newly stored message of a contact changes in its conversation. */
export type InboundStep = {
  conversationId: string;
  accountId: string;
  userId: string;
  generation: number;
  contextToken: string | null;
  sessionId: string | null;
  sentAt: Date;
  now: Date;
};

export function conversationStore(db: Db) {
  const conversations = db.collection<Conversation>("conversations");
  return {
    /**
     * Renews token, window and credits, once per message: the guards let neither a replay, an
     * older message nor a message of an older login change anything. A refused upsert means just that.
     */
    async noteInbound(steps: readonly InboundStep[]): Promise<void> {
      if (steps.length === 0) return;
      try {
        await conversations.bulkWrite(steps.map(inboundStatement), { ordered: false });
      } catch (error) {
        if (duplicatePositions(error) === null) throw error;
      }
    },

    async find(id: string): Promise<Conversation | null> {
      const found = await conversations.findOne({ _id: id });
      return found && Conversation.parse(found);
    },

    /** Throws RequestError `conversation.unknown`. */
    async get(id: string): Promise<Conversation> {
      const found = await this.find(id);
      if (found) return found;
      throw new RequestError(
        "not_found",
        "conversation.unknown",
        `There is no conversation ${id}.`,
        {
          conversationId: id,
        },
      );
    },

    /** Takes the turn if nobody holds it; the FIFO group orders jobs but does not lock. */
    async takeTurn(turn: {
      conversationId: string;
      turnId: string;
      now: Date;
      expiresAt: Date;
    }): Promise<"taken" | "held" | "unknown"> {
      const free = { $or: [{ turn: null }, { "turn.expiresAt": { $lte: turn.now } }] };
      const result = await conversations.updateOne(
        { _id: turn.conversationId, ...free },
        { $set: { turn: { id: turn.turnId, expiresAt: turn.expiresAt } }, $inc: { version: 1 } },
      );
      if (result.matchedCount === 1) return "taken";
      return (await this.find(turn.conversationId)) ? "held" : "unknown";
    },

    /** Gives the turn back; `settled` says that nothing of the conversation waits any more. */
    async releaseTurn(turn: {
      conversationId: string;
      turnId: string;
      settled: boolean;
    }): Promise<void> {
      await conversations.updateOne(
        { _id: turn.conversationId, "turn.id": turn.turnId },
        {
          $set: turn.settled ? { turn: null, noticeAt: null } : { turn: null },
          $inc: { version: 1 },
        },
      );
    },

    /**
     * Takes one credit for a chunk, once per `clientId`, however often it is tried. `shut` says why
     * WeChat would not take it. Throws LeaseLostError when the turn is no longer ours.
     */
    async takeCredit(wanted: {
      conversationId: string;
      turnId: string;
      clientId: string;
      isNotice: boolean;
      now: Date;
      ageNow: Date;
    }): Promise<
      { status: "taken"; conversation: Conversation } | { status: "shut"; why: ShutReason }
    > {
      const windowStart = new Date(wanted.ageNow.getTime() - windowMs);
      const open = {
        $or: [
          { creditClientIds: wanted.clientId },
          { credits: { $gt: 0 }, lastInboundAt: { $gt: windowStart } },
        ],
      };
      const known = { $in: [wanted.clientId, "$creditClientIds"] };
      const after = await conversations.findOneAndUpdate(
        { _id: wanted.conversationId, "turn.id": wanted.turnId, takenOverBy: null, ...open },
        [
          {
            $set: {
              credits: { $cond: [known, "$credits", { $subtract: ["$credits", 1] }] },
              creditClientIds: { $setUnion: ["$creditClientIds", [wanted.clientId]] },
              ...(wanted.isNotice ? { noticeAt: wanted.now } : {}),
              version: { $add: ["$version", 1] },
            },
          },
        ],
        { returnDocument: "after" },
      );
      if (after) return { status: "taken", conversation: Conversation.parse(after) };
      return { status: "shut", why: await this.whyShut(wanted, windowStart) };
    },

    async whyShut(
      wanted: { conversationId: string; turnId: string },
      windowStart: Date,
    ): Promise<ShutReason> {
      const conversation = await this.find(wanted.conversationId);
      if (conversation?.turn?.id !== wanted.turnId) {
        throw new LeaseLostError("turn.lost", "Another invocation works on the conversation now.", {
          conversationId: wanted.conversationId,
        });
      }
      if (conversation.takenOverBy !== null) return "taken_over";
      return conversation.lastInboundAt <= windowStart ? "window" : "credits";
    },
  };
}

export type ShutReason = "window" | "credits" | "taken_over";

function inboundStatement(step: InboundStep): AnyBulkWriteOperation<Conversation> {
  return {
    updateOne: {
      filter: {
        _id: step.conversationId,
        lastInboundAt: { $lt: step.sentAt },
        generation: { $lte: step.generation },
      },
      update: {
        $set: {
          contextToken: step.contextToken,
          generation: step.generation,
          sessionId: step.sessionId,
          lastInboundAt: step.sentAt,
          credits: creditsPerInbound,
          creditClientIds: [],
        },
        $setOnInsert: {
          accountId: step.accountId,
          userId: step.userId,
          alias: null,
          note: null,
          hermesSession: 1,
          turn: null,
          takenOverBy: null,
          noticeAt: null,
          createdAt: step.now,
        },
        $inc: { version: 1 },
      },
      upsert: true,
    },
  };
}
