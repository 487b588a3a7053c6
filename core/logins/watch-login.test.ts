import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { hubActor, type Actor } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { openToken } from "#core/accounts/credentials.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { RequestError } from "#core/shared/errors.ts";
import { approvedAccount, waitingLogin } from "#test/records.ts";
import { startSmallHub, type SmallHub, type SmallHubDeps } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import type { Login } from "./login.ts";
import { loginStore } from "./login.store.ts";
import { startLogin, writeVerifyCode } from "./start-login.ts";
import { watchLogin } from "./watch-login.ts";

const { db } = withDatabase();
let hub: SmallHub;
let deps: SmallHubDeps;
const pollStarter = { async watchLogin() {} };
beforeAll(async () => {
  hub = await startSmallHub(db());
  deps = hub.deps;
});
afterAll(() => hub.stop());

let account: Account;
let userId: string;
let loginId: string;
let watching: Promise<void>;

beforeEach(async () => {
  hub.wechat.configure({ login: { omitBotId: false, baseurl: "own" } });
  const { botId: _bot, ilinkUserId: _owner, credential: _token, ...fresh } = approvedAccount(deps);
  account = { ...fresh, status: "pending_login", live: false, generation: 0 };
  await accountStore(db()).insert(account);
  userId = hub.wechat.createUser({ name: "owner" }).userId;
});

async function start(with_: Partial<SmallHubDeps> = {}): Promise<void> {
  loginId = (await startLogin({ ...deps, pollStarter }, hubActor, account._id))._id;
  watching = watch(with_);
}

function watch(with_: Partial<SmallHubDeps> = {}): Promise<void> {
  return watchLogin({ ...deps, ...with_ }, loginId, plusSeconds(deps.clock.now(), 600));
}

function login(): Promise<Login> {
  return loginStore(db()).get(loginId);
}

/** Waits until the console would show this. */
function shows(expected: Partial<Login>): Promise<Login> {
  return vi.waitFor(
    async () => {
      const now = await login();
      expect(now).toMatchObject(expected);
      return now;
    },
    { timeout: 5_000, interval: 20 },
  );
}

/** Waits until a worker has the login, and gives the lease. */
function attended(): Promise<Login["lease"]> {
  return vi.waitFor(
    async () => {
      const { lease } = await login();
      expect(lease.holder).not.toBeNull();
      return lease;
    },
    { timeout: 5_000, interval: 20 },
  );
}

async function confirmed(): Promise<{ botId: string }> {
  await start();
  const { qrcode } = await login();
  hub.wechat.scan({ qr: qrcode, userId });
  const { botId } = hub.wechat.confirm({ qr: qrcode });
  await watching;
  return { botId };
}

