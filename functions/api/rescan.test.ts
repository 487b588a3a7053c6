import { z } from "zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { retire } from "#core/accounts/change-account.ts";
import { createAccount } from "#core/accounts/create-account.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { makeRescanLink } from "#core/alerts/make-rescan-link.ts";
import { rescanLinkStore } from "#core/alerts/rescan-link.store.ts";
import { hashOf, mostLoginsPerLink } from "#core/alerts/rescan-link.ts";
import type { Login } from "#core/logins/login.ts";
import { operator } from "#test/records.ts";
import { serveApi, type ServedApi } from "#test/serve-api.ts";
import { startSmallHub, type SmallHub, type SmallHubDeps } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
const hourMs = 3_600_000;
let hub: SmallHub;
let api: ServedApi;
let deps: SmallHubDeps;
let account: Account;
let link: string;

beforeAll(async () => {
  hub = await startSmallHub(db());
  api = await serveApi(hub.deps);
  deps = api.deps;
});
afterAll(async () => {
  await hub.stop();
  await api.stop();
});
beforeEach(async () => {
  account = await expired(await hub.addBot({ name: "Tea <shop>" }));
  link = await newLink();
});

async function expired({ _id, generation }: Account): Promise<Account> {
  const after = await expireLogin(deps, { accountId: _id, generation });
  if (!after) throw new Error("The login did not expire.");
  return after;
}

async function newLink(): Promise<string> {
  const made = await makeRescanLink(deps, { accountId: account._id, generation: 1 });
  if (!made) throw new Error("No link was made.");
  return made.url;
}

type Page = { status: number; html: string; says: string; headers: Headers };

async function open(url = link, headers: Record<string, string> = {}): Promise<Page> {
  const response = await fetch(url, { headers: { "accept-language": "en", ...headers } });
  return read(response);
}

async function read(response: Response): Promise<Page> {
  const html = await response.text();
  const [, says = ""] = /role="status">([^<]*)</.exec(html) ?? [];
  return { status: response.status, html, says, headers: response.headers };
}

/** Sends a form of the page and follows to where it leads. */
async function send(form: "login" | "verify-code", fields: Record<string, string> = {}) {
  const body = new URLSearchParams(fields);
  return read(await fetch(`${link}/${form}?lang=en`, { method: "POST", body }));
}

/** Waits until the page says it. */
function says(text: string): Promise<Page> {
  return vi.waitFor(
    async () => {
      const page = await open();
      expect(page.says).toContain(text);
      return page;
    },
    { timeout: 5_000, interval: 30 },
  );
}

function logins(): Promise<Login[]> {
  return db().collection<Login>("logins").find({ accountId: account._id }).toArray();
}

/** The code that the page shows now. */
async function qr(): Promise<string> {
  const [login] = (await logins()).filter((each) => each.open);
  if (!login) throw new Error("No login is open.");
  return login.qrContent;
}

function stored(id = account._id): Promise<Account> {
  return accountStore(db()).get(id);
}

async function isSpent(url: string): Promise<void> {
  const hash = hashOf(url.split("/").at(-1) ?? "");
  await vi.waitFor(async () => {
    const kept = await rescanLinkStore(db()).findByHash(hash);
    expect(kept?.spentAt).toBeInstanceOf(Date);
  });
}

