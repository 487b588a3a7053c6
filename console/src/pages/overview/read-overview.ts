import { answerOf, api } from "#console/client/api.ts";
import { readAccounts } from "#console/client/accounts.ts";

/** Tiles count up to this many and then say "100+". */
export const mostCounted = 100;
const limit = String(mostCounted);

type Page = { items: unknown[]; nextCursor: string | null };
export type Count = { n: number; isMore: boolean };

function countOf({ items, nextCursor }: Page): Count {
  return { n: items.length, isMore: nextCursor !== null };
}

/** What the tiles and the first steps show; drafts only for who may review. */
export async function readOverview(mayReview: boolean) {
  const runs = api["agent-runs"];
  const [all, approved, pending, expired, drafts, waiting, errors, sent, parked, dead] =
    await Promise.all([
      readAccounts({ limit: "1" }),
      readAccounts({ status: "approved", limit }),
      readAccounts({ status: "pending_approval", limit }),
      readAccounts({ status: "login_expired", limit }),
      mayReview ? answerOf(api.reviews.$get({ query: { limit } })) : null,
      answerOf(runs.$get({ query: { status: "retry_pending", limit } })),
      answerOf(runs.$get({ query: { status: "error", limit } })),
      answerOf(runs.$get({ query: { status: "sent", limit: "1" } })),
      answerOf(api.outbound.$get({ query: { state: "parked", limit } })),
      answerOf(api.outbound.$get({ query: { state: "dead", limit } })),
    ]);
  return {
    tiles: {
      approved: countOf(approved),
      pending: countOf(pending),
      expired: countOf(expired),
      drafts: drafts && countOf(drafts),
      waiting: countOf(waiting),
      parked: countOf(parked),
      dead: countOf(dead),
      errors: countOf(errors),
    },
    steps: {
      stepBot: approved.items.length + pending.items.length + expired.items.length > 0,
      stepApprove: approved.items.length > 0,
      stepPoll: approved.items.some(({ polling }) => polling),
      stepMessage: approved.items.some(({ lastInboundAt }) => lastInboundAt !== null),
      stepAnswer: sent.items.length > 0,
    },
    isEmpty: all.items.length === 0,
  };
}
export type Overview = Awaited<ReturnType<typeof readOverview>>;

/** Contacts who wait for a person, the window that closes first at the head. */
export function readWaiting() {
  const query = { state: "waiting", sort: "window", limit: "8" } as const;
  return answerOf(api.conversations.$get({ query }));
}
