import type { AnyBulkWriteOperation, Db } from "mongodb";
import type { Statement } from "#core/database/write-together.ts";
import { duplicatePositions } from "#core/database/duplicate-key.ts";
import { LeaseLostError, RequestError } from "#core/shared/errors.ts";
import {
  Conversation,
  creditsPerInbound,
  previewText,
  windowMs,
  type Preview,
} from "./conversation.ts";
import { changed } from "#core/database/changed.ts";

/** What a newly stored message of a contact changes in its conversation. */
export type InboundStep = {
  conversationId: string;
  accountId: string;
  userId: string;
  generation: number;
  contextToken: string | null;
  sessionId: string | null;
  sentAt: Date;
  /** null: it was no text. */
  text: string | null;
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

    /** Read without the rest, which may be what a job dies of; null when nobody knows it. */
    async findAccountId(id: string): Promise<string | null> {
      const found = await conversations.findOne({ _id: id }, { projection: { accountId: 1 } });
      return found?.accountId ?? null;
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
      // Also where there is no turn; SecantusDB would go through all conversations for an `$or`.
      const isFree = { "turn.expiresAt": { $not: { $gt: turn.now } } };
      const result = await conversations.updateOne(
        { _id: turn.conversationId, ...isFree },
        { $set: { turn: { id: turn.turnId, expiresAt: turn.expiresAt } }, ...changed },
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
      const { filter, update } = releasing(turn);
      await conversations.updateOne(filter, update);
    },

    /**
     * Takes one credit for a chunk, once per `clientId`, however often it is tried; a new one only
     * where `keep` others remain. `shut` says why WeChat would not take it, with the conversation as
     * it was. Throws LeaseLostError when the turn is no longer ours.
     */
    async takeCredit(wanted: WantedCredit): Promise<Credit> {
      const windowStart = new Date(wanted.ageNow.getTime() - windowMs);
      for (let tries = 1; ; tries++) {
        const after = await this.tryCredit(wanted, windowStart);
        if (after) return { status: "taken", conversation: after };
        const conversation = await this.whileTurn(wanted);
        const why = whyShut(conversation, windowStart, wanted.isPersons ?? false);
        // The contact may have written between the two statements; a second refusal is no accident.
        if (why === "credits" && conversation.credits > (wanted.keep ?? 0) && tries < 3) continue;
        return { status: "shut", why, conversation };
      }
    },

    async tryCredit(wanted: WantedCredit, windowStart: Date): Promise<Conversation | null> {
      const { clientId, keep = 0 } = wanted;
      const mine = {
        _id: wanted.conversationId,
        "turn.id": wanted.turnId,
        ...(wanted.isPersons ? {} : { takenOverBy: null }),
        lastInboundAt: { $gt: windowStart },
      };
      const $set = {
        ...(wanted.isNotice ? { noticeAt: wanted.now } : {}),
        ...(wanted.preview ? { preview: wanted.preview } : {}),
      };
      const after =
        (await conversations.findOneAndUpdate(
          { ...mine, credits: { $gt: keep }, creditClientIds: { $ne: clientId } },
          {
            $set,
            $inc: { ...changed.$inc, credits: -1 },
            $addToSet: { creditClientIds: clientId },
            $currentDate: changed.$currentDate,
          },
          { returnDocument: "after" },
        )) ??
        (await conversations.findOneAndUpdate(
          { ...mine, creditClientIds: clientId },
          { $set, ...changed },
          { returnDocument: "after" },
        ));
      return after && Conversation.parse(after);
    },

    /** The conversation, as long as the turn is ours. Throws LeaseLostError. */
    async whileTurn(turn: { conversationId: string; turnId: string }): Promise<Conversation> {
      const conversation = await this.find(turn.conversationId);
      if (conversation?.turn?.id === turn.turnId) return conversation;
      throw new LeaseLostError("turn.lost", "Another invocation works on the conversation now.", {
        conversationId: turn.conversationId,
      });
    },
  };
}

/** A turn as it is given back. */
export function releaseStatement(turn: { conversationId: string; turnId: string }): Statement {
  return { collection: "conversations", ...releasing({ ...turn, settled: true }) };
}

function releasing(turn: { conversationId: string; turnId: string; settled: boolean }) {
  return {
    filter: { _id: turn.conversationId, "turn.id": turn.turnId },
    update: { $set: turn.settled ? { turn: null, noticeAt: null } : { turn: null }, ...changed },
  };
}

export type WantedCredit = {
  conversationId: string;
  turnId: string;
  clientId: string;
  /** How many credits must be left for what matters more; none unless said. */
  keep?: number;
  isNotice: boolean;
  /** Written or approved by a person: it goes out also where somebody took over. */
  isPersons?: boolean;
  /** What lists show from now on; left as it is where none is given. */
  preview?: Preview;
  now: Date;
  ageNow: Date;
};

export type Credit =
  | { status: "taken"; conversation: Conversation }
  | { status: "shut"; why: ShutReason; conversation: Conversation };

export type ShutReason = "window" | "credits" | "taken_over";

function whyShut(conversation: Conversation, windowStart: Date, isPersons: boolean): ShutReason {
  if (conversation.takenOverBy !== null && !isPersons) return "taken_over";
  return conversation.lastInboundAt <= windowStart ? "window" : "credits";
}

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
          preview: { text: step.text && previewText(step.text), by: "contact", at: step.sentAt },
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
        ...changed,
      },
      upsert: true,
    },
  };
}
