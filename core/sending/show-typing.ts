import type { Account } from "#core/accounts/account.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { Deps } from "#core/shared/deps.ts";
import type { WechatClient } from "#core/wechat/wechat.client.ts";
import { WechatRefusedError } from "#core/wechat/wechat.errors.ts";
import { contextTokenFor } from "./context-token.ts";
import type { TypingTickets } from "./typing-tickets.ts";

export type TypingDeps = Deps<"wechat" | "credentials"> & { typingTickets: TypingTickets };

/** `end` may be called often; it resolves when the sign is off or cannot be helped, and never rejects. */
export type Typing = { end(): Promise<void> };

export const noTyping: Typing = { end: async () => {} };

type Showing = {
  deps: TypingDeps;
  wechat: WechatClient;
  conversation: Conversation;
  key: string;
  contextToken: string | null;
  over: AbortController;
};

/** As the official client does (reference/ilink.md 1.5). */
const refreshMs = 5_000;
/** An extra must not hold up the invocation. */
const longestCallMs = 3_000;

/**
 * Shows the contact that somebody is typing, until it is ended. It is an extra: it delays nothing,
 * and what goes wrong with it is only logged.
 */
export function showTyping(deps: TypingDeps, account: Account, conversation: Conversation): Typing {
  const showing: Showing = {
    deps,
    wechat: wechatOf(deps, account),
    conversation,
    key: `${conversation._id}:${account.generation}`,
    contextToken: contextTokenFor(account, conversation),
    over: new AbortController(),
  };
  const mayBeShown = keepShowing(showing);
  let ended: Promise<void> | null = null;
  return {
    end() {
      showing.over.abort();
      ended ??= mayBeShown.then((isShown) => (isShown ? takeAway(showing) : undefined));
      return ended;
    },
  };
}

/** Whether the phone may show it now; a call without an answer may have had its effect. */
async function keepShowing(showing: Showing): Promise<boolean> {
  const { deps, over } = showing;
  let mayBeShown = false;
  for (let failures = 0; failures < 2 && !over.signal.aborted;) {
    const ticket = await findTicket(showing);
    if (ticket === null || over.signal.aborted) break;
    mayBeShown = true;
    const taken = await tell(showing, ticket, true);
    failures = taken ? 0 : failures + 1;
    if (taken) await deps.clock.sleep(refreshMs, over.signal);
  }
  return mayBeShown;
}

/** null: there is none now, such as before the contact first wrote (-4). */
async function findTicket(showing: Showing): Promise<string | null> {
  const { deps, wechat, conversation, key, contextToken, over } = showing;
  try {
    return await deps.typingTickets.get(key, async () => {
      const { typingTicket } = await wechat.getConfig({
        userId: conversation.userId,
        ...(contextToken === null ? {} : { contextToken }),
        signal: AbortSignal.any([over.signal, AbortSignal.timeout(longestCallMs)]),
      });
      return typingTicket;
    });
  } catch (error) {
    if (!over.signal.aborted) logFailure(showing, error);
    return null;
  }
}

/** Once more if it was not taken: left alone, the sign may stay for ever (reference/ilink.md 2.15). */
async function takeAway(showing: Showing): Promise<void> {
  const again = { ...showing, over: new AbortController() };
  for (let tries = 0; tries < 2; tries++) {
    const ticket = await findTicket(again);
    if (ticket === null || (await tell(again, ticket, false))) return;
  }
}

async function tell(showing: Showing, ticket: string, on: boolean): Promise<boolean> {
  const { deps, wechat, conversation, key } = showing;
  try {
    const signal = AbortSignal.timeout(longestCallMs);
    await wechat.sendTyping({ userId: conversation.userId, ticket, on, signal });
    return true;
  } catch (error) {
    // It may be the ticket; the next one is asked for anew.
    if (error instanceof WechatRefusedError) deps.typingTickets.drop(key);
    logFailure(showing, error);
    return false;
  }
}

function logFailure({ deps, conversation }: Showing, error: unknown): void {
  deps.log.info("typing.not_shown", { conversationId: conversation._id }, error);
}
