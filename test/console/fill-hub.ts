import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { Account, AccountStatus } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { approvedAccount, openConversation } from "#test/records.ts";
import type { SmallHubDeps } from "#test/small-hub.ts";
import { fillPeople } from "./fill-people.ts";
import { fillWork } from "./fill-work.ts";
import { at } from "./made-up.ts";

export const rowCounts = [0, 1, 1000] as const;
export type RowCount = (typeof rowCounts)[number];

const towns = ["Chengdu", "杭州", "Shanghai", "深圳", "Suzhou", "广州", "Xi'an", "厦门"];
const shops = ["tea shop", "书店", "clinic", "健身房", "bakery", "宠物店", "florist"];
const owners = ["mei", "jun", "ana", null];
const policies = ["auto", "manual-review", "auto", "off"];
const lastTexts = [
  "请问今天还能预约吗？我大概下午四点到，如果来不及的话明天上午也可以。",
  "Yes, on Sunday from ten to four. You find us on the second floor, beside the lift.",
  null,
  "好的，谢谢",
  "Thank you for your patience.",
];
const statuses: readonly AccountStatus[] = [
  "approved",
  "approved",
  "approved",
  "pending_approval",
  "approved",
  "login_expired",
  "suspended",
];

export type Filled = { botId: string; conversationId: string; runId: string };

/**
 * Fills an empty hub with so many bots of all kinds, each with a contact, a question, what became of
 * it, and a dead job, and as many people, policies and audit lines; gives the ids of the first.
 */
export async function fillHub(deps: SmallHubDeps, rows: RowCount): Promise<Filled | null> {
  const bots = Array.from({ length: rows }, (_, index) => madeUpBot(deps, index));
  if (bots.length === 0) return null;
  await deps.db.collection<Account>("accounts").insertMany(bots);
  const contacts = bots.map((bot, index) => madeUpConversation(deps, bot, index));
  await deps.db.collection<Conversation>("conversations").insertMany(contacts);
  await fillWork(
    deps,
    contacts.flatMap((conversation, index) => {
      const bot = bots[index];
      return bot ? [{ bot, conversation, index }] : [];
    }),
  );
  const [first] = contacts;
  await fillPeople(deps, { rows, subjectId: first?._id ?? "" });
  const run =
    first && (await agentRunStore(deps.db).list({ accountId: first.accountId, limit: 1 }));
  if (!first || !run?.[0]) return null;
  return { botId: first.accountId, conversationId: first._id, runId: run[0]._id };
}

function madeUpBot(deps: SmallHubDeps, index: number): Account {
  const now = deps.clock.now();
  const name = `${at(towns, index)} ${at(shops, index)} ${index + 1}`;
  const labels = [at(["retail", "健康", "retail"], index), ...(index % 4 === 0 ? ["vip"] : [])];
  return approvedAccount(deps, {
    name,
    labels,
    searchKeys: searchKeysOf([name, ...labels]),
    owner: at(owners, index),
    status: at(statuses, index),
    policyId: at(policies, index),
    lastGoodPollAt: plusSeconds(now, -3 * (index % 40)),
    lastInboundAt: plusSeconds(now, -600 * (index % 150)),
    loggedInAt: plusSeconds(now, -3_600 * (index % 90)),
  });
}

function madeUpConversation(deps: SmallHubDeps, bot: Account, index: number): Conversation {
  return openConversation(deps, bot._id, {
    userId: `contact-${index}@im.wechat`,
    alias: index % 3 === 0 ? null : `${at(["王女士", "Mr Li", "小陈"], index)} ${index + 1}`,
    lastInboundAt: bot.lastInboundAt ?? deps.clock.now(),
    credits: 10 - (index % 11),
    takenOverBy: index % 9 === 4 ? "mei" : null,
    note: index % 5 === 0 ? "Prefers to be called in the evening." : null,
    preview: {
      text: at(lastTexts, index),
      by: at(["contact", "hermes", "contact", "person", "hub"] as const, index),
      at: bot.lastInboundAt ?? deps.clock.now(),
    },
  });
}
