import type { Account } from "#core/accounts/account.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import type { WechatClient } from "#core/wechat/wechat.client.ts";

/** Hand-overs take less; after more, WeChat may have taken the bot for gone. */
const mostSilentSeconds = 600;

/**
 * Tells WeChat that this bot is polled from now on: after a login, and after a pause, not at every
 * hand-over. Some say that sends are refused without it, and many clients live without it, so nothing
 * waits for it or depends on it (reference/ilink.md 1.2).
 */
export async function tellOnline(
  deps: Deps,
  account: Account,
  wechat: Pick<WechatClient, "notifyStart">,
  signal: AbortSignal,
): Promise<void> {
  if (!isNews(account, deps.clock.now())) return;
  try {
    await wechat.notifyStart({ signal });
  } catch (error) {
    deps.log.info("notify.failed", { accountId: account._id }, error);
  }
}

function isNews({ cursor, lastGoodPollAt }: Account, now: Date): boolean {
  return (
    cursor === "" || lastGoodPollAt === null || plusSeconds(lastGoodPollAt, mostSilentSeconds) < now
  );
}
