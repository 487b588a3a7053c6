import { newBotId, newBotToken, newQrKey, newVerifyCode } from "./ids.ts";
import { answerAllPolls } from "./polling.ts";
import { noPolls } from "./poll-stats.ts";
import { SimError } from "./sim-error.ts";
import type { WireObject } from "./wire.ts";
import { type Bot, getUser, liveBotOf, type Login, type QrStatus, type World } from "./world.ts";

const final: ReadonlySet<QrStatus> = new Set([
  "expired",
  "verify_code_blocked",
  "confirmed",
  "binded_redirect",
]);

/** Makes a QR code that expires by itself: reference/ilink.md 1.2. */
export function createLogin(world: World, localTokens: readonly string[]): Login {
  const qr = newQrKey(world.random);
  const createdAt = world.clock.now();
  const { qrLifetimeMs } = world.config.login;
  const login: Login = {
    qr,
    qrUrl: `https://liteapp.weixin.qq.com/q/${world.random.text(6, "0123456789abcdef")}?qrcode=${qr}&bot_type=3`,
    createdAt,
    expiresAt: createdAt + qrLifetimeMs,
    localTokens,
    status: "wait",
    wrongCodes: 0,
    redirect: "none",
    waiting: new Set(),
  };
  world.logins.set(qr, login);
  expireInTime(world, login);
  world.changes.notify();
  return login;
}

/** Lets the QR code expire when its time comes, unless it is over by then. */
export function expireInTime(world: World, login: Login): void {
  if (final.has(login.status)) return;
  world.clock.after(Math.max(0, login.expiresAt - world.clock.now()), () => {
    if (!final.has(login.status)) setStatus(world, login, "expired");
  });
}

/** The login of a poll key, or of the URL that the QR code shows. */
export function getLogin(world: World, qr: string): Login {
  const key = URL.canParse(qr) ? new URL(qr).searchParams.get("qrcode") : qr;
  const login = world.logins.get(key ?? "");
  if (!login) throw new SimError("not-found", "No such QR code. Ask for one with get_bot_qrcode.");
  return login;
}

export function scan(world: World, login: Login, userId: string): void {
  getUser(world, userId);
  requireStatus(login, ["wait"], "scanned");
  login.userId = userId;
  setStatus(world, login, "scaned");
}

/** The phone shows digits; the login goes on once its client has sent them. */
export function requireVerifyCode(world: World, login: Login, code?: string): string {
  requireStatus(login, ["scaned", "need_verifycode"], "asked for a verify code");
  const shown = code ?? newVerifyCode(world.random, world.config.login.verifyCodeDigits);
  login.verifyCode = shown;
  setStatus(world, login, "need_verifycode");
  return shown;
}

/** What the client typed. Wrong codes repeat the question, too many block the QR code. */
export function submitVerifyCode(world: World, login: Login, code: string): boolean {
  if (login.status !== "need_verifycode") return false;
  if (code === login.verifyCode) {
    delete login.verifyCode;
    setStatus(world, login, "scaned");
    return true;
  }
  login.wrongCodes += 1;
  const blocked = login.wrongCodes >= world.config.login.verifyCodeAttempts;
  setStatus(world, login, blocked ? "verify_code_blocked" : "need_verifycode");
  return false;
}

export function redirect(world: World, login: Login): void {
  requireStatus(login, ["wait", "scaned"], "redirected");
  login.redirect = "wanted";
  wake(login);
  world.changes.notify();
}

export function deny(world: World, login: Login): void {
  requireStatus(login, ["scaned", "need_verifycode"], "denied");
  setStatus(world, login, "expired");
}

/** The person taps yes: a new bot, and the end of the person's older one. */
export function confirm(world: World, login: Login): Bot {
  requireStatus(login, ["scaned"], "confirmed");
  const userId = login.userId;
  if (userId === undefined) throw new SimError("conflict", "Nobody has scanned this QR code.");
  const older = liveBotOf(world, userId);
  const known = older && login.localTokens.includes(older.token);
  if (older && known && world.config.login.recognizeLocalTokens) {
    login.botId = older.botId;
    setStatus(world, login, "binded_redirect");
    return older;
  }
  const bot = createBot(world, userId);
  if (older) supersede(world, older);
  login.botId = bot.botId;
  setStatus(world, login, "confirmed");
  return bot;
}