describe("a login shows what happens on the phone", () => {
  test("waiting, scanned, completed", async () => {
    await start();
    await shows({ status: "waiting", qrCount: 1 });

    hub.wechat.scan({ qr: (await login()).qrContent, userId });
    await shows({ status: "scanned" });

    const { botId } = hub.wechat.confirm({ qr: (await login()).qrcode });
    await watching;
    expect(await login()).toMatchObject({
      status: "completed",
      open: false,
      outcome: { kind: "new", accountId: account._id },
    });
    expect(await accountStore(db()).get(account._id)).toMatchObject({
      status: "pending_approval",
      botId,
      ilinkUserId: userId,
      live: true,
      generation: 1,
    });
  });

  test("digits are asked for, a wrong code is told, the right one goes on", async () => {
    await start();
    const { qrcode } = await login();
    const { verifyCode = "" } = hub.wechat.scan({ qr: qrcode, userId, withVerifyCode: true });
    await shows({ status: "verify_code_needed", verifyCodeWrong: false });

    await writeVerifyCode(deps, hubActor, loginId, verifyCode === "000000" ? "111111" : "000000");
    await shows({ status: "verify_code_needed", verifyCodeWrong: true, verifyCode: null });

    await writeVerifyCode(deps, hubActor, loginId, verifyCode);
    await shows({ status: "scanned", verifyCode: null });
    hub.wechat.confirm({ qr: qrcode });
    await watching;
    expect((await login()).status).toBe("completed");
  });

  test("a code that nobody asked for is refused", async () => {
    await start();
    await expect(writeVerifyCode(deps, hubActor, loginId, "123456")).rejects.toThrow(RequestError);
    expect((await login()).verifyCode).toBeNull();
    hub.wechat.scan({ qr: (await login()).qrcode, userId });
    hub.wechat.confirm({ qr: (await login()).qrcode });
    await watching;
  });

  test("too many wrong codes bring a new QR code", async () => {
    await start();
    const { qrcode } = await login();
    hub.wechat.scan({ qr: qrcode, userId });
    hub.wechat.requireVerifyCode({ qr: qrcode, code: "424242" });
    for (let n = 0; n < 3; n++) {
      await shows({ status: "verify_code_needed", verifyCode: null });
      await writeVerifyCode(deps, hubActor, loginId, `00000${n}`);
    }
    const next = await shows({ status: "waiting", qrCount: 2, verifyCodeWrong: false });
    expect(next.qrcode).not.toBe(qrcode);
    hub.wechat.scan({ qr: next.qrcode, userId });
    hub.wechat.confirm({ qr: next.qrcode });
    await watching;
  });

  test("three QR codes run out, then the login has failed", async () => {
    await start();
    const codes = new Set<string>();
    for (const qrCount of [1, 2, 3]) {
      codes.add((await shows({ status: "waiting", qrCount })).qrcode);
      hub.wechat.advanceClock(121_000);
    }
    await watching;
    expect(codes.size).toBe(3);
    const failed = await login();
    expect(failed).toMatchObject({ status: "failed", open: false });
    expect(failed.failure).toContain("3 QR codes ran out");
  });

  test("a person who says no on the phone gets a new QR code", async () => {
    await start();
    hub.wechat.scan({ qr: (await login()).qrcode, userId });
    await shows({ status: "scanned" });
    hub.wechat.deny({ qr: (await login()).qrcode });
    const next = await shows({ status: "waiting", qrCount: 2 });
    hub.wechat.scan({ qr: next.qrcode, userId });
    hub.wechat.confirm({ qr: next.qrcode });
    await watching;
    expect((await login()).outcome).toMatchObject({ kind: "new" });
  });

  test("nobody confirms in time, then the login has failed", async () => {
    await start();
    await attended();
    deps.clock.moveOn(deps.settings.login.LOGIN_LIFETIME_SECONDS * 1000);
    await watching;
    expect((await login()).failure).toContain("Nobody confirmed the login in time");
  });
});

describe("WeChat sends the login to another host", () => {
  test("that is not on the list: nothing is asked there", async () => {
    await start();
    const { qrcode } = await login();
    hub.wechat.redirect({ qr: qrcode });
    await watching;
    const failed = await login();
    expect(failed).toMatchObject({ status: "failed", open: false, statusBaseUrl: null });
    expect(failed.failure).toContain("WECHAT_ALLOWED_HOSTS");
  });

  test("that an operator allowed: the login goes on there", async () => {
    const { host } = new URL(hub.wechat.redirectUrl);
    const wechat = { ...deps.settings.wechat, WECHAT_ALLOWED_HOSTS: [host] };
    await start({ settings: { ...deps.settings, wechat } });
    const { qrcode } = await login();
    hub.wechat.redirect({ qr: qrcode });
    await shows({ status: "scanned", statusBaseUrl: hub.wechat.redirectUrl });
    hub.wechat.scan({ qr: qrcode, userId });
    hub.wechat.confirm({ qr: qrcode });
    await watching;
    expect((await login()).status).toBe("completed");
  });
});

