import { answerOf, api, listOf } from "#console/client/api.ts";

export const reviewsKey = ["reviews"] as const;

export const filterNames = ["q", "snoozed", "accountId"] as const;
export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

/** Open drafts, those that somebody put off among them or not. */
export async function readReviews({ q, snoozed, accountId }: Filters, cursor?: string) {
  const query = {
    snoozed: snoozed === "true" ? "true" : "false",
    ...(q ? { q } : {}),
    ...(accountId ? { accountId } : {}),
    ...(cursor ? { cursor } : {}),
  } as const;
  return listOf(answerOf(api.reviews.$get({ query })));
}
export type Draft = Awaited<ReturnType<typeof readReviews>>["items"][number];

export function readReview(runId: string) {
  return answerOf(api.reviews[":runId"].$get({ param: { runId } }));
}
export type ReviewDetail = Awaited<ReturnType<typeof readReview>>;

/** Nobody has sent, rejected or replaced it yet. */
export function isUndecided({ status, review }: Draft): boolean {
  return status === "awaiting_review" && !review?.approvedAt;
}

/** WeChat still takes an answer, as far as time goes. */
export function isWindowOpen({ review }: Draft, now: number): boolean {
  const endsAt = review?.windowEndsAt ?? null;
  return endsAt !== null && Date.parse(endsAt) > now;
}
