import type { Db } from "mongodb";
import { encodeTime } from "ulid";
import { z } from "zod";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { windowMs, type Conversation } from "#core/conversations/conversation.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { plusMs } from "#core/shared/clock.ts";

/** How a bot fares, for a line of a list. */
export const AccountHealth = z.object({
  /** Contacts to whom one may write now. */
  openWindows: z.number().int(),
  waitingDrafts: z.number().int(),
  /** Messages that did not arrive, or of which nobody knows, and that nobody has dealt with. */
  undelivered: z.number().int(),
  unconfirmed: z.number().int(),
  /** Runs that ended in error within a day. */
  failedRuns: z.number().int(),
});
export type AccountHealth = z.infer<typeof AccountHealth>;

const dayMs = 86_400_000;
const Counted = z.object({ _id: z.string(), count: z.number() });
type Counts = Map<string, number>;

/** The health of a page's accounts, in five statements however many they are. */
export async function readHealth(
  db: Db,
  accountIds: readonly string[],
  { now, ageNow }: { now: Date; ageNow: Date },
): Promise<Map<string, AccountHealth>> {
  if (accountIds.length === 0) return new Map();
  const accountId = { $in: [...accountIds] };
  const today = `run_${encodeTime(plusMs(now, -dayMs).getTime(), 10)}`;
  const [windows, drafts, undelivered, unconfirmed, failed] = await Promise.all([
    count(db, "conversations", {
      accountId,
      lastInboundAt: { $gt: plusMs(ageNow, -windowMs) },
      credits: { $gt: 0 },
    }),
    count(db, "agent_runs", { accountId, status: "awaiting_review", draft: true }),
    count(db, "messages", { accountId, failure: "dead" }),
    count(db, "messages", { accountId, failure: "unconfirmed" }),
    count(db, "agent_runs", { accountId, _id: { $gte: today }, status: "error" }),
  ]);
  return new Map(
    accountIds.map((id) => [
      id,
      {
        openWindows: windows.get(id) ?? 0,
        waitingDrafts: drafts.get(id) ?? 0,
        undelivered: undelivered.get(id) ?? 0,
        unconfirmed: unconfirmed.get(id) ?? 0,
        failedRuns: failed.get(id) ?? 0,
      },
    ]),
  );
}

async function count(db: Db, collection: Counting, match: object): Promise<Counts> {
  const found = await db
    .collection<Conversation | AgentRun | OutboundMessage>(collection)
    .aggregate([{ $match: match }, { $group: { _id: "$accountId", count: { $sum: 1 } } }])
    .toArray();
  return new Map(found.map((each) => Counted.parse(each)).map(({ _id, count: of }) => [_id, of]));
}

type Counting = "conversations" | "agent_runs" | "messages";