describe("what WeChat gives once", () => {
  test("is never stored in the clear, and the login forgets it when it is done", async () => {
    const { botId } = await confirmed();
    const { credential = "" } = await accountStore(db()).get(account._id);
    const token = openToken(deps.settings.credentials.CREDENTIAL_KEY, botId, credential);
    expect(token.startsWith(`${botId}:`)).toBe(true);

    const secret = token.slice(botId.length + 1);
    const documents = await Promise.all(
      ["accounts", "logins", "audit_log"].map((name) => db().collection(name).find({}).toArray()),
    );
    expect(JSON.stringify(documents)).not.toContain(secret);
    expect(deps.logLines.join()).not.toContain(secret);
    expect(await login()).not.toHaveProperty("confirmed");
  });

  test("with an address that is not WeChat's: the token is not sent there", async () => {
    hub.wechat.configure({ login: { baseurl: "https://evil.example" } });
    await confirmed();
    expect(await accountStore(db()).get(account._id)).toMatchObject({ status: "pending_approval" });
    expect((await accountStore(db()).get(account._id)).baseUrl).toBeUndefined();
    expect(deps.logLines.join()).toContain("login.base_url_refused");
  });

  test("without saying which bot it is for is no login", async () => {
    hub.wechat.configure({ login: { omitBotId: true } });
    await confirmed();
    expect(await login()).toMatchObject({ status: "failed", open: false });
    expect((await accountStore(db()).get(account._id)).status).toBe("pending_login");
  });

  test("is not given when the stored token still lives: then all stays as it is", async () => {
    const { botId } = await confirmed();
    const before = await accountStore(db()).get(account._id);
    await confirmed();
    expect(await login()).toMatchObject({
      status: "completed",
      outcome: { kind: "kept", accountId: account._id },
    });
    expect(await accountStore(db()).get(account._id)).toEqual(before);
    expect(before.botId).toBe(botId);
  });
});

describe("the stored token still lives, though we took it for expired", () => {
  async function scanKept(status: "approved" | "suspended", polling: boolean): Promise<Account> {
    await confirmed();
    const accounts = db().collection<Account>("accounts");
    await accounts.updateOne({ _id: account._id }, { $set: { status, polling, cursor: "there" } });
    // The QR code is shown while the token counts as good, and the false alarm comes after.
    await start();
    expect(await expireLogin(deps, { accountId: account._id, generation: 1 })).not.toBeNull();
    const { qrContent: qr } = await login();
    hub.wechat.scan({ qr, userId });
    hub.wechat.confirm({ qr });
    await watching;
    expect(await login()).toMatchObject({ status: "completed", outcome: { kind: "kept" } });
    return accountStore(db()).get(account._id);
  }

  test("an approved account is approved again and polled under the same login", async () => {
    const kept = await scanKept("approved", true);
    expect(kept).toMatchObject({
      status: "approved",
      statusBeforeExpiry: null,
      generation: 1,
      cursor: "there",
      scheduleWanted: "on",
      scheduleDiffers: true,
      expiryNotice: null,
      loginExpiredAt: null,
    });
    expect(kept.credential).toBeDefined();
    const actions = (await auditStore(db()).listOf(account._id, 9)).map(({ action }) => action);
    expect(actions).toContain("account.login_kept");
  });

  test("a suspended one stays suspended", async () => {
    expect(await scanKept("suspended", true)).toMatchObject({
      status: "suspended",
      scheduleWanted: "off",
    });
  });
});

