import type { Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";

/**
 * The contact's newest token, if this account echoes it. It belongs to the login under which the
 * contact wrote; null for any other.
 */
export function contextTokenFor(
  account: Pick<Account, "echoContextToken" | "generation">,
  conversation: Pick<Conversation, "contextToken" | "generation">,
): string | null {
  const fits = account.echoContextToken && conversation.generation === account.generation;
  return fits ? conversation.contextToken : null;
}
