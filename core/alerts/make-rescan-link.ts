import { accountStore } from "#core/accounts/account.store.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { hashOf, newToken, rescanUrl, wantsScan, type RescanLink } from "./rescan-link.ts";
import { rescanLinkStore } from "./rescan-link.store.ts";

const hourSeconds = 3_600;
/** Until then an expired link is told apart from one that never was. */
const keptSeconds = 30 * 24 * hourSeconds;

export type MadeLink = { linkId: string; url: string; expiresAt: Date };

/** Stores a new link and gives its address, which nobody can read again; null without PUBLIC_URL. */
export async function makeRescanLink(
  deps: Deps<"links">,
  expired: { accountId: string; generation: number },
): Promise<MadeLink | null> {
  const { PUBLIC_URL, RESCAN_LINK_HOURS } = deps.settings.links;
  if (PUBLIC_URL === undefined) return null;
  const token = newToken();
  const now = deps.clock.now();
  const expiresAt = plusSeconds(now, RESCAN_LINK_HOURS * hourSeconds);
  const link: RescanLink = {
    _id: deps.newId("rescanLink"),
    tokenHash: hashOf(token),
    accountId: expired.accountId,
    generation: expired.generation,
    logins: 0,
    loginId: null,
    spentAt: null,
    createdAt: now,
    expiresAt,
    deleteAt: plusSeconds(expiresAt, keptSeconds),
    version: 1,
  };
  await rescanLinkStore(deps.db).insert(link);
  return { linkId: link._id, url: rescanUrl(PUBLIC_URL, token), expiresAt };
}

/**
 * Makes a link for an operator to hand to the bot's owner. Throws RequestError `account.unknown`,
 * `account.status` when it has a login that is good, `rescan_link.no_address` without PUBLIC_URL.
 */
export async function handOutRescanLink(
  deps: Deps<"links">,
  actor: Actor,
  accountId: string,
): Promise<MadeLink> {
  const store = accountStore(deps.db);
  const account = await store.get(accountId);
  const { generation, status } = account;
  if (!wantsScan(account)) return refuse(accountId, status);
  const link = await makeRescanLink(deps, { accountId, generation });
  if (!link) {
    throw new RequestError(
      "conflict",
      "rescan_link.no_address",
      "No link can be made, because PUBLIC_URL is not set: the hub does not know its own address. Set it, or start a login and show its QR code.",
    );
  }
  const after = await store.changeWhere(
    { _id: accountId, status, generation },
    {
      $push: {
        auditOutbox: auditLine(deps, actor, "account.rescan_link_made", accountId, {
          linkId: link.linkId,
          expiresAt: link.expiresAt.toISOString(),
        }),
      },
      $inc: { version: 1 },
    },
  );
  if (!after) {
    await rescanLinkStore(deps.db).remove(link.linkId);
    return refuse(accountId, (await store.get(accountId)).status);
  }
  await settleAudit(deps, after);
  return link;
}

function refuse(accountId: string, status: string): never {
  throw new RequestError(
    "conflict",
    "account.status",
    "The bot has a login that is good, so there is nothing to scan.",
    { accountId, status },
  );
}
