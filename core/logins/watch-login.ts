import { accountStore } from "#core/accounts/account.store.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { wechatForLogin } from "#core/accounts/wechat-of.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { errorName, LeaseLostError } from "#core/shared/errors.ts";
import { isAllowedHost, redirectBaseUrl } from "#core/wechat/hosts.ts";
import type { QrcodeStatus } from "#core/wechat/qrcode.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import { applyLogin } from "./apply-login.ts";
import { keepLogin } from "./keep-login.ts";
import {
  failureTexts,
  mostQrCodes,
  type Confirmed,
  type Login,
  type LoginFailure,
} from "./login.ts";
import { loginStore } from "./login.store.ts";
import { refuseUnexpected } from "./refuse-login.ts";
import { ownTokens } from "./start-login.ts";

type WatchDeps = Deps<"wechat" | "credentials" | "login">;

/** A login as one worker holds it. */
type Watched = { deps: WatchDeps; holder: string; login: Login };

const pauseMs = 1_000;

/**
 * Watches a login until it is completed, failed or the invocation ends; another invocation goes on
 * with what is open. It does nothing when another worker watches already.
 */
export async function watchLogin(deps: WatchDeps, loginId: string, endsAt: Date): Promise<void> {
  const holder = deps.newId("lease");
  const now = deps.clock.now();
  const login = await loginStore(deps.db).takeLease(loginId, holder, now, leaseEnd(deps));
  if (!login) return;
  let watched: Watched = { deps, holder, login };
  try {
    while (watched.login.open && deps.clock.now() < endsAt) watched = await watchOnce(watched);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    deps.log.info("login.lost", { loginId });
  } finally {
    await loginStore(deps.db).releaseLease(loginId, holder);
  }
}

function leaseEnd(deps: WatchDeps): Date {
  return plusSeconds(deps.clock.now(), deps.settings.login.LOGIN_LEASE_SECONDS);
}

async function watchOnce(watched: Watched): Promise<Watched> {
  const { deps, holder } = watched;
  const login = await loginStore(deps.db).renewLease(watched.login._id, holder, leaseEnd(deps));
  const current = { ...watched, login };
  if (login.status === "confirmed") return complete(current);
  if (deps.clock.now() >= login.expiresAt) {
    return fail(current, "timed_out");
  }
  return askWechat(current);
}

async function askWechat(watched: Watched): Promise<Watched> {
  const { deps, login } = watched;
  const wechat = wechatForLogin(deps, login.statusBaseUrl ?? undefined);
  try {
    const answer = await wechat.getQrcodeStatus({
      qrcode: login.qrcode,
      ...(login.verifyCode === null ? {} : { verifyCode: login.verifyCode }),
      timeoutMs: deps.settings.login.LOGIN_HOLD_SECONDS * 1000,
    });
    return await react(watched, answer);
  } catch (error) {
    const known = error instanceof WechatRefusedError || error instanceof WechatUnreachableError;
    if (!known) throw error;
    deps.log.warn("login.poll_failed", { loginId: login._id, error: errorName(error) });
    await deps.clock.sleep(pauseMs);
    return watched;
  }
}

/** WeChat's eight answers (reference/ilink.md 1.2). */
async function react(watched: Watched, answer: QrcodeStatus): Promise<Watched> {
  switch (answer.status) {
    case "wait":
      return pauseAs(watched, "waiting");
    case "scaned":
      return pauseAs(watched, "scanned", { verifyCode: null, verifyCodeWrong: false });
    case "need_verifycode": {
      const wrong = watched.login.verifyCode !== null || watched.login.verifyCodeWrong;
      return pauseAs(watched, "verify_code_needed", { verifyCode: null, verifyCodeWrong: wrong });
    }
    case "verify_code_blocked":
    case "expired":
      return nextQrcode(watched);
    case "scaned_but_redirect":
      return followRedirect(watched, answer.redirectHost);
    case "binded_redirect":
      return keepStored(watched);
    case "confirmed":
      return keepConfirmation(watched, answer);
    case "unknown":
      watched.deps.log.warn("login.unknown_status", { loginId: watched.login._id });
      return pauseAs(watched, watched.login.status === "waiting" ? "waiting" : "scanned");
  }
}

