import type { Db } from "mongodb";
import type { Account } from "#core/accounts/account.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { AgentRun, RunStatus } from "#core/agent-runs/agent-run.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { InboundMessage, OutboundMessage } from "#core/messages/message.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";

export type FenceReport = { accounts: number; messages: number; bubbles: number; runs: number };

/** Of these something would still go out by itself; a draft goes only when a person says so. */
const mayGoOut: readonly RunStatus[] = [
  "running",
  "retry_pending",
  "retrying",
  "sending",
  "parked",
];

const why = "restore.fenced: the database was restored; a person may ask or send again";

/**
 * After a restore: ends whatever the backup would still send, and leaves unanswered what contacts
 * wrote before `now`, since it may have been answered after the backup was made. Nothing is deleted,
 * and a person may send or ask each again. May be repeated; nothing may be at work meanwhile.
 */
export async function fence(db: Db, now: Date): Promise<FenceReport> {
  const accounts = await db
    .collection<Account>("accounts")
    .updateMany(
      { status: { $nin: ["retiring", "retired"] } },
      { $set: { answerFrom: now }, $inc: { version: 1 } },
    );
  const messages = await db
    .collection<InboundMessage>("messages")
    .updateMany(
      { waiting: true },
      { $set: { unansweredReason: "before_restore", pushAfter: null }, $unset: { waiting: true } },
    );
  const bubbles = await dropOutbound(db);
  const runs = await endRuns(db, now);
  await db
    .collection<Conversation>("conversations")
    .updateMany({}, { $set: { turn: null, noticeAt: null }, $unset: { pushAfter: true } });
  return { accounts: accounts.modifiedCount, messages: messages.modifiedCount, bubbles, runs };
}

async function dropOutbound(db: Db): Promise<number> {
  const open = db
    .collection<OutboundMessage>("messages")
    .find({ open: { $in: ["going", "parked"] } })
    .project<{ _id: string }>({ _id: 1 });
  let dropped = 0;
  for await (const { _id } of open) {
    await outboundStore(db).drop(_id, "dead", "restored");
    dropped += 1;
  }
  return dropped;
}

async function endRuns(db: Db, now: Date): Promise<number> {
  const open = db
    .collection<AgentRun>("agent_runs")
    .find({ status: { $in: [...mayGoOut] } })
    .project<{ _id: string }>({ _id: 1 });
  let ended = 0;
  for await (const { _id } of open) {
    const set = { error: why, completedAt: now, nextAttemptAt: null };
    const step = { runId: _id, turnId: null, from: mayGoOut, to: "error" as const, set };
    if (await agentRunStore(db).tryStep(step)) ended += 1;
  }
  return ended;
}
