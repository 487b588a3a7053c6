import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { loginStore } from "#core/logins/login.store.ts";
import type { Login } from "#core/logins/login.ts";
import { startLogin, writeVerifyCode } from "#core/logins/start-login.ts";
import type { PollStarter } from "#core/schedules/poll-starter.ts";
import type { Deps } from "#core/shared/deps.ts";
import { InvariantError } from "#core/shared/errors.ts";
import { hashOf, mostLoginsPerLink, wantsScan, type RescanLink } from "./rescan-link.ts";
import { rescanLinkStore } from "./rescan-link.store.ts";

/** What a link is good for when somebody opens it. */
export type OpenedLink =
  /** No such link, or its bot is gone. */
  | { state: "unknown" }
  | { state: "expired" | "spent" | "connected" | "used_up"; botName: string }
  /** Nothing started yet: opening changes nothing, since chat apps open links to preview them. */
  | { state: "ready"; botName: string; isFirst: boolean }
  | { state: "login"; botName: string; login: Login; mayTryAgain: boolean };

/** Reads what the link is good for now; changes nothing. */
export async function openRescanLink(deps: Deps, token: string): Promise<OpenedLink> {
  const found = await findLink(deps, token);
  return found ? judge(deps, found) : { state: "unknown" };
}

/**
 * Starts the account's login, or joins one that is open for the same person; only the WeChat user
 * who scanned the account before counts, or whoever scans where nobody has. Does nothing when the link is no longer good for it. Throws
 * what `startLogin` throws when WeChat gives no QR code.
 */
export async function startRescan(
  deps: Deps<"wechat" | "credentials" | "login"> & { pollStarter: PollStarter },
  token: string,
): Promise<void> {
  const found = await findLink(deps, token);
  if (!found || !mayStart(await judge(deps, found))) return;
  const { link, account } = found;
  const owner = ownerOf(account);
  const links = rescanLinkStore(deps.db);
  const now = deps.clock.now();
  const joined = await loginStore(deps.db).findOpenOf(account._id, now, owner);
  if (!joined && !(await links.takeLogin(link._id, now))) return;
  const login = joined ?? (await startLogin(deps, hubActor, account._id, owner));
  await links.noteLogin(link._id, login._id);
}

/**
 * Hands on the digits that the phone shows; does nothing when the link leads to no login. Throws
 * RequestError `login.no_code_asked`.
 */
export async function typeRescanCode(deps: Deps, token: string, code: string): Promise<void> {
  const opened = await openRescanLink(deps, token);
  if (opened.state !== "login" || !opened.login.open) return;
  await writeVerifyCode(deps, hubActor, opened.login._id, code);
}

type Found = { link: RescanLink; account: Account };

async function findLink(deps: Deps, token: string): Promise<Found | null> {
  const link = await rescanLinkStore(deps.db).findByHash(hashOf(token));
  const account = link && (await accountStore(deps.db).find(link.accountId));
  if (!link || !account) return null;
  const gone = account.status === "retiring" || account.status === "retired";
  return gone ? null : { link, account };
}

async function judge(deps: Deps, { link, account }: Found): Promise<OpenedLink> {
  const botName = account.name;
  if (!wantsScan(account)) return { state: "connected", botName };
  if (link.spentAt !== null || link.generation !== account.generation) {
    return { state: "spent", botName };
  }
  if (link.expiresAt <= deps.clock.now()) return { state: "expired", botName };
  const login = link.loginId === null ? null : await loginStore(deps.db).find(link.loginId);
  const mayTryAgain = link.logins < mostLoginsPerLink;
  if (login) return { state: "login", botName, login, mayTryAgain };
  if (!mayTryAgain) return { state: "used_up", botName };
  return { state: "ready", botName, isFirst: account.status === "pending_login" };
}

/** A login under way goes on; one that failed may be followed by another. */
function mayStart(opened: OpenedLink): boolean {
  return opened.state === "ready" || (opened.state === "login" && !opened.login.open);
}

function ownerOf({ _id, ilinkUserId, status }: Account): string | null {
  if (ilinkUserId !== undefined) return ilinkUserId;
  if (status === "pending_login") return null;
  throw new InvariantError("account.no_owner", "A login expired that nobody ever scanned.", {
    accountId: _id,
  });
}
