import type { Db, Filter, UpdateFilter } from "mongodb";
import { isDuplicateKey, isDuplicateOf } from "#core/database/duplicate-key.ts";
import { writeTogether, type Statement } from "#core/database/write-together.ts";
import { readEach } from "#core/database/read-each.ts";
import { LeaseLostError, RequestError } from "#core/shared/errors.ts";
import { allowedFrom } from "#core/shared/transitions.ts";
import type { Log } from "#core/telemetry/log.ts";
import {
  AgentRun,
  mostAttemptsKept,
  runTransitions,
  unfinishedStatuses,
  type Attempt,
  type RunStatus,
} from "./agent-run.ts";
import { asChanged, changed } from "#core/database/changed.ts";

export type RunStep = {
  runId: string;
  /** The turn that must still be the run's; null for a step that needs none (an operator's, a sweep's). */
  turnId: string | null;
  from: readonly RunStatus[];
  to: RunStatus;
  set?: Partial<AgentRun>;
  attempt?: Attempt;
  /** Raises `attemptCount` in the same statement. */
  countAttempt?: boolean;
  addMessageIds?: readonly string[];
};

function statementOf(step: RunStep): { filter: Filter<AgentRun>; update: UpdateFilter<AgentRun> } {
  const unfinished = unfinishedStatuses.includes(step.to);
  const isDraft = step.to === "awaiting_review";
  const update: UpdateFilter<AgentRun> = {
    $set: {
      ...step.set,
      status: step.to,
      ...(unfinished ? { unfinished: true } : { turnId: null, aliveUntil: null }),
      ...(isDraft ? { draft: true } : {}),
    },
    $unset: {
      ...(unfinished ? {} : { unfinished: true }),
      ...(isDraft ? {} : { draft: true }),
      ...(step.to === "retry_pending" ? {} : { noticeDueAt: true }),
    },
    $inc: { ...changed.$inc, ...(step.countAttempt ? { attemptCount: 1 } : {}) },
    $currentDate: changed.$currentDate,
  };
  if (step.attempt) {
    update.$push = { attempts: { $each: [step.attempt], $slice: -mostAttemptsKept } };
  }
  if (step.addMessageIds?.length) {
    update.$addToSet = { messageIds: { $each: [...step.addMessageIds] } };
  }
  const filter: Filter<AgentRun> = {
    _id: step.runId,
    status: { $in: allowedFrom(runTransitions, step.from, step.to) },
    ...(step.turnId === null ? {} : { turnId: step.turnId }),
  };
  return { filter, update };
}

