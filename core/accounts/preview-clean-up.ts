import type { Db } from "mongodb";
import { z } from "zod";
import { unfinishedStatuses } from "#core/agent-runs/agent-run.ts";

/** What a clean-up takes away; more than a hundred thousand of a kind are counted as that many. */
export const CleanUpPreview = z.object({
  messages: z.number().int(),
  conversations: z.number().int(),
  logins: z.number().int(),
  /** Agent runs whose texts are emptied; that they were, and how they ended, stays. */
  runs: z.number().int(),
  /** Of them, those that end without an answer. */
  unfinishedRuns: z.number().int(),
  /** Answers that wait for a person. */
  drafts: z.number().int(),
  /** Answers that wait for the contact. */
  parked: z.number().int(),
});
export type CleanUpPreview = z.infer<typeof CleanUpPreview>;

const most = 100_000;

/** Counts what `retire` leads to, and changes nothing. */
export async function previewCleanUp(db: Db, accountId: string): Promise<CleanUpPreview> {
  const count = (collection: string, further: object = {}) =>
    db.collection(collection).countDocuments({ accountId, ...further }, { limit: most });
  const [messages, conversations, logins, runs, unfinishedRuns, drafts, parked] = await Promise.all(
    [
      count("messages"),
      count("conversations"),
      count("logins"),
      count("agent_runs"),
      count("agent_runs", { status: { $in: [...unfinishedStatuses] } }),
      count("agent_runs", { status: "awaiting_review" }),
      count("messages", { open: "parked" }),
    ],
  );
  return { messages, conversations, logins, runs, unfinishedRuns, drafts, parked };
}
