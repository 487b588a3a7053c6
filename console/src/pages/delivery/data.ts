import { answerOf, api, listOf } from "#console/client/api.ts";
import type { Asked } from "#console/parts/use-live-list.ts";

export const outboundStates = ["parked", "retrying", "unconfirmed", "dead"] as const;
export type OutboundState = (typeof outboundStates)[number];

export const filterNames = ["q", "code", "accountId"] as const;
export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

export async function readOutbound(state: OutboundState, filters: Filters, asked: Asked) {
  const query = { state, ...filters, ...asked };
  const page = await listOf(answerOf(api.outbound.$get({ query })));
  const items = page.items.map((each) => ({
    ...each,
    botName: page.accounts[each.accountId]?.name ?? each.accountId,
    contact: page.contacts[each.conversationId] ?? null,
  }));
  return { ...page, items };
}
export type Outbound = Awaited<ReturnType<typeof readOutbound>>["items"][number];

export const jobFilterNames = ["q", "accountId"] as const;
export type JobFilters = Partial<Record<(typeof jobFilterNames)[number], string>>;

export async function readDeadJobs(filters: JobFilters, asked: Asked) {
  const query = { ...filters, ...asked };
  const page = await listOf(answerOf(api["dead-jobs"].$get({ query })));
  const items = page.items.map((each) => ({
    ...each,
    botName: each.accountId ? (page.accounts[each.accountId]?.name ?? each.accountId) : "–",
  }));
  return { ...page, items };
}
export type Dead = Awaited<ReturnType<typeof readDeadJobs>>["items"][number];