export function agentRunStore(db: Db) {
  const runs = db.collection<AgentRun>("agent_runs");
  return {
    /**
     * `taken`: one of its messages is in a run already, or the conversation has an unfinished run;
     * `number_taken`: another run of the account's day has its number.
     */
    async insert(run: AgentRun): Promise<"inserted" | "taken" | "number_taken"> {
      return this.insertWith(run, []);
    },

    /** As `insert`, with statements on other documents that follow it once it is there. */
    async insertWith(
      run: AgentRun,
      followers: readonly Statement[],
    ): Promise<"inserted" | "taken" | "number_taken"> {
      try {
        if (followers.length === 0) await runs.insertOne(asChanged(run));
        else {
          const insert = { collection: "agent_runs", insert: asChanged(run) };
          await writeTogether(db, [insert, ...followers]);
        }
        return "inserted";
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return isDuplicateOf(error, "ofDay.ofAccount") ? "number_taken" : "taken";
      }
    },

    /** One guarded step along `runTransitions`; null when the run is not where it must be. */
    async tryStep(step: RunStep): Promise<AgentRun | null> {
      const { filter, update } = statementOf(step);
      const after = await runs.findOneAndUpdate(filter, update, { returnDocument: "after" });
      return after && AgentRun.parse(after);
    },

    /** As `tryStep`, with statements on other documents behind it; false when the run was not there. */
    async stepWith(step: RunStep, followers: readonly Statement[]): Promise<boolean> {
      const first = { collection: "agent_runs", ...statementOf(step) };
      const [matched] = await writeTogether(db, [first, ...followers]);
      return matched === 1;
    },

    /** As `tryStep`, for a turn's holder: throws LeaseLostError when the run went on without it. */
    async step(step: RunStep): Promise<AgentRun> {
      const after = await this.tryStep(step);
      if (after) return after;
      throw new LeaseLostError("run.lost", "The agent run went on without this invocation.", {
        runId: step.runId,
      });
    },

    /**
     * Gives an unfinished run to the turn at work without changing its status: what its former
     * holder began is gone on with. `countFailure`: that one died over it, which counts, so that a
     * run which kills its Lambda ends. Null when the run is not in that status any more.
     */
    async takeOver(wanted: {
      runId: string;
      status: RunStatus;
      turnId: string;
      aliveUntil: Date;
      countFailure: boolean;
    }): Promise<AgentRun | null> {
      const after = await runs.findOneAndUpdate(
        { _id: wanted.runId, status: wanted.status },
        {
          $set: { turnId: wanted.turnId, aliveUntil: wanted.aliveUntil },
          $currentDate: changed.$currentDate,
          $inc: {
            ...changed.$inc,
            ...(wanted.countFailure ? { attemptCount: 1, failureCount: 1 } : {}),
          },
        },
        { returnDocument: "after" },
      );
      return after && AgentRun.parse(after);
    },

    /** Runs in which these messages are. */
    async listOfMessages(accountId: string, messageIds: readonly string[]): Promise<AgentRun[]> {
      const found = await runs
        .find({ accountId, messageIds: { $in: [...messageIds] }, holdsMessages: true })
        .limit(messageIds.length)
        .toArray();
      return found.map((run) => AgentRun.parse(run));
    },

    /** Whether this turn still works on the run; people may have ended it meanwhile. */
    async isHeld(runId: string, turnId: string): Promise<boolean> {
      return (await runs.countDocuments({ _id: runId, turnId }, { limit: 1 })) === 1;
    },

    /** Keeps Hermes' own id of the run, to poll it later. Throws LeaseLostError. */
    async keepHermesRunId(kept: {
      runId: string;
      turnId: string;
      hermesRunId: string;
    }): Promise<void> {
      const result = await runs.updateOne(
        { _id: kept.runId, turnId: kept.turnId, request: { $type: "object" } },
        { $set: { "request.hermesRunId": kept.hermesRunId }, ...changed },
      );
      if (result.matchedCount === 1) return;
      throw new LeaseLostError("run.lost", "The agent run went on without this invocation.", {
        runId: kept.runId,
      });
    },

    /** How many runs of the conversation asked these very words, this one among them. */
    async countSameQuestion(run: AgentRun): Promise<number> {
      return runs.countDocuments(
        { conversationId: run.conversationId, inputText: run.inputText },
        { limit: 2 },
      );
    },

    /** Makes what waits of an account due at once: a sweep may have put it off while the login was over. */
    async wakeWaiting({ accountId, now }: { accountId: string; now: Date }): Promise<void> {
      await runs.updateMany(
        { accountId, status: "retry_pending" },
        { $set: { nextAttemptAt: now }, ...changed },
      );
    },

    /** Runs whose invocation cannot be alive any more. */
    async listAbandoned(before: Date, limit: number, log: Pick<Log, "error">): Promise<AgentRun[]> {
      const found = await runs
        .find({
          status: { $in: ["running", "retrying", "sending"] },
          unfinished: true,
          aliveUntil: { $lte: before },
        })
        .limit(limit)
        .toArray();
      return readEach(AgentRun, found, log);
    },

    /** Puts the next look at an abandoned run off; false when another sweep or a turn was quicker. */
    async claimAbandoned(run: AgentRun, aliveUntil: Date): Promise<boolean> {
      const result = await runs.updateOne(
        { _id: run._id, status: run.status, version: run.version },
        { $set: { aliveUntil }, ...changed },
      );
      return result.modifiedCount === 1;
    },

    /** Throws RequestError `run.unknown`. */
    async get(id: string): Promise<AgentRun> {
      const found = await runs.findOne({ _id: id });
      if (found) return AgentRun.parse(found);
      throw new RequestError("not_found", "run.unknown", `There is no agent run ${id}.`, {
        runId: id,
      });
    },

    /** Newest first; `before` is the last id of the page before. */
    async list(page: {
      accountId?: string;
      /** Only of these, where something was searched for. */
      conversationIds?: readonly string[] | undefined;
      status?: RunStatus;
      before?: string;
      limit: number;
    }): Promise<AgentRun[]> {
      const filter: Filter<AgentRun> = {};
      if (page.accountId) filter.accountId = page.accountId;
      if (page.conversationIds) filter.conversationId = { $in: [...page.conversationIds] };
      if (page.status) filter.status = page.status;
      if (page.before) filter._id = { $lt: page.before };
      const found = await runs.find(filter).sort({ _id: -1 }).limit(page.limit).toArray();
      return found.map((run) => AgentRun.parse(run));
    },
  };
}

export type AgentRunStore = ReturnType<typeof agentRunStore>;
