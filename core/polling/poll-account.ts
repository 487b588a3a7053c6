import { expireLogin } from "#core/accounts/expire-login.ts";
import type { Account } from "#core/accounts/account.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import type { PolicyCache } from "#core/policies/policy-cache.ts";
import { plusMs } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { errorName } from "#core/shared/errors.ts";
import type { WechatClient } from "#core/wechat/wechat.client.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import type { LeaseRef } from "./lease.store.ts";
import type { Pusher } from "./pusher.ts";
import { storeBatch, type Batch } from "./store-batch.ts";

/** An account in the hands of a poller; the poller writes the wishes, the account's loop reads them. */
export type HeldAccount = {
  ref: LeaseRef;
  account: Account;
  /** Suspended or stopped: no further poll, and nothing is answered from now on. */
  unwanted: boolean;
  /** Another holds lease or login; nothing more is to be written but messages. */
  lost: boolean;
  cursor: string;
  failures: number;
  lastGoodPollAt: Date | null;
  polledSinceRenewal: boolean;
};

export type PollContext = {
  pusher: Pusher;
  policies: PolicyCache;
  /** False when a poll of this length cannot begin now: lifetime, lease or hand-over forbid it. */
  mayPoll(durationMs: number): "yes" | "later" | "no";
  signal: AbortSignal;
};

type PollDeps = Deps<"answering" | "polling" | "wechat" | "credentials">;

/** The client waits this much longer than the server holds, so as not to race a delivery. */
export const holdMarginMs = 5_000;
const idleWaitMs = 200;
const storeAgainMs = 1_000;

/** Polls one account for as long as the poller may; returns when the account is to be given back. */
export async function pollAccount(
  deps: PollDeps,
  held: HeldAccount,
  context: PollContext,
): Promise<void> {
  const wechat = wechatOf(deps, held.account);
  let holdMs = deps.settings.polling.POLL_HOLD_SECONDS * 1000;
  while (!held.unwanted && !held.lost) {
    const answer = context.mayPoll(holdMs + holdMarginMs);
    if (answer === "no") return;
    if (answer === "later") {
      await deps.clock.sleep(idleWaitMs, context.signal);
      continue;
    }
    holdMs = await pollOnce(deps, held, context, wechat, holdMs);
  }
}

/** One poll and the storing of what it brought; gives the hold that WeChat announced for the next. */
async function pollOnce(
  deps: PollDeps,
  held: HeldAccount,
  context: PollContext,
  wechat: WechatClient,
  holdMs: number,
): Promise<number> {
  try {
    const answer = await wechat.getUpdates({
      cursor: held.cursor,
      timeoutMs: holdMs + holdMarginMs,
    });
    held.failures = 0;
    held.lastGoodPollAt = deps.clock.now();
    held.polledSinceRenewal = true;
    const moved = answer.cursor !== undefined && answer.cursor !== held.cursor;
    await keepStoring(deps, held, context, {
      messages: answer.messages,
      cursor: moved ? (answer.cursor ?? null) : null,
    });
    if (answer.cursor !== undefined) held.cursor = answer.cursor;
    return answer.longPollTimeoutMs ?? holdMs;
  } catch (error) {
    await afterFailure(deps, held, context, error);
    return holdMs;
  }
}

/**
 * Stores until it is stored: WeChat may have forgotten these messages with its answer. It gives up
 * only when the invocation ends.
 */
async function keepStoring(
  deps: PollDeps,
  held: HeldAccount,
  context: PollContext,
  answer: Pick<Batch, "messages" | "cursor">,
): Promise<void> {
  if (answer.messages.length === 0 && answer.cursor === null) return;
  for (let attempt = 1; ; attempt++) {
    try {
      const policy = await context.policies.get(held.account.policyId);
      const kept = await storeBatch(deps, context.pusher, {
        ...answer,
        ref: held.ref,
        mayAnswer: !held.unwanted,
        policy,
      });
      if (!kept) held.lost = true;
      await context.pusher.pushDue();
      return;
    } catch (error) {
      deps.log.error("messages.not_stored", { accountId: held.ref.accountId, attempt }, error);
      if (context.signal.aborted) throw error;
      await deps.clock.sleep(storeAgainMs, context.signal);
    }
  }
}

/** Back-off as WeChat's own client does it: twice 2 s, then 30 s (reference/ilink.md 1.3). */
async function afterFailure(
  deps: PollDeps,
  held: HeldAccount,
  context: PollContext,
  error: unknown,
): Promise<void> {
  if (error instanceof WechatRefusedError && error.code === -14) {
    await expireLogin(deps, held.ref);
    held.lost = true;
    return;
  }
  held.failures += 1;
  const known = error instanceof WechatRefusedError || error instanceof WechatUnreachableError;
  const fields = {
    accountId: held.ref.accountId,
    failures: held.failures,
    error: errorName(error),
  };
  if (known) deps.log.warn("poll.failed", fields);
  else deps.log.error("poll.failed", fields, error);
  const { POLL_RETRY_MS, POLL_LONG_RETRY_MS } = deps.settings.polling;
  const waitMs = held.failures % 3 === 0 ? POLL_LONG_RETRY_MS : POLL_RETRY_MS;
  await sleepWhileWanted(deps, held, context, waitMs);
}

async function sleepWhileWanted(
  deps: PollDeps,
  held: HeldAccount,
  context: PollContext,
  waitMs: number,
): Promise<void> {
  const until = plusMs(deps.clock.now(), waitMs);
  while (deps.clock.now() < until && !held.unwanted && !held.lost) {
    if (context.signal.aborted || context.mayPoll(0) === "no") return;
    await deps.clock.sleep(idleWaitMs, context.signal);
  }
}