describe("a worker", () => {
  test("goes on through a gateway's timeout and a cut connection", async () => {
    await start();
    await attended();
    const endpoint = "get_qrcode_status";
    hub.wechat.armFault({ endpoint, behaviour: { kind: "http", status: 524 } });
    hub.wechat.armFault({ endpoint, nth: 2, behaviour: { kind: "drop-connection" } });
    hub.wechat.armFault({ endpoint, nth: 3, behaviour: { kind: "html" } });
    hub.wechat.scan({ qr: (await login()).qrcode, userId });
    await shows({ status: "scanned" });
    hub.wechat.confirm({ qr: (await login()).qrcode });
    await watching;
    expect((await login()).status).toBe("completed");
  });

  test("leaves a login alone that another one watches", async () => {
    await start();
    const { holder } = await attended();
    await watch();
    expect((await login()).lease.holder).toBe(holder);
    hub.wechat.scan({ qr: (await login()).qrcode, userId });
    hub.wechat.confirm({ qr: (await login()).qrcode });
    await watching;
    expect((await login()).status).toBe("completed");
  });

  test("that lost its lease writes nothing more", async () => {
    await start();
    await attended();
    const lease = { holder: "lse_other", expiresAt: plusSeconds(deps.clock.now(), 60) };
    await db().collection<Login>("logins").updateOne({ _id: loginId }, { $set: { lease } });
    hub.wechat.scan({ qr: (await login()).qrcode, userId });
    await watching;
    expect(await login()).toMatchObject({ status: "waiting", lease });
  });

  test("ends with its invocation and gives the login back for the next one", async () => {
    loginId = (await startLogin({ ...deps, pollStarter }, hubActor, account._id))._id;
    await watchLogin(deps, loginId, deps.clock.now());
    expect(await login()).toMatchObject({ open: true, lease: { holder: null } });

    hub.wechat.scan({ qr: (await login()).qrcode, userId });
    hub.wechat.confirm({ qr: (await login()).qrcode });
    await watch();
    expect((await login()).status).toBe("completed");
  });

  test("that died after WeChat's answer was stored: the next one brings it onto the account", async () => {
    const scanned = { botId: `${account._id}@im.bot`, ilinkUserId: userId, baseUrl: null };
    const stored = waitingLogin(deps, account._id, {
      status: "confirmed",
      confirmed: { ...scanned, credential: "k1.sealed" },
      lease: { holder: "lse_dead", expiresAt: plusSeconds(deps.clock.now(), 30) },
    });
    await loginStore(db()).insert(stored);
    loginId = stored._id;

    await watch();
    expect((await login()).open).toBe(true);
    deps.clock.moveOn(31_000);
    await watch();
    expect(await login()).toMatchObject({ status: "completed", outcome: { kind: "new" } });
    expect(await accountStore(db()).get(account._id)).toMatchObject({
      status: "pending_approval",
      botId: scanned.botId,
      credential: "k1.sealed",
    });
  });
});

describe("starting a login", () => {
  test("has a worker started, and gives the open login to whoever asks again", async () => {
    const watched: string[] = [];
    const starter = {
      async watchLogin(id: string) {
        watched.push(id);
      },
    };
    const first = await startLogin({ ...deps, pollStarter: starter }, hubActor, account._id);
    const second = await startLogin({ ...deps, pollStarter: starter }, hubActor, account._id);
    expect(second).toMatchObject(first);
    expect(watched).toEqual([first._id]);
    expect(first.qrContent).toContain(first.qrcode);
  });

  test("tells the audit log who started it and who typed a code", async () => {
    const mei: Actor = { kind: "operator", id: "usr_mei" };
    const lin: Actor = { kind: "operator", id: "usr_lin" };
    const { _id } = await startLogin({ ...deps, pollStarter }, mei, account._id);
    await startLogin({ ...deps, pollStarter }, lin, account._id);
    const asking = { $set: { status: "verify_code_needed" } } as const;
    await db().collection<Login>("logins").updateOne({ _id }, asking);
    await writeVerifyCode(deps, lin, _id, "123456");
    const lines = await auditStore(db()).listOf(account._id, 9);
    expect(lines.map(({ action, actor, details }) => [action, actor.id, details])).toEqual([
      ["login.code_typed", "usr_lin", { loginId: _id }],
      ["login.started", "usr_mei", { loginId: _id }],
    ]);
    expect((await loginStore(db()).get(_id)).auditOutbox).toEqual([]);
  });

  test("without a worker still shows the QR code: the retry Lambda starts one", async () => {
    const away = { watchLogin: () => Promise.reject(new Error("Lambda is away")) };
    const started = await startLogin({ ...deps, pollStarter: away }, hubActor, account._id);
    expect(await loginStore(db()).listUnattended(deps.clock.now(), 100, deps.log)).toContainEqual(
      expect.objectContaining(started),
    );
  });

  test.each(["retiring", "retired"] as const)(
    "is refused for an account that is %s",
    async (status) => {
      await db()
        .collection<Account>("accounts")
        .updateOne({ _id: account._id }, { $set: { status } });
      await expect(startLogin({ ...deps, pollStarter }, hubActor, account._id)).rejects.toThrow(
        RequestError,
      );
    },
  );

  test("that got no QR code leaves nothing behind", async () => {
    hub.wechat.armFault({ endpoint: "get_bot_qrcode", behaviour: { kind: "drop-connection" } });
    await expect(startLogin({ ...deps, pollStarter }, hubActor, account._id)).rejects.toThrow(
      "WeChat",
    );
    expect(await loginStore(db()).findOpenOf(account._id, deps.clock.now())).toBeNull();
  });
});
