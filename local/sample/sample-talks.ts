import type { Account } from "#core/accounts/account.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";
import {
  creditsPerInbound,
  windowMs,
  type Conversation,
} from "#core/conversations/conversation.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import type { StoredMessage } from "#core/messages/message.store.ts";
import type { Policy } from "#core/policies/policy.ts";
import { plusMs } from "#core/shared/clock.ts";
import { conversationIdOf } from "#core/shared/ids.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { newContextToken, newUserId } from "#local/wechat-sim/ids.ts";
import { hexDigits } from "#local/wechat-sim/random.ts";
import { at } from "./choose.ts";
import { makeExchange } from "./make-exchange.ts";
import { sampleAlias } from "./names.ts";
import { planTalk, type TalkSize } from "./plan-talk.ts";
import type { BotRecords } from "./sample-bots.ts";
import { depsAt, type SampleSource } from "./source.ts";
import { exchangesOf } from "./talk.ts";

/** One contact of one bot with all that was said. */
export type TalkRecords = {
  conversation: Conversation;
  messages: StoredMessage[];
  runs: AgentRun[];
  lines: AuditLine[];
};

/** The talk with this number. */
export function makeTalk(
  source: SampleSource,
  of: { bot: BotRecords; policy: Policy; number: number; size: TalkSize },
): TalkRecords {
  const { deps, random, people } = source;
  const { bot, policy, number } = of;
  const { account, about } = bot;
  const planned = planTalk(random, {
    now: deps.clock.now(),
    number,
    isReviewed: policy.requiresHumanReview,
    size: of.size,
  });
  const first = at(planned, 0).askedAt;
  const last = at(planned, planned.length - 1);
  const start = conversationAt(depsAt(deps, first), source, { account, about, number });
  const talk: TalkRecords = { conversation: start, messages: [], runs: [], lines: [] };
  const known = exchangesOf(about.kind, about.language);
  planned.forEach(({ askedAt, ending }, index) => {
    const made = makeExchange(source, {
      account,
      policy,
      conversation: { ...start, lastInboundAt: askedAt },
      person: at(people.reviewers, number + index),
      words: at(known, number + index),
      language: about.language,
      askedAt,
      ending,
      number: number + index,
    });
    talk.messages.push(...made.messages);
    talk.runs.push(made.run);
    talk.lines.push(...made.lines);
  });
  const used = talk.messages.filter(isOutbound).filter(({ createdAt }) => createdAt > last.askedAt);
  const clientIds = used.flatMap(({ chunks }) => chunks).map(({ clientId }) => clientId);
  talk.conversation = {
    ...start,
    lastInboundAt: last.askedAt,
    credits: last.ending === "credits" ? 0 : Math.max(0, creditsPerInbound - clientIds.length),
    creditClientIds: clientIds,
    takenOverBy:
      last.ending === "taken_over" ? at(people.reviewers, number + planned.length - 1) : null,
  };
  return talk;
}

/** Whether WeChat still takes a message for the contact. */
export function isWindowOpen({ lastInboundAt }: Conversation, now: Date): boolean {
  return plusMs(lastInboundAt, windowMs) > now;
}

function isOutbound(message: StoredMessage): message is OutboundMessage {
  return message.direction === "outbound";
}

function conversationAt(
  deps: SampleSource["deps"],
  { random }: SampleSource,
  of: { account: Account; about: BotRecords["about"]; number: number },
): Conversation {
  const { account, about, number } = of;
  const userId = newUserId(random);
  const now = deps.clock.now();
  const alias = sampleAlias(about.language, number);
  return {
    _id: conversationIdOf(account._id, userId),
    accountId: account._id,
    userId,
    alias,
    note: null,
    contextToken: newContextToken(random),
    generation: account.generation,
    sessionId: random.text(32, hexDigits),
    lastInboundAt: now,
    credits: creditsPerInbound,
    creditClientIds: [],
    hermesSession: 1,
    turn: null,
    takenOverBy: null,
    noticeAt: null,
    searchKeys: searchKeysOf([alias]),
    createdAt: now,
    version: 1,
  };
}
