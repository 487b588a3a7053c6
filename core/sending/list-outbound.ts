import type { Db, Filter } from "mongodb";
import { accountFilter, type OfAccounts } from "#core/accounts/account-filter.ts";
import { namedFilter, type Named } from "#core/conversations/find-named.ts";
import { listChanged, type ChangedPage } from "#core/database/list-changed.ts";
import type { Place } from "#core/shared/pages.ts";
import { OutboundMessage } from "#core/messages/message.ts";

export const outboundStates = ["parked", "retrying", "unconfirmed", "dead"] as const;
export type OutboundState = (typeof outboundStates)[number];

export type OutboundPage = OfAccounts & {
  state: OutboundState;
  /** WeChat's or our code of a chunk, such as `-3` or `window`. */
  code?: string | undefined;
  named?: Named | undefined;
  /** The last id of the page before. */
  before?: string | undefined;
  limit: number;
};

/** What is not delivered, the newest first. */
export async function listOutbound(db: Db, page: OutboundPage): Promise<OutboundMessage[]> {
  const filter: Filter<OutboundMessage> = {
    ...filterOf(page.state),
    ...accountFilter(page),
    ...namedFilter(page.named),
  };
  if (page.before !== undefined) filter._id = { $lt: page.before };
  if (page.code !== undefined) filter["chunks.code"] = page.code;
  const found = await db
    .collection<OutboundMessage>("messages")
    .find(filter)
    .sort({ _id: -1 })
    .limit(page.limit)
    .toArray();
  return found.map((message) => OutboundMessage.parse(message));
}

/** Those that changed, in whatever state they are now. */
export async function listChangedOutbound(
  db: Db,
  page: OfAccounts & ChangedPage & { named?: Named | undefined },
): Promise<{ items: OutboundMessage[]; next: Place | null }> {
  const of: Filter<OutboundMessage> = {
    direction: "outbound",
    ...accountFilter(page),
    ...namedFilter(page.named),
  };
  const { found, next } = await listChanged(db, "messages", of, page);
  return { items: found.map((message) => OutboundMessage.parse(message)), next };
}

function filterOf(state: OutboundState): Filter<OutboundMessage> {
  switch (state) {
    case "parked":
      return { open: "parked" };
    case "retrying":
      return { open: "going" };
    case "unconfirmed":
    case "dead":
      return { failure: state };
  }
}
