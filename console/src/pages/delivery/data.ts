import { answerOf, api, listOf } from "#console/client/api.ts";

export const outboundStates = ["parked", "retrying", "unconfirmed", "dead"] as const;
export type OutboundState = (typeof outboundStates)[number];

export const filterNames = ["q", "code", "accountId"] as const;
export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

export async function readOutbound(state: OutboundState, filters: Filters, cursor?: string) {
  const query = { state, ...filters, ...(cursor ? { cursor } : {}) };
  const page = await listOf(answerOf(api.outbound.$get({ query })));
  const items = page.items.map((each) => ({
    ...each,
    botName: page.accounts[each.accountId]?.name ?? each.accountId,
    contact: page.contacts[each.conversationId] ?? null,
  }));
  return { items, nextCursor: page.nextCursor };
}
export type Outbound = Awaited<ReturnType<typeof readOutbound>>["items"][number];

export const jobFilterNames = ["q", "accountId"] as const;
export type JobFilters = Partial<Record<(typeof jobFilterNames)[number], string>>;

export async function readDeadJobs(filters: JobFilters, cursor?: string) {
  const query = { ...filters, ...(cursor ? { cursor } : {}) };
  const page = await listOf(answerOf(api["dead-jobs"].$get({ query })));
  const items = page.items.map((each) => ({
    ...each,
    botName: each.accountId ? (page.accounts[each.accountId]?.name ?? each.accountId) : "–",
  }));
  return { items, nextCursor: page.nextCursor };
}
export type Dead = Awaited<ReturnType<typeof readDeadJobs>>["items"][number];
