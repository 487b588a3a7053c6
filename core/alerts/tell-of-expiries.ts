import { hubActor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { expiryNoticeStore, type NoticeClaim } from "./expiry-notice.store.ts";
import { expiryNotification } from "./expiry-notification.ts";
import { makeRescanLink } from "./make-rescan-link.ts";
import { rescanLinkStore } from "./rescan-link.store.ts";
import { guessKind, type WebhookKind } from "./webhook-kind.ts";
import { createWebhook, type Webhook } from "./webhook.ts";

type TellDeps = Deps<"alerts" | "links">;

/**
 * A little less than each receiver takes: WeCom and DingTalk 20 a minute (DingTalk is silent for ten
 * minutes after more), Feishu 100, Slack one a second.
 */
const mostPerMinute: Readonly<Record<WebhookKind, number>> = {
  wecom: 18,
  dingtalk: 18,
  feishu: 80,
  slack: 50,
  json: 200,
};
/** A receiver that is away is not asked for every bot. */
const mostFailures = 2;
/** A receiver that is slow does not keep the other sweeps waiting. */
const longestRoundSeconds = 15;
/** Longer than a webhook may take to answer. */
const claimSeconds = 60;
const longestPauseSeconds = 3_600;

/**
 * Tells operators of each login that expired, once, by the bot's name, with a link to scan again, as
 * fast as the receiver takes it. What the receiver did not take comes again later. Gives how many were told.
 */
export async function tellOfExpiries(deps: TellDeps): Promise<number> {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_KIND, ALERT_WEBHOOK_SECRET } = deps.settings.alerts;
  if (url === undefined) return 0;
  const kind = ALERT_WEBHOOK_KIND ?? guessKind(url);
  const webhook = createWebhook({
    url,
    kind,
    secret: ALERT_WEBHOOK_SECRET,
    now: () => deps.clock.now(),
  });
  const now = deps.clock.now();
  const until = plusSeconds(now, longestRoundSeconds);
  const due = await listDue(deps, now, mostPerMinute[kind]);
  let told = 0;
  let failed = 0;
  for (const each of due) {
    if (failed === mostFailures || deps.clock.now() >= until) break;
    const outcome = await tell(deps, webhook, each);
    if (outcome === "told") told += 1;
    if (outcome === "failed") failed += 1;
  }
  return told;
}

async function listDue({ db }: TellDeps, now: Date, mostInAMinute: number) {
  const notices = expiryNoticeStore(db);
  const lately = await notices.countSentSince(plusSeconds(now, -60), mostInAMinute);
  return lately < mostInAMinute ? notices.listDue(now, mostInAMinute - lately) : [];
}

async function tell(
  deps: TellDeps,
  webhook: Webhook,
  expired: { accountId: string; generation: number },
): Promise<"told" | "failed" | "not_ours"> {
  const now = deps.clock.now();
  const until = plusSeconds(now, claimSeconds);
  const claimed = await expiryNoticeStore(deps.db).claim(expired, now, until);
  if (!claimed) return "not_ours";
  const { account, claim } = claimed;
  const link = await makeRescanLink(deps, expired);
  const delivery = await webhook(expiryNotification(account, link, deps.settings.alerts.TIME_ZONE));
  if (delivery.status === "accepted") {
    await markSent(deps, claim);
    return "told";
  }
  const { reason, arrived } = delivery;
  if (link && arrived === "no") await rescanLinkStore(deps.db).remove(link.linkId);
  const pause = pauseSeconds(deps, claim.attempts);
  await expiryNoticeStore(deps.db).putOff(claim, plusSeconds(deps.clock.now(), pause));
  const { accountId, attempts } = claim;
  deps.log.warn("expiry_notice.failed", { accountId, attempts, reason, againInSeconds: pause });
  return "failed";
}

async function markSent(deps: TellDeps, claim: NoticeClaim): Promise<void> {
  const { accountId, attempts } = claim;
  const audit = auditLine(deps, hubActor, "account.expiry_notified", accountId, { attempts });
  const account = await expiryNoticeStore(deps.db).markSent(claim, deps.clock.now(), audit);
  if (account) await settleAudit(deps, account);
  deps.log.info("expiry_notice.sent", { accountId, attempts });
}

function pauseSeconds({ settings }: TellDeps, attempts: number): number {
  const doubled = settings.alerts.ALERT_RETRY_SECONDS * 2 ** Math.min(attempts - 1, 12);
  return Math.min(doubled, longestPauseSeconds);
}
