import { answerOf, api } from "#console/client/api.ts";

export const reviewsKey = ["reviews"] as const;

export async function readReviews(cursor?: string) {
  const page = await answerOf(api.reviews.$get({ query: cursor ? { cursor } : {} }));
  const items = page.items.map((draft) => ({
    ...draft,
    botName: page.accounts[draft.accountId]?.name ?? draft.accountId,
  }));
  return { items, nextCursor: page.nextCursor };
}
export type Draft = Awaited<ReturnType<typeof readReviews>>["items"][number];

export function readReview(runId: string) {
  return answerOf(api.reviews[":runId"].$get({ param: { runId } }));
}
export type ReviewDetail = Awaited<ReturnType<typeof readReview>>;