describe("opening the link", () => {
  test("names the bot, starts nothing and spends nothing, however often", async () => {
    for (let count = 0; count < 3; count++) {
      const page = await open();
      expect(page.status).toBe(200);
      expect(page.says).toBe("WeChat has signed this bot out.");
      expect(page.html).toContain("Bot: Tea &lt;shop&gt;");
    }
    expect(await logins()).toEqual([]);
  });

  test.each([
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"],
    ["en-GB,en;q=0.9,zh;q=0.8", "en"],
    ["fr,zh;q=0.1,en;q=0.5", "en"],
    ["de", "en"],
    ["", "zh-CN"],
  ])("with %s speaks %s, and offers the other", async (accepted, language) => {
    const page = await open(link, { "accept-language": accepted });
    expect(page.html).toContain(`<html lang="${language}">`);
    const other = language === "en" ? "zh" : "en";
    const switched = await open(`${link}?lang=${other}`, { "accept-language": accepted });
    expect(switched.html).toContain(`<html lang="${other === "en" ? "en" : "zh-CN"}">`);
    expect(page.html).toContain(`?lang=${other}"`);
  });

  test("lets nothing in but its own style and script, and is kept nowhere", async () => {
    const { headers, html } = await open();
    const policy = headers.get("content-security-policy") ?? "";
    const [, nonce = "none"] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(html.split(`nonce="${nonce}"`)).toHaveLength(3);
    expect(html).not.toMatch(/ (style|on\w+)="/);
    expect(html).not.toMatch(/(src|href|action)="(https?:)?\/\//);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect((await open()).headers.get("content-security-policy")).not.toBe(policy);
  });
});

describe("a scan through the link", () => {
  test("brings the bot back as it was, without approval, and spends the link", async () => {
    const waiting = await send("login");
    expect(waiting.says).toBe("Scan this code with WeChat.");
    expect(waiting.html).toContain('<noscript><meta http-equiv="refresh"');
    const [, picture = ""] = /<img class="qr" src="([^"]+)"/.exec(waiting.html) ?? [];
    const image = await fetch(new URL(picture, link));
    expect(image.headers.get("content-type")).toBe("image/png");
    expect([...new Uint8Array(await image.arrayBuffer(), 0, 4)]).toEqual([137, 80, 78, 71]);

    hub.wechat.scan({ qr: await qr(), userId: account.ilinkUserId ?? "" });
    await says("Scanned. Now confirm in WeChat.");
    hub.wechat.confirm({ qr: await qr() });
    await says("The bot is connected.");
    const after = await stored();
    expect(after).toMatchObject({
      status: "approved",
      generation: 2,
      scheduleWanted: "on",
      expiryNotice: null,
    });
    expect(after.botId).not.toBe(account.botId);
    await isSpent(link);

    await send("login");
    expect(await logins()).toHaveLength(1);
    await expired(after);
    const used = await send("login");
    expect(used).toMatchObject({ status: 410, says: "This link no longer works." });
    expect(await logins()).toHaveLength(1);
  });

  test("asks for the digits that the phone shows, until they are right", async () => {
    await send("login");
    const asked = hub.wechat.scan({
      qr: await qr(),
      userId: account.ilinkUserId ?? "",
      withVerifyCode: true,
    });
    const { verifyCode = "" } = asked ?? {};
    // Without scripts nothing may take away what is being typed.
    expect((await says("WeChat shows a number")).html).not.toContain("http-equiv");
    const refused = await send("verify-code", { code: "12 ab" });
    expect(refused.html).toContain("4 to 8 digits");
    await send("verify-code", { code: verifyCode === "111111" ? "222222" : "111111" });
    await vi.waitFor(
      async () => expect((await open()).html).toContain("That was not the number."),
      { timeout: 5_000, interval: 30 },
    );
    await send("verify-code", { code: ` ${verifyCode.slice(0, 3)} ${verifyCode.slice(3)} ` });
    await says("Scanned. Now confirm in WeChat.");
    hub.wechat.confirm({ qr: await qr() });
    await says("The bot is connected.");
  });

  test("digits that nobody asked for change nothing", async () => {
    await send("login");
    expect((await send("verify-code", { code: "123456" })).says).toContain("Scan this code");
  });

  test("by another person connects nothing and makes no bot", async () => {
    const { userId: stranger } = hub.wechat.createUser({ name: "stranger" });
    const before = await db().collection("accounts").countDocuments({});
    await send("login");
    hub.wechat.scan({ qr: await qr(), userId: stranger });
    hub.wechat.confirm({ qr: await qr() });
    const page = await says("The bot was not connected.");
    expect(page.html).toContain("Another WeChat account scanned.");
    expect(await db().collection("accounts").countDocuments({})).toBe(before);
    expect(await stored()).toMatchObject({ status: "login_expired", generation: 1 });
    const [failed] = await logins();
    expect(failed).toMatchObject({ status: "failed", failureCode: "other_person", open: false });
    expect(failed).not.toHaveProperty("confirmed");

    expect((await send("login")).says).toBe("Scan this code with WeChat.");
    hub.wechat.scan({ qr: await qr(), userId: account.ilinkUserId ?? "" });
    hub.wechat.confirm({ qr: await qr() });
    await says("The bot is connected.");
  });

  test("by somebody who lends another bot leaves that bot working, with its new login", async () => {
    const theirs = await hub.addBot();
    await send("login");
    hub.wechat.scan({ qr: await qr(), userId: theirs.ilinkUserId ?? "" });
    hub.wechat.confirm({ qr: await qr() });
    await says("The bot was not connected.");
    const after = await stored(theirs._id);
    expect(after).toMatchObject({ status: "approved", generation: 2 });
    await hub.poll(theirs._id);
    expect((await stored()).status).toBe("login_expired");
  });

  test("goes on when two open the link, or two links of one bot, at one QR code", async () => {
    const first = link;
    await send("login");
    await send("login");
    link = await newLink();
    await send("login");
    expect(await logins()).toHaveLength(1);
    hub.wechat.scan({ qr: await qr(), userId: account.ilinkUserId ?? "" });
    hub.wechat.confirm({ qr: await qr() });
    await says("The bot is connected.");
    for (const url of [first, link]) await isSpent(url);
  });

  test("does not join a login of the console, which would take anybody's scan", async () => {
    await fetch(`${api.url}/api/accounts/${account._id}/logins`, {
      method: "POST",
      headers: { authorization: `Bearer ${deps.settings.api.API_TOKEN}` },
    });
    await send("login");
    const expected = (await logins()).map(({ expectedIlinkUserId }) => expectedIlinkUserId);
    expect(new Set(expected)).toEqual(new Set([null, account.ilinkUserId]));
  });
});

