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
  }));
  return { items, nextCursor: page.nextCursor };
}
export type Outbound = Awaited<ReturnType<typeof readOutbound>>["items"][number];

export async function readDeadJobs(cursor?: string) {
  const page = await listOf(answerOf(api["dead-jobs"].$get({ query: cursor ? { cursor } : {} })));
  const items = page.items.map((each) => ({
    ...each,
    botName: each.accountId ? (page.accounts[each.accountId]?.name ?? each.accountId) : "–",
  }));
  return { items, nextCursor: page.nextCursor };
}
export type Dead = Awaited<ReturnType<typeof readDeadJobs>>["items"][number];
