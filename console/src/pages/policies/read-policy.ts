import { answerOf, api } from "#console/client/api.ts";

export function readPolicy(id: string) {
  return answerOf(api.policies[":id"].$get({ param: { id } }));
}
export type PolicyDetail = Awaited<ReturnType<typeof readPolicy>>;
export type WantedPolicy = Parameters<typeof api.policies.$post>[0]["json"];
export type Hours = NonNullable<WantedPolicy["hours"]>;

/** Only what may be changed. */
export function wantedOf(policy: PolicyDetail): WantedPolicy {
  const { _id, version: _v, requiresHumanReview: _r, accounts: _a, ...wanted } = policy;
  return wanted;
}

/** What is left empty is left out: then the hub's own words hold. */
export function complete({
  noticeText,
  busyNoticeText,
  continueText,
  continueWords,
  ...rest
}: WantedPolicy): WantedPolicy {
  return {
    ...rest,
    ...(noticeText?.trim() ? { noticeText } : {}),
    ...(busyNoticeText?.trim() ? { busyNoticeText } : {}),
    ...(continueText?.trim() ? { continueText } : {}),
    ...(continueWords?.length ? { continueWords } : {}),
  };
}
