import { z } from "@hono/zod-openapi";
import { AgentRun } from "#core/agent-runs/agent-run.ts";
import { RunSummary } from "#core/agent-runs/list-runs.ts";
import { Conversation } from "#core/conversations/conversation.ts";
import { whyShutNow, windowEndOf } from "#core/conversations/may-write.ts";
import { InboundMessage, OutboundMessage } from "#core/messages/message.ts";
import { DeadJob } from "#core/queue/dead-job.ts";
import type { Account } from "#core/accounts/account.ts";

const Shut = z.enum(["account", "login", "window", "credits"]).nullable();

/** A contact and what may be written to it now; tokens and the hub's inner marks stay inside. */
export const ConversationView = Conversation.omit({
  contextToken: true,
  creditClientIds: true,
  turn: true,
  pushAfter: true,
  searchKeys: true,
  auditOutbox: true,
})
  .extend({
    window: z.object({
      /** When WeChat stops taking messages, unless the contact writes again. */
      opensUntil: z.date(),
      creditsLeft: z.number().int(),
      /** Why nothing can be written now; null when it can. */
      shut: Shut,
    }),
    /**
     * Until when an agent Lambda works on it at the latest, also one that was killed: what a person
     * writes, and what follows from a take-over, waits for its end. null: nobody is at work.
     */
    turnUntil: z.date().nullable(),
    takenOverByName: z.string().nullable(),
    hermesSessionId: z.string(),
  })
  .openapi("Conversation");
export type ConversationView = z.infer<typeof ConversationView>;

export function windowOf(
  conversation: Conversation,
  account: Pick<Account, "_id" | "name" | "status"> | null,
  ageNow: Date,
): ConversationView["window"] {
  return {
    opensUntil: windowEndOf(conversation),
    creditsLeft: conversation.credits,
    shut: account === null ? "account" : whyShutNow({ account, conversation, ageNow }),
  };
}

/** What was said, either way; an inbound one names the run that it was merged into. */
export const ThreadMessageView = InboundMessage.omit({
  raw: true,
  contextToken: true,
  dedupeKeys: true,
})
  .or(OutboundMessage.omit({ dedupeKeys: true, auditOutbox: true }))
  .openapi("ThreadMessage");

export const OutboundView = OutboundMessage.omit({ dedupeKeys: true, auditOutbox: true }).openapi(
  "OutboundMessage",
);

export const RunSummaryView = RunSummary.openapi("AgentRunSummary");

export const RunDetailView = z
  .object({
    run: AgentRun.omit({ request: true, contextToken: true, auditOutbox: true }),
    /** What happened when, the oldest first. */
    timeline: z.array(z.object({ at: z.date(), what: z.string(), by: z.string().nullable() })),
    messages: z.array(ThreadMessageView),
  })
  .openapi("AgentRunDetail");

export const ReviewView = RunSummary.extend({
  /** The bubbles that WeChat would show. */
  bubbles: z.array(z.string()),
  /** Somebody has it open until then; its own reviewer too. */
  claimedByName: z.string().nullable(),
  approvedByName: z.string().nullable(),
  rejectedByName: z.string().nullable(),
  contextChanged: z.boolean(),
}).openapi("Review");

export const ReviewDetailView = z
  .object({
    review: ReviewView,
    policy: AgentRun.shape.policy,
    conversation: ConversationView,
    account: z.object({ _id: z.string(), name: z.string(), labels: z.array(z.string()) }),
    /** The conversation's newest messages, the oldest of them first. */
    messages: z.array(ThreadMessageView),
  })
  .openapi("ReviewDetail");

export const DeadJobView = DeadJob.omit({ auditOutbox: true, pushAfter: true }).openapi("DeadJob");

/** What became of each of many; what failed says why and left that one as it was. */
export const BulkView = z
  .object({
    results: z.array(
      z.object({
        id: z.string(),
        done: z.boolean(),
        error: z.object({ code: z.string(), message: z.string() }).nullable(),
      }),
    ),
    /** Where the rest of the class begins; null when all of it was gone through. */
    nextCursor: z.string().nullable(),
  })
  .openapi("BulkResult");
