import type { Db, Filter, UpdateFilter } from "mongodb";
import { AgentRun, runTransitions, type RunStatus } from "#core/agent-runs/agent-run.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";
import { allowedFrom } from "#core/shared/transitions.ts";
import type { Review } from "./review.ts";
import { accountFilter, type OfAccounts } from "#core/accounts/account-filter.ts";
import { namedFilter, type Named } from "#core/conversations/find-named.ts";
import { listChanged, type ChangedPage } from "#core/database/list-changed.ts";
import type { Place } from "#core/shared/pages.ts";
import { changed } from "#core/database/changed.ts";

/** One guarded change of a draft; the guard says who may make it and in which state. */
export type ReviewChange = {
  runId: string;
  guard: Filter<AgentRun>;
  review: Partial<Review>;
  /** Where it leads out of the queue; it stays where it is otherwise. */
  to?: Extract<RunStatus, "rejected" | "cancelled" | "sending">;
  set?: Partial<AgentRun>;
  unset?: readonly string[];
  audit?: AuditLine;
};

/** Drafts are agent runs in `awaiting_review`; these are the statements by which people change them. */
export function reviewStore(db: Db) {
  const runs = db.collection<AgentRun>("agent_runs");
  return {
    /** Null when the draft is not as the guard says. */
    async change(change: ReviewChange): Promise<AgentRun | null> {
      const { runId, guard, to, set, unset = [], audit } = change;
      if (to !== undefined) allowedFrom(runTransitions, ["awaiting_review"], to);
      const update: UpdateFilter<AgentRun> = {
        $set: {
          ...set,
          ...(to === undefined ? {} : { status: to }),
          ...Object.fromEntries(
            Object.entries(change.review).map(([field, value]) => [`review.${field}`, value]),
          ),
        },
        ...changed,
        ...(unset.length === 0
          ? {}
          : { $unset: Object.fromEntries(unset.map((field) => [field, true])) }),
        ...(audit === undefined ? {} : { $push: { auditOutbox: audit } }),
      };
      const after = await runs.findOneAndUpdate(
        { ...guard, _id: runId, status: "awaiting_review" },
        update,
        { returnDocument: "after" },
      );
      return after && AgentRun.parse(after);
    },

    /**
     * An approved draft whose time has come begins to go out, under the turn at work. Null when
     * somebody withdrew it.
     */
    async beginSending(begun: {
      runId: string;
      turnId: string;
      aliveUntil: Date;
      outboundMessageId: string;
      now: Date;
    }): Promise<AgentRun | null> {
      const { runId, now, ...set } = begun;
      return this.change({
        runId,
        guard: { "review.sendAt": { $lte: now }, "review.approvedAt": { $ne: null } },
        review: {},
        to: "sending",
        set: { ...set, unfinished: true },
        unset: ["draft", "pushAfter"],
      });
    },

    /** The contact wrote again and nobody has the draft open: a new run is to take its messages over. */
    async supersede(runId: string, now: Date): Promise<AgentRun | null> {
      return this.change({
        runId,
        guard: isFree(now),
        review: {},
        to: "cancelled",
        // It stays marked as draft until its messages are handed on.
        set: { cancelReason: "superseded", pushAfter: now },
        unset: ["holdsMessages"],
      });
    },

    /** Ends a draft that nobody has approved. */
    async cancel(
      runId: string,
      cancelReason: "taken_over" | "answered_by_person" | "account_gone",
    ) {
      return this.change({
        runId,
        guard: { "review.approvedAt": null },
        review: {},
        to: "cancelled",
        set: { cancelReason },
        unset: ["draft", "pushAfter"],
      });
    },

    /** Takes a replaced run out of sight: its messages are in another one now, or nowhere any more. */
    async finishHandOver(runId: string): Promise<void> {
      await runs.updateOne(
        { _id: runId, status: "cancelled", draft: true },
        { $unset: { draft: true, pushAfter: true }, ...changed },
      );
    },

    /** Notes once that the contact wrote while somebody had the draft open. */
    async noteContextChanged(runId: string, now: Date): Promise<void> {
      await this.change({
        runId,
        guard: { "review.contextChangedAt": null },
        review: { contextChangedAt: now },
      });
    },

    /** The queue: the window that shuts first before the others. */
    async list(page: ReviewPage): Promise<AgentRun[]> {
      const filter: Filter<AgentRun> = {
        status: "awaiting_review",
        draft: true,
        "review.windowEndsAt": { $gte: page.after?.windowEndsAt ?? new Date(0) },
      };
      const both: Filter<AgentRun>[] = [];
      if (page.after) {
        const { windowEndsAt, id } = page.after;
        both.push({
          $or: [{ "review.windowEndsAt": { $gt: windowEndsAt } }, { _id: { $gt: id } }],
        });
      }
      if (!page.withSnoozed) {
        both.push({
          $or: [{ "review.snoozedUntil": null }, { "review.snoozedUntil": { $lte: page.now } }],
        });
      }
      Object.assign(filter, accountFilter(page));
      const { $or: named } = namedFilter(page.named);
      if (named) both.push({ $or: named });
      if (both.length > 0) filter.$and = both;
      const found = await runs
        .find(filter)
        .sort({ "review.windowEndsAt": 1, _id: 1 })
        .limit(page.limit)
        .toArray();
      return found.map((run) => AgentRun.parse(run));
    },

    /** Drafts that changed, those that left the queue among them. */
    async listChanged(
      page: OfAccounts & ChangedPage & { named?: Named | undefined },
    ): Promise<{ items: AgentRun[]; next: Place | null }> {
      const of: Filter<AgentRun> = {
        "review.windowEndsAt": { $gte: new Date(0) },
        ...accountFilter(page),
        ...namedFilter(page.named),
      };
      const { found, next } = await listChanged(db, "agent_runs", of, page);
      return { items: found.map((run) => AgentRun.parse(run)), next };
    },

    /**
     * Frees what a person had open, for whoever is disabled or leaves; the retry Lambda has each
     * conversation looked at, since what was written meanwhile waits for its draft.
     */
    async releaseAllOf(userId: string, now: Date): Promise<number> {
      const result = await runs.updateMany(
        {
          status: "awaiting_review",
          draft: true,
          "review.windowEndsAt": { $gte: new Date(0) },
          "review.claimedBy": userId,
          "review.approvedAt": null,
        },
        {
          $set: { "review.claimedBy": null, "review.claimExpiresAt": null, pushAfter: now },
          ...changed,
        },
      );
      return result.modifiedCount;
    },
  };
}

export type ReviewPage = OfAccounts & {
  /** What was searched for. */
  named?: Named | undefined;
  withSnoozed: boolean;
  now: Date;
  /** The last one of the page before. */
  after?: { windowEndsAt: Date; id: string };
  limit: number;
};

/** Nobody has it open and nobody approved it. */
export function isFree(now: Date): Filter<AgentRun> {
  return {
    "review.approvedAt": null,
    $or: [{ "review.claimExpiresAt": null }, { "review.claimExpiresAt": { $lte: now } }],
  };
}

/** As `isFree`, or this person has it open. */
export function isFreeFor(userId: string, now: Date): Filter<AgentRun> {
  return {
    "review.approvedAt": null,
    $or: [
      { "review.claimExpiresAt": null },
      { "review.claimExpiresAt": { $lte: now } },
      { "review.claimedBy": userId },
    ],
  };
}
