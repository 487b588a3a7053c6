import { freeLease, type Account, type AccountStatus } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { newAccount } from "#core/accounts/create-account.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import { rescanLinkStore } from "#core/alerts/rescan-link.store.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import { loginExpired } from "#core/sending/chunk-outcome.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import type { Deps } from "#core/shared/deps.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { accountTransitions } from "#core/accounts/account.ts";
import { allowedFrom } from "#core/shared/transitions.ts";
import { loginStore } from "./login.store.ts";
import type { Confirmed, Login, LoginOutcome } from "./login.ts";

const mostTries = 5;

export type DatedConfirmation = Confirmed & { at: Date };

export function dated(login: Login, confirmed: Confirmed): DatedConfirmation {
  return { ...confirmed, at: login.confirmedAt ?? login.createdAt };
}

/**
 * Brings what WeChat confirmed onto its account and closes the login. Every step can be repeated:
 * the confirmation is stored with the login, and an account that already has this bot is done.
 */
export async function applyLogin(deps: Deps, login: Login): Promise<LoginOutcome> {
  const { confirmed } = login;
  if (!confirmed) throw new InvariantError("login.unconfirmed", "The login is not confirmed.");
  for (let tries = 0; tries < mostTries; tries++) {
    const outcome = await tryApply(deps, login.accountId, dated(login, confirmed));
    if (!outcome) continue;
    await closeLogin(deps, login, outcome);
    return outcome;
  }
  throw new InvariantError("login.contended", "The account kept changing under the login.", {
    loginId: login._id,
  });
}

/** Lets what waited for the scan go on, and ends the login. */
export async function closeLogin(deps: Deps, login: Login, outcome: LoginOutcome): Promise<void> {
  // Their jobs come from the retry Lambda; what no longer fits its window is parked again.
  const woken = { accountId: outcome.accountId, code: loginExpired, now: deps.clock.now() };
  await outboundStore(deps.db).wakeParked(woken);
  await agentRunStore(deps.db).wakeWaiting(woken);
  await rescanLinkStore(deps.db).spendThoseOf(login._id, deps.clock.now());
  await loginStore(deps.db).complete(login._id, outcome);
  deps.log.info("login.completed", {
    loginId: login._id,
    accountId: outcome.accountId,
    outcome: outcome.kind,
  });
}

/** Null when somebody else changed the account meanwhile and it must be looked at again. */
async function tryApply(
  deps: Deps,
  accountId: string,
  confirmed: DatedConfirmation,
): Promise<LoginOutcome | null> {
  const accounts = accountStore(deps.db);
  const asked = await accounts.get(accountId);
  const known = await accounts.findLiveByOwner(confirmed.ilinkUserId);
  const target = known ?? asked;
  // A worker that died may leave its login to be found after the next one's scan, which ended it.
  if (isOlder(target, confirmed)) return { kind: "kept", accountId: target._id };
  if (known && known._id !== asked._id) {
    if (!(await renew(deps, known, confirmed))) return null;
    await dropDuplicate(deps, asked, known);
    return { kind: "moved", accountId: known._id };
  }
  const gone = asked.status === "retiring" || asked.status === "retired";
  const again = asked.botId === confirmed.botId && asked.generation === 1;
  const first = asked.ilinkUserId === undefined || again;
  if (!gone && (asked.ilinkUserId ?? confirmed.ilinkUserId) === confirmed.ilinkUserId) {
    const kind = first ? "new" : "renewed";
    return (await renew(deps, asked, confirmed)) ? { kind, accountId: asked._id } : null;
  }
  const other = await addOtherPerson(deps, asked, confirmed);
  return other && { kind: "other_person", accountId: other._id };
}

/**
 * The same account with a new login: history, policy and status stay, cursor and lease do not. False
 * when somebody else changed the account meanwhile.
 */
export async function renew(
  deps: Deps,
  account: Account,
  confirmed: DatedConfirmation,
): Promise<boolean> {
  if (account.botId === confirmed.botId || isOlder(account, confirmed)) return true;
  const status = statusAfterScan(account);
  if (status !== account.status) allowedFrom(accountTransitions, [account.status], status);
  const renewed = await orNullOnDuplicate(
    accountStore(deps.db).changeWhere(
      { _id: account._id, status: account.status, generation: account.generation },
      {
        $set: { ...loginFields(deps, confirmed), ...scheduleAfterScan(account, status), status },
        $inc: { generation: 1, version: 1 },
        $push: {
          auditOutbox: auditLine(deps, hubActor, "account.logged_in", account._id, {
            botId: confirmed.botId,
          }),
        },
      },
    ),
  );
  if (!renewed) return false;
  await settleAudit(deps, renewed);
  return true;
}

export function statusAfterScan({ status, statusBeforeExpiry }: Account): AccountStatus {
  if (status === "pending_login") return "pending_approval";
  if (status === "login_expired") return statusBeforeExpiry ?? "pending_approval";
  return status;
}

export function scheduleAfterScan(account: Account, status: AccountStatus) {
  const scheduleWanted = status === "approved" && account.polling ? "on" : "off";
  return { scheduleWanted, scheduleDiffers: true } as const;
}

function isOlder({ ilinkUserId, loggedInAt }: Account, confirmed: DatedConfirmation): boolean {
  const ofSamePerson = ilinkUserId === confirmed.ilinkUserId;
  return ofSamePerson && loggedInAt !== null && confirmed.at < loggedInAt;
}

function loginFields(deps: Deps, confirmed: DatedConfirmation) {
  const now = deps.clock.now();
  return {
    statusBeforeExpiry: null,
    live: true,
    botId: confirmed.botId,
    ilinkUserId: confirmed.ilinkUserId,
    credential: confirmed.credential,
    ...(confirmed.baseUrl === null ? {} : { baseUrl: confirmed.baseUrl }),
    cursor: "",
    lease: freeLease,
    pollAfter: now,
    pollFailures: 0,
    loginExpiredAt: null,
    loggedInAt: confirmed.at,
    expiryNotice: null,
    updatedAt: now,
  };
}

/** Somebody else scanned a known bot, or one that is being cleaned up: never that bot's new owner, but a bot that waits for approval. */
async function addOtherPerson(
  deps: Deps,
  asked: Account,
  confirmed: DatedConfirmation,
): Promise<Account | null> {
  const fresh = newAccount(deps, hubActor, {
    name: `${asked.name} (scanned by another WeChat user)`,
    labels: asked.labels,
    owner: asked.owner,
    policyId: asked.policyId,
  });
  const account: Account = {
    ...fresh,
    ...loginFields(deps, confirmed),
    status: "pending_approval",
    generation: 1,
  };
  const inserted = await orNullOnDuplicate(
    accountStore(deps.db)
      .insert(account)
      .then(() => account),
  );
  if (inserted) await settleAudit(deps, inserted);
  return inserted;
}

/** A bot that was created for a person who already lends one is not needed. */
async function dropDuplicate(deps: Deps, asked: Account, known: Account): Promise<void> {
  const dropped = await accountStore(deps.db).changeStatus({
    id: asked._id,
    now: deps.clock.now(),
    from: ["pending_login"],
    to: "retired",
    audit: auditLine(deps, hubActor, "account.dropped_as_duplicate", asked._id, {
      accountId: known._id,
    }),
  });
  if (dropped) await settleAudit(deps, dropped);
}

/** A unique index speaks for somebody who was quicker: look again. */
async function orNullOnDuplicate<T>(change: Promise<T | null>): Promise<T | null> {
  try {
    return await change;
  } catch (error) {
    if (isDuplicateKey(error)) return null;
    throw error;
  }
}
