import type { Db } from "mongodb";
import { unfinishedStatuses, type AgentRun } from "#core/agent-runs/agent-run.ts";
import { changed } from "#core/database/changed.ts";

/** Statements of a clean-up; each may be repeated and leaves what is done done. */
export function cleanUpStore(db: Db) {
  const runs = db.collection<AgentRun>("agent_runs");
  return {
    /** Ends what an account left unfinished, parked or in review. */
    async cancelRuns(accountId: string): Promise<void> {
      await runs.updateMany(
        { accountId, status: { $in: [...unfinishedStatuses, "parked", "awaiting_review"] } },
        {
          $set: { status: "cancelled", cancelReason: "account_gone", turnId: null },
          $unset: { unfinished: true, draft: true, pushAfter: true },
          ...changed,
        },
      );
    },

    /** Deletes up to `limit` messages; gives how many there were. */
    async deleteMessages(accountId: string, limit: number): Promise<number> {
      return deleteSome(db, "messages", accountId, limit);
    },

    async deleteConversations(accountId: string, limit: number): Promise<number> {
      return deleteSome(db, "conversations", accountId, limit);
    },

    async deleteLogins(accountId: string): Promise<void> {
      await db.collection("logins").deleteMany({ accountId });
    },

    /** Empties the texts of up to `limit` runs; gives how many still had some. */
    async emptyRuns(accountId: string, limit: number): Promise<number> {
      const full = await runs
        .find({ accountId, inputText: { $ne: "" } }, { projection: { _id: 1 } })
        .limit(limit)
        .toArray();
      if (full.length === 0) return 0;
      await runs.updateMany(
        { _id: { $in: full.map(({ _id }) => _id) } },
        {
          $set: {
            inputText: "",
            outputText: null,
            rawResponse: null,
            contextToken: null,
            request: null,
          },
          $unset: { "review.editedText": true, "review.hint": true, hint: true },
          ...changed,
        },
      );
      return full.length;
    },
  };
}

type Owned = { _id: string; accountId: string };

async function deleteSome(
  db: Db,
  name: "messages" | "conversations",
  accountId: string,
  limit: number,
): Promise<number> {
  const collection = db.collection<Owned>(name);
  const some = await collection
    .find({ accountId }, { projection: { _id: 1 } })
    .limit(limit)
    .toArray();
  if (some.length === 0) return 0;
  await collection.deleteMany({ _id: { $in: some.map(({ _id }) => _id) } });
  return some.length;
}
