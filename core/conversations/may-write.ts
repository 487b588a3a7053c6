import type { Account } from "#core/accounts/account.ts";
import { RequestError } from "#core/shared/errors.ts";
import { windowMs, type Conversation } from "./conversation.ts";

/** What decides whether a person may write to a contact now. */
export type Standing = {
  account: Pick<Account, "status" | "name" | "_id">;
  conversation: Pick<Conversation, "_id" | "lastInboundAt" | "credits">;
  ageNow: Date;
};

/** When WeChat stops taking messages to this contact, unless the contact writes again. */
export function windowEndOf({ lastInboundAt }: Pick<Conversation, "lastInboundAt">): Date {
  return new Date(lastInboundAt.getTime() + windowMs);
}

export type ShutCause = "account" | "login" | "window" | "credits";

/** Why nothing can be sent to the contact now; null when it can. */
export function whyShutNow({ account, conversation, ageNow }: Standing): ShutCause | null {
  if (account.status === "login_expired") return "login";
  if (account.status !== "approved") return "account";
  if (windowEndOf(conversation) <= ageNow) return "window";
  return conversation.credits > 0 ? null : "credits";
}

/**
 * Throws RequestError `conversation.account`, `.login`, `.window` or `.credits`, a conflict in words
 * for the person who wants to write.
 */
export function refuseShut(standing: Standing): void {
  const why = whyShutNow(standing);
  if (why === null) return;
  const { account, conversation } = standing;
  throw new RequestError("conflict", `conversation.${why}`, inWords(why, standing), {
    accountId: account._id,
    conversationId: conversation._id,
  });
}

function inWords(why: ShutCause, { account, conversation }: Standing): string {
  switch (why) {
    case "account":
      return `The bot ${account.name} is ${account.status.replace("_", " ")}, so nothing was sent. Approve or resume it first.`;
    case "login":
      return `The login of the bot ${account.name} expired, so nothing was sent. Have its owner scan a new QR code.`;
    case "window":
      return `The contact wrote last at ${conversation.lastInboundAt.toISOString()}; WeChat takes nothing after 24 hours, so nothing was sent. Wait until the contact writes again.`;
    case "credits":
      return "WeChat takes about ten messages for each of the contact's, and all are used, so nothing was sent. Wait until the contact writes again.";
  }
}
