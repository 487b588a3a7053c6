import { expireLogin } from "#core/accounts/expire-login.ts";
import type { Account } from "#core/accounts/account.ts";
import { countWechatAnswer } from "#core/accounts/count-wechat-answer.ts";
import type { OddAnswers } from "#core/accounts/odd-answers.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import type { PolicyCache } from "#core/policies/policy-cache.ts";
import { plusMs } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { errorName } from "#core/shared/errors.ts";
import type { Updates, WechatClient } from "#core/wechat/wechat.client.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import type { LeaseRef } from "./lease.store.ts";
import type { PollLengths } from "./poll-lengths.ts";
import type { Pusher } from "./pusher.ts";
import { tellOnline } from "./tell-online.ts";
import { newBatch, storeBatch } from "./store-batch.ts";

/** An account in the hands of a poller; the poller writes the wishes, the account's loop reads them. */
export type HeldAccount = {
  ref: LeaseRef;
  account: Account;
  /** Until when nobody else may poll it; the poller moves this on as it renews. */
  leaseUntil: Date;
  /** Suspended or stopped: no further poll, and nothing is answered from now on. */
  unwanted: boolean;
  /** Another holds lease or login; nothing more is to be written but messages. */
  lost: boolean;
  /** May be ahead of the stored one by empty answers: a replay from before these is harmless. */
  cursor: string;
  failures: number;
  /** No poll before this: it failed a moment ago. */
  retryAt: Date;
  lastGoodPollAt: Date | null;
  polledSinceRenewal: boolean;
};

export type PollContext = {
  pusher: Pusher;
  policies: PolicyCache;
  lengths: PollLengths;
  oddAnswers: OddAnswers;
  /** Whether a poll of this length may begin now, and if not, whether it may later. */
  mayPoll(held: HeldAccount, timeoutMs: number): "yes" | "later" | "no";
  /** Something was stored that has to be pushed in a moment. */
  changed(): void;
  /** Aborts when the invocation ends. */
  signal: AbortSignal;
};

type PollDeps = Deps<"answering" | "polling" | "wechat" | "credentials">;

const idleWaitMs = 200;
const storeAgainMs = 1_000;
/** An empty answer that comes before this share of the hold is no hold: asking on would be a storm. */
const leastShareOfHold = 1 / 35;

/** Polls one account for as long as the poller may; returns when the account is to be given back. */
export async function pollAccount(
  deps: PollDeps,
  held: HeldAccount,
  context: PollContext,
): Promise<void> {
  const wechat = wechatOf(deps, held.account);
  const host = held.account.baseUrl ?? deps.settings.wechat.WECHAT_BASE_URL;
  let announcedMs: number | undefined;
  void tellOnline(deps, held.account, wechat, context.signal);
  while (!held.unwanted && !held.lost) {
    const timeoutMs = context.lengths.timeoutMs(host, announcedMs);
    const may = context.mayPoll(held, timeoutMs);
    if (may === "no") return;
    if (may === "later" || held.retryAt > deps.clock.now()) {
      await deps.clock.sleep(idleWaitMs, context.signal);
      continue;
    }
    try {
      const answer = await pollOnce(deps, held, { context, wechat, host, timeoutMs });
      announcedMs = answer.longPollTimeoutMs ?? announcedMs;
      await keepStoring(deps, held, context, answer);
    } catch (error) {
      if (context.signal.aborted) throw error;
      await afterFailure(deps, held, context, error);
    }
  }
}

type Asking = { context: PollContext; wechat: WechatClient; host: string; timeoutMs: number };

/** One poll. A 524 and our own timeout are empty polls (reference/ilink.md 1.3, 1.7). */
async function pollOnce(
  deps: PollDeps,
  held: HeldAccount,
  { context, wechat, host, timeoutMs }: Asking,
): Promise<Updates> {
  const askedAt = deps.clock.now();
  const answer = await wechat.getUpdates({ cursor: held.cursor, timeoutMs });
  const now = deps.clock.now();
  const elapsedMs = now.getTime() - askedAt.getTime();
  const { cut } = answer;
  if (cut === undefined) {
    countWechatAnswer(deps.measure);
    context.oddAnswers.parts(held.ref.accountId, answer.odd);
    context.lengths.answered(host, elapsedMs);
    held.lastGoodPollAt = now;
    held.polledSinceRenewal = true;
  } else if (cut !== "aborted") {
    context.lengths.cut(host, cut, elapsedMs);
    deps.log.info("poll.cut", { accountId: held.ref.accountId, by: cut, elapsedMs });
  }
  held.failures = 0;
  const { POLL_HOLD_SECONDS, POLL_RETRY_MS } = deps.settings.polling;
  const isTooSoon = elapsedMs < POLL_HOLD_SECONDS * 1000 * leastShareOfHold;
  if (answer.empty && isTooSoon) held.retryAt = plusMs(now, POLL_RETRY_MS);
  return answer;
}

/**
 * Stores until it is stored: WeChat may have forgotten these messages with its answer. It gives up
 * only when the invocation ends.
 */
async function keepStoring(
  deps: PollDeps,
  held: HeldAccount,
  context: PollContext,
  answer: Updates,
): Promise<void> {
  const moved = answer.cursor !== undefined && answer.cursor !== held.cursor;
  const cursor = moved ? (answer.cursor ?? null) : null;
  if (answer.messages.length === 0) {
    held.cursor = cursor ?? held.cursor;
    return;
  }
  const batch = newBatch({ ref: held.ref, messages: answer.messages, cursor });
  for (let attempt = 1; ; attempt++) {
    try {
      const policy = await context.policies.get(held.account.policyId);
      const mayAnswer = !held.unwanted;
      const { answerFrom } = held.account;
      const circumstances = { policy, mayAnswer, answerFrom };
      const kept = await storeBatch(deps, context.pusher, batch, circumstances);
      if (!kept) held.lost = true;
      held.cursor = cursor ?? held.cursor;
      await context.pusher.pushDue();
      context.changed();
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
  { oddAnswers }: PollContext,
  error: unknown,
): Promise<void> {
  countWechatAnswer(deps.measure, error);
  if (error instanceof WechatRefusedError) oddAnswers.refusal(held.ref.accountId, error);
  if (error instanceof WechatRefusedError && error.code === -14) {
    await expireLogin(deps, { ...held.ref, lastGoodPollAt: held.lastGoodPollAt });
    held.lost = true;
    return;
  }
  const known = error instanceof WechatRefusedError || error instanceof WechatUnreachableError;
  const { POLL_RETRY_MS, POLL_LONG_RETRY_MS } = deps.settings.polling;
  held.failures += 1;
  const waitMs = held.failures % 3 === 0 ? POLL_LONG_RETRY_MS : POLL_RETRY_MS;
  held.retryAt = plusMs(deps.clock.now(), waitMs);
  const fields = {
    accountId: held.ref.accountId,
    failures: held.failures,
    error: errorName(error),
  };
  if (known) deps.log.warn("poll.failed", fields);
  else deps.log.error("poll.failed", fields, error);
}