/** Ends a login: its token is answered -14 from now on, a held poll at once. */
export function expireBot(world: World, bot: Bot): void {
  bot.status = "expired";
  answerAllPolls(bot, { kind: "session-timeout" });
  world.changes.notify();
}

/** The body of get_qrcode_status for a login as it stands. */
export function statusAnswer(
  world: World,
  login: Login,
  redirectHost: string | undefined,
): WireObject {
  const { baseurl, omitBotId, stuckInWait, confirmedOnce } = world.config.login;
  const answered = login.answeredStatus;
  if (stuckInWait) return { ret: 0, status: "wait" };
  if (mustRedirect(world, login, redirectHost)) {
    login.redirect = "told";
    const host = world.config.login.redirectHost === "own" ? redirectHost : undefined;
    return { ret: 0, status: "scaned_but_redirect", redirect_host: host };
  }
  login.answeredStatus = login.status;
  if (login.status !== "confirmed") return { ret: 0, status: login.status };
  const bot = world.bots.get(login.botId ?? "");
  if (!bot || (confirmedOnce && answered === "confirmed")) return { ret: 0, status: "expired" };
  return {
    ret: 0,
    status: "confirmed",
    bot_token: bot.token,
    ilink_bot_id: omitBotId ? undefined : bot.botId,
    baseurl: baseurl === "omit" ? undefined : baseurl === "own" ? world.url : baseurl,
    ilink_user_id: bot.ownerUserId,
  };
}

/** Is there something the poller of this QR code has not been told? */
export function hasNews(world: World, login: Login, redirectHost: string | undefined): boolean {
  if (world.config.login.stuckInWait) return false;
  if (mustRedirect(world, login, redirectHost)) return true;
  return login.status !== (login.answeredStatus ?? "wait") || final.has(login.status);
}

/** Only the main listener sends away; without a host to go to it says so once. */
function mustRedirect(world: World, login: Login, redirectHost: string | undefined): boolean {
  if (redirectHost === undefined || login.redirect === "none" || final.has(login.status))
    return false;
  return login.redirect === "wanted" || world.config.login.redirectHost === "own";
}

function createBot(world: World, ownerUserId: string): Bot {
  const botId = newBotId(world.random);
  const earlier = [...world.bots.values()].filter((bot) => bot.ownerUserId === ownerUserId);
  const bot: Bot = {
    botId,
    token: newBotToken(world.random, botId),
    ownerUserId,
    generation: earlier.length + 1,
    createdAt: world.clock.now(),
    status: "live",
    online: false,
    log: [],
    deliveredUpTo: 0,
    handedAt: new Map(),
    heldPolls: new Map(),
    trackedPolls: new Set(),
    contacts: new Map(),
    seenClientIds: new Map(),
    lateBubbles: [],
    lateUntil: 0,
    flushPending: false,
    polls: noPolls(),
  };
  world.bots.set(botId, bot);
  return bot;
}

/** The old token is dead now, but a poll that is held hears of it later: ilink.md 3.3. */
function supersede(world: World, bot: Bot): void {
  bot.status = "superseded";
  world.clock.after(world.config.login.supersededAfterMs, () => {
    answerAllPolls(bot, { kind: "session-timeout" });
  });
}

function setStatus(world: World, login: Login, status: QrStatus): void {
  // A wrong code keeps the status, and its poller must hear that at once.
  if (login.status === status) delete login.answeredStatus;
  login.status = status;
  wake(login);
  world.changes.notify();
}

function wake(login: Login): void {
  for (const waiter of login.waiting) waiter();
}

function requireStatus(login: Login, allowed: readonly QrStatus[], verb: string): void {
  if (allowed.includes(login.status)) return;
  throw new SimError("conflict", `This QR code is ${login.status} and cannot be ${verb} now.`);
}