async function pauseAs(
  watched: Watched,
  status: "waiting" | "scanned" | "verify_code_needed",
  set: Partial<Login> = {},
): Promise<Watched> {
  const { deps, holder, login } = watched;
  const same = login.status === status && sameFields(login, set);
  const after = same
    ? login
    : await loginStore(deps.db).changeStatus(login._id, holder, status, set);
  await deps.clock.sleep(pauseMs);
  return { ...watched, login: after };
}

function sameFields(login: Login, set: Partial<Login>): boolean {
  return (
    (set.verifyCode === undefined || set.verifyCode === login.verifyCode) &&
    (set.verifyCodeWrong === undefined || set.verifyCodeWrong === login.verifyCodeWrong)
  );
}

async function nextQrcode(watched: Watched): Promise<Watched> {
  const { deps, holder, login } = watched;
  if (login.qrCount >= mostQrCodes) {
    return fail(watched, "qr_codes_used_up");
  }
  const account = await accountStore(deps.db).get(login.accountId);
  const answer = await wechatForLogin(deps).getBotQrcode({ localTokens: ownTokens(deps, account) });
  const after = await loginStore(deps.db).changeStatus(login._id, holder, "waiting", {
    qrcode: answer.qrcode,
    qrContent: answer.qrContent,
    qrCount: login.qrCount + 1,
    qrIssuedAt: deps.clock.now(),
    statusBaseUrl: null,
    verifyCode: null,
    verifyCodeWrong: false,
  });
  return { ...watched, login: after };
}

async function followRedirect(watched: Watched, host: string | undefined): Promise<Watched> {
  const { deps, holder, login } = watched;
  if (host === undefined) return pauseAs(watched, "scanned");
  const statusBaseUrl = redirectBaseUrl(host, allowedHosts(deps));
  if (statusBaseUrl === undefined) {
    return fail(watched, "host_not_allowed");
  }
  const after = await loginStore(deps.db).changeStatus(login._id, holder, "scanned", {
    statusBaseUrl,
  });
  return { ...watched, login: after };
}

function allowedHosts(deps: WatchDeps): string[] {
  const { WECHAT_ALLOWED_HOSTS, WECHAT_BASE_URL } = deps.settings.wechat;
  return [...WECHAT_ALLOWED_HOSTS, new URL(WECHAT_BASE_URL).origin];
}

/** The answer may come only once, so the first statement stores it, encrypted. */
async function keepConfirmation(
  watched: Watched,
  answer: Extract<QrcodeStatus, { status: "confirmed" }>,
): Promise<Watched> {
  const { deps, holder, login } = watched;
  const { botToken, botId, ilinkUserId } = answer;
  if (!botToken || !botId || !ilinkUserId) {
    return fail(watched, "incomplete");
  }
  const usable = answer.baseUrl !== undefined && isAllowedHost(answer.baseUrl, allowedHosts(deps));
  const confirmed: Confirmed = {
    botId,
    ilinkUserId,
    baseUrl: usable ? (answer.baseUrl ?? null) : null,
    credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, botToken),
  };
  const after = await loginStore(deps.db).changeStatus(login._id, holder, "confirmed", {
    confirmed,
    confirmedAt: deps.clock.now(),
  });
  if (!usable && answer.baseUrl !== undefined) {
    deps.log.warn("login.base_url_refused", { loginId: login._id });
  }
  return { ...watched, login: after };
}

async function complete(watched: Watched): Promise<Watched> {
  const { deps, login } = watched;
  if (!(await refuseUnexpected(deps, login))) await applyLogin(deps, login);
  return { ...watched, login: { ...watched.login, open: false } };
}

async function keepStored(watched: Watched): Promise<Watched> {
  const { deps, login } = watched;
  await keepLogin(deps, login);
  return { ...watched, login: { ...login, open: false } };
}

async function fail(watched: Watched, failureCode: LoginFailure): Promise<Watched> {
  const { deps, holder, login } = watched;
  await loginStore(deps.db).changeStatus(login._id, holder, "failed", {
    failureCode,
    failure: failureTexts[failureCode],
    open: false,
  });
  deps.log.info("login.failed", { loginId: login._id, accountId: login.accountId, failureCode });
  return { ...watched, login: { ...login, open: false } };
}