describe("a link that is no longer good", () => {
  test("says so when it has expired, and starts nothing", async () => {
    deps.clock.moveOn(72 * hourMs);
    expect(await open()).toMatchObject({ status: 410, says: "This link has expired." });
    expect(await send("login")).toMatchObject({ status: 410 });
    expect(await logins()).toEqual([]);
  });

  test("is worth nothing once the bot was scanned in the console and expired anew", async () => {
    await accountStore(db()).changeWhere(
      { _id: account._id },
      { $set: { status: "approved", generation: 2 } },
    );
    expect((await open()).says).toBe("The bot is connected.");
    await expired(await stored());
    expect(await send("login")).toMatchObject({ status: 410, says: "This link no longer works." });
    expect(await logins()).toEqual([]);
  });

  test("is refused when it is forged, cut short, or its bot is gone", async () => {
    const unknown = { status: 404, says: "This link is not known." };
    expect(await open(`${link.slice(0, -1)}${link.endsWith("A") ? "B" : "A"}`)).toMatchObject(
      unknown,
    );
    expect(await open(link.slice(0, -4))).toMatchObject(unknown);
    await retire(deps, operator, account._id);
    expect(await open()).toMatchObject(unknown);
    expect(await send("login")).toMatchObject(unknown);
    expect((await fetch(`${link}/qr.png`)).status).toBe(404);
    expect(await logins()).toEqual([]);
  });

  test("starts ten logins at the most", async () => {
    for (let count = 1; count <= mostLoginsPerLink; count++) {
      await send("login");
      await db()
        .collection("logins")
        .updateMany(
          { accountId: account._id, open: true },
          { $set: { open: false, status: "failed", failureCode: "timed_out" } },
        );
    }
    const page = await send("login");
    expect(await logins()).toHaveLength(mostLoginsPerLink);
    expect(page.html).toContain("This link started too many logins.");
    expect(page.html).not.toContain("<button>");
  });
});

test("when WeChat gives no code the page says so, and the way back works", async () => {
  hub.wechat.armFault({ endpoint: "get_bot_qrcode", behaviour: { kind: "http", status: 503 } });
  const page = await send("login");
  expect(page).toMatchObject({ status: 502, says: "WeChat gave no QR code." });
  const [, back = ""] = /class="button" href="([^"]+)"/.exec(page.html) ?? [];
  const again = await open(new URL(back, `${link}/login`).href);
  expect(again.says).toBe("WeChat has signed this bot out.");
  expect(deps.logLines.join()).not.toContain(link.split("/").at(-1));
});

describe("an operator", () => {
  const Made = z.object({ url: z.string(), expiresAt: z.string() });

  function ask(id: string, token = deps.settings.api.API_TOKEN) {
    return fetch(`${api.url}/api/accounts/${id}/rescan-links`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
  }

  test("gets a link to hand to the owner, and the audit log says so", async () => {
    const answer = Made.parse(await (await ask(account._id)).json());
    expect(answer.url).toMatch(new RegExp(`^${api.url}/rescan/[\\w-]{32}$`));
    const aheadMs = new Date(answer.expiresAt).getTime() - deps.clock.now().getTime();
    expect(aheadMs / hourMs).toBeCloseTo(72, 1);
    expect((await open(answer.url)).says).toBe("WeChat has signed this bot out.");
    const lines = await db().collection("audit_log").find({ subjectId: account._id }).toArray();
    const line = lines.find(({ action }) => action === "account.rescan_link_made");
    expect(line?.["details"]).toMatchObject({ linkId: expect.stringMatching(/^rsl_/) });
    expect(JSON.stringify(lines)).not.toContain(answer.url.split("/").at(-1));
  });

  test("gets one for a bot that nobody scanned yet, for whoever scans first", async () => {
    const fresh = await createAccount(deps, operator, {
      name: "New shop",
      labels: [],
      owner: null,
      policyId: "auto",
    });
    const answer = Made.parse(await (await ask(fresh._id)).json());
    expect((await open(answer.url)).says).toBe("This bot waits for its first scan.");
    [link, account] = [answer.url, fresh];
    await send("login");
    const { userId } = hub.wechat.createUser({ name: "a new owner" });
    hub.wechat.scan({ qr: await qr(), userId });
    hub.wechat.confirm({ qr: await qr() });
    await isSpent(answer.url);
    expect(await stored(fresh._id)).toMatchObject({
      status: "pending_approval",
      ilinkUserId: userId,
    });
  });

  test("gets none without the token, or for a bot whose login is good", async () => {
    expect((await ask(account._id, "wrong")).status).toBe(401);
    const working = await hub.addBot();
    const refused = await ask(working._id);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ error: { code: "account.status" } });
    expect((await ask("acc_NOBODY")).status).toBe(404);
  });
});
