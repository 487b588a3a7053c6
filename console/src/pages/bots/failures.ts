import type { ListedAccount } from "#console/client/accounts.ts";

const dayMs = 86_400_000;

type Faring = Pick<ListedAccount, "_id" | "health">;

/** Where each kind of a bot's failures is listed. */
export function failureLinks({ _id }: Pick<Faring, "_id">) {
  const from = encodeURIComponent(new Date(Date.now() - dayMs).toISOString());
  return {
    undelivered: `/delivery?state=dead&accountId=${_id}`,
    unconfirmed: `/delivery?state=unconfirmed&accountId=${_id}`,
    failedRuns: `/runs?accountId=${_id}&status=error&from=${from}`,
  };
}

/** All of them, with the list in which the first stand: what did not arrive before what failed. */
export function failuresOf({ _id, health }: Faring): { n: number; href: string } {
  const { undelivered, unconfirmed, failedRuns } = health;
  const links = failureLinks({ _id });
  const first = undelivered > 0 ? "undelivered" : unconfirmed > 0 ? "unconfirmed" : "failedRuns";
  return { n: undelivered + unconfirmed + failedRuns, href: links[first] };
}
