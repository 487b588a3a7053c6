import type { Document } from "mongodb";
import { z } from "zod";
import { Account } from "#core/accounts/account.ts";
import { Conversation } from "#core/conversations/conversation.ts";
import { InboundMessage, OutboundMessage } from "#core/messages/message.ts";
import { Policy } from "#core/policies/policy.ts";
import type { Deps } from "#core/shared/deps.ts";
import { AgentRun } from "./agent-run.ts";
import { HermesHealth } from "./hermes-health.store.ts";
import { hermesTargetOf } from "./hermes-target.ts";
import { dayOf, LastOfDay } from "./of-day.ts";
import { callsId, HermesCalls } from "./pause-calls.ts";
import { pastRunFields, PastRun, PersonsMessage } from "./note.ts";

const most = { waiting: 100, outgoing: 20, past: 8 };
const personsFields = { text: 1, createdAt: 1, "chunks.state": 1 };

/** All that decides what a conversation needs next, read in one round trip. */
const Briefing = z.object({
  conversation: Conversation,
  account: Account.nullable(),
  policy: Policy.nullable(),
  hermes: HermesHealth.nullable(),
  /** Whether people have paused all calls to Hermes. */
  calls: HermesCalls.nullish(),
  openRun: AgentRun.nullable(),
  /** The unfinished run's notice, once it is stored. */
  notice: z.object({ _id: z.string() }).nullable(),
  /** The draft that waits for a person, or a replaced one whose messages are to be handed on. */
  draft: AgentRun.nullable(),
  /** The conversation's newest runs, newest first, and what a person wrote last. */
  pastRuns: z.array(PastRun),
  /** The account's last run today. */
  lastOfDay: LastOfDay.nullable(),
  personal: z.array(PersonsMessage),
  /** Answerable messages in no run, oldest first. */
  waiting: z.array(InboundMessage),
  /** Outbound messages that are going out or parked, oldest first. */
  outgoing: z.array(OutboundMessage),
});
export type Briefing = z.infer<typeof Briefing>;

/** Null when there is no such conversation. */
export async function readBriefing(
  deps: Deps<"hermes">,
  conversationId: string,
): Promise<Briefing | null> {
  const [found] = await deps.db
    .collection<Conversation>("conversations")
    .aggregate([
      ...standing(deps, conversationId),
      { $set: { callsId } },
      ...follow("system", "callsId", "calls"),
      ...lookUp("agent_runs", "openRun", [{ $match: { conversationId, unfinished: true } }]),
      ...follow("messages", "openRun.queuedReplyMessageId", "notice"),
      ...lookUp("agent_runs", "draft", [{ $match: { conversationId, draft: true } }]),
      ...lastOfAccount(dayOf(deps.clock.ageNow())),
      listPast("agent_runs", "pastRuns", { conversationId }, pastRunFields),
      listPast("messages", "personal", { conversationId, kind: "operator" }, personsFields),
      listUp("waiting", { conversationId, waiting: true }, most.waiting),
      listUp("outgoing", { conversationId, open: { $in: ["going", "parked"] } }, most.outgoing),
    ])
    .toArray();
  return found === undefined ? null : Briefing.parse(found);
}

const Standing = Briefing.pick({ conversation: true, account: true, policy: true, hermes: true });
export type Standing = z.infer<typeof Standing>;

/** The short look while Hermes works: may this answer still go out? */
export async function readStanding(
  deps: Deps<"hermes">,
  conversationId: string,
): Promise<Standing | null> {
  const [found] = await deps.db
    .collection<Conversation>("conversations")
    .aggregate(standing(deps, conversationId))
    .toArray();
  return found === undefined ? null : Standing.parse(found);
}

/** The one document of another collection that a field names, or null. */
function follow(from: string, localField: string, as: string): Document[] {
  return [
    { $lookup: { from, localField, foreignField: "_id", as } },
    { $set: { [as]: { $ifNull: [{ $first: `$${as}` }, null] } } },
  ];
}

function lookUp(from: string, as: string, pipeline: Document[]): Document[] {
  return [
    { $lookup: { from, pipeline: [...pipeline, { $limit: 1 }], as } },
    { $set: { [as]: { $ifNull: [{ $first: `$${as}` }, null] } } },
  ];
}

function listUp(as: string, match: Document, limit: number): Document {
  const pipeline = [{ $match: match }, { $sort: { _id: 1 } }, { $limit: limit }];
  return { $lookup: { from: "messages", pipeline, as } };
}

function lastOfAccount(day: string): Document[] {
  const newest = [{ $sort: { "ofDay.ofAccount": -1 } }, { $limit: 1 }];
  const match = { "ofDay.day": day, "ofDay.ofAccount": { $exists: true } };
  return [
    {
      $lookup: {
        from: "agent_runs",
        localField: "conversation.accountId",
        foreignField: "accountId",
        pipeline: [{ $match: match }, ...newest, { $project: { ofDay: 1 } }],
        as: "lastOfDay",
      },
    },
    { $set: { lastOfDay: { $ifNull: [{ $first: "$lastOfDay" }, null] } } },
  ];
}

function listPast(from: string, as: string, match: Document, fields: Document): Document {
  const newest = [{ $sort: { _id: -1 } }, { $limit: most.past }];
  return { $lookup: { from, pipeline: [{ $match: match }, ...newest, { $project: fields }], as } };
}

function standing(deps: Deps<"hermes">, conversationId: string): Document[] {
  const { id } = hermesTargetOf(deps, null);
  return [
    { $match: { _id: conversationId } },
    { $project: { _id: 0, conversation: "$$ROOT" } },
    ...follow("accounts", "conversation.accountId", "account"),
    ...follow("policies", "account.policyId", "policy"),
    { $set: { hermesId: { $ifNull: ["$account.hermes.baseUrl", id] } } },
    ...follow("hermes", "hermesId", "hermes"),
  ];
}
