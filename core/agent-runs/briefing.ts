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
const isOutgoing = { open: { $in: ["going", "parked"] } };
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
      ...first("openRun", ofConversation("agent_runs", { unfinished: true }, [{ $limit: 1 }])),
      ...follow("messages", "openRun.queuedReplyMessageId", "notice"),
      ...first("draft", ofConversation("agent_runs", { draft: true }, [{ $limit: 1 }])),
      ...lastOfAccount(dayOf(deps.clock.ageNow())),
      list("pastRuns", ofConversation("agent_runs", {}, newest(pastRunFields))),
      list("personal", ofConversation("messages", { kind: "operator" }, newest(personsFields))),
      list("waiting", ofConversation("messages", { waiting: true }, oldest(most.waiting))),
      list("outgoing", ofConversation("messages", isOutgoing, oldest(most.outgoing))),
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
  return first(as, { from, localField, foreignField: "_id" });
}

function lastOfAccount(day: string): Document[] {
  const match = { "ofDay.day": day, "ofDay.ofAccount": { $exists: true } };
  const last = [{ $sort: { "ofDay.ofAccount": -1 } }, { $limit: 1 }, { $project: { ofDay: 1 } }];
  return first("lastOfDay", {
    from: "agent_runs",
    localField: "conversation.accountId",
    foreignField: "accountId",
    pipeline: [{ $match: match }, ...last],
  });
}

/** By field and pipeline both: SecantusDB would else read the whole collection. */
function ofConversation(from: string, match: Document, rest: Document[]): Document {
  return {
    from,
    localField: "conversation._id",
    foreignField: "conversationId",
    pipeline: [{ $match: match }, ...rest],
  };
}

function list(as: string, found: Document): Document {
  return { $lookup: { ...found, as } };
}

function first(as: string, found: Document): Document[] {
  return [list(as, found), { $set: { [as]: { $ifNull: [{ $first: `$${as}` }, null] } } }];
}

function oldest(limit: number): Document[] {
  return [{ $sort: { _id: 1 } }, { $limit: limit }];
}

function newest(fields: Document): Document[] {
  return [{ $sort: { _id: -1 } }, { $limit: most.past }, { $project: fields }];
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
