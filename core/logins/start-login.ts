import { accountStore } from "#core/accounts/account.store.ts";
import { mayScan } from "#core/accounts/account.ts";
import { openToken } from "#core/accounts/credentials.ts";
import { wechatForLogin } from "#core/accounts/wechat-of.ts";
import type { Account } from "#core/accounts/account.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import type { PollStarter } from "#core/schedules/poll-starter.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import type { Login } from "./login.ts";
import { loginStore } from "./login.store.ts";

/** As long a bot's logins can be looked up. */
const keptSeconds = 30 * 86_400;

/**
 * Makes a QR code and has a poll Lambda watch it; gives the login that is open already, if any. With
 * `expectedIlinkUserId` only that WeChat user's scan counts.
 * Throws RequestError `account.unknown`, `account.status`, and WeChat's errors when no QR code came.
 */
export async function startLogin(
  deps: Deps<"wechat" | "credentials" | "login"> & { pollStarter: PollStarter },
  actor: Actor,
  accountId: string,
  expectedIlinkUserId: string | null = null,
): Promise<Login> {
  const account = await accountStore(deps.db).get(accountId);
  if (!mayScan(account)) {
    throw new RequestError(
      "conflict",
      "account.status",
      "The account is being cleaned up or gone, so it cannot be scanned. Create a new bot.",
      { accountId, status: account.status },
    );
  }
  const store = loginStore(deps.db);
  const open = await store.findOpenOf(accountId, deps.clock.now(), expectedIlinkUserId);
  if (open) return open;
  const login = await requestLogin(deps, account, expectedIlinkUserId);
  const line = auditLine(deps, actor, "login.started", accountId, { loginId: login._id });
  await store.insert({ ...login, auditOutbox: [line] });
  await haveItWatched(deps, login._id);
  await settleAudit(deps, { _id: login._id, auditOutbox: [line] }, "logins");
  return login;
}

/** Whoever types the digits that the phone shows; throws RequestError when none are asked for. */
export async function writeVerifyCode(
  deps: Deps,
  actor: Actor,
  loginId: string,
  code: string,
): Promise<void> {
  const login = await loginStore(deps.db).get(loginId);
  const line = auditLine(deps, actor, "login.code_typed", login.accountId, { loginId });
  if (await loginStore(deps.db).writeVerifyCode(loginId, code, line)) {
    await settleAudit(deps, { _id: loginId, auditOutbox: [line] }, "logins");
    return;
  }
  throw new RequestError(
    "conflict",
    "login.no_code_asked",
    "WeChat asks for no code at the moment. Look at the login's status and type the code when the phone shows one.",
    { loginId, status: login.status },
  );
}

async function requestLogin(
  deps: Deps<"wechat" | "credentials" | "login">,
  account: Account,
  expectedIlinkUserId: string | null,
): Promise<Login> {
  const answer = await wechatForLogin(deps).getBotQrcode({ localTokens: ownTokens(deps, account) });
  const now = deps.clock.now();
  const expiresAt = plusSeconds(now, deps.settings.login.LOGIN_LIFETIME_SECONDS);
  return {
    _id: deps.newId("login"),
    accountId: account._id,
    status: "waiting",
    open: true,
    qrcode: answer.qrcode,
    qrContent: answer.qrContent,
    qrCount: 1,
    qrIssuedAt: now,
    statusBaseUrl: null,
    expectedIlinkUserId,
    verifyCode: null,
    confirmedAt: null,
    verifyCodeWrong: false,
    outcome: null,
    failure: null,
    failureCode: null,
    lease: { holder: null, expiresAt: new Date(0) },
    createdAt: now,
    expiresAt,
    deleteAt: plusSeconds(now, keptSeconds),
    version: 1,
  };
}

/**
 * WeChat answers `binded_redirect` instead of a new login when this very token still lives. One that
 * it called expired is not shown again, so that a scan always brings a new one.
 */
export function ownTokens(deps: Deps<"credentials">, account: Account): string[] {
  if (account.status === "login_expired") return [];
  if (account.botId === undefined || account.credential === undefined) return [];
  return [openToken(deps.settings.credentials.CREDENTIAL_KEY, account.botId, account.credential)];
}

async function haveItWatched(deps: Deps & { pollStarter: PollStarter }, loginId: string) {
  try {
    await deps.pollStarter.watchLogin(loginId);
  } catch (error) {
    // The retry Lambda finds logins that nobody watches.
    deps.log.warn("login.worker_not_started", { loginId }, error);
  }
}
