import type { AccountStatus } from "#console/client/accounts.ts";

export const statuses = [
  "pending_login",
  "pending_approval",
  "approved",
  "suspended",
  "login_expired",
  "retiring",
  "retired",
] as const satisfies readonly AccountStatus[];

const sorts = ["newest", "name", "last-inbound", "last-poll"] as const;

/** The address may say anything; what the api does not know is left out. */
export function asStatus(given: string | undefined) {
  const status = statuses.find((each) => each === given);
  return status === undefined ? {} : { status };
}

export function asSort(given: string | undefined) {
  const sort = sorts.find((each) => each === given);
  return sort === undefined ? {} : { sort };
}

export function asPolling(given: string | undefined) {
  const polling = (["true", "false"] as const).find((each) => each === given);
  return polling === undefined ? {} : { polling };
}
