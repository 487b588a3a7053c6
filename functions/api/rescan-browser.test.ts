import sparticuz from "@sparticuz/chromium";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { makeRescanLink } from "#core/alerts/make-rescan-link.ts";
import type { Login } from "#core/logins/login.ts";
import { eventually } from "#local/eventually.ts";
import { serveApi, type ServedApi } from "#test/serve-api.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
const phone = { width: 360, height: 740 };
let hub: SmallHub;
let api: ServedApi;
let browser: Browser;
beforeAll(async () => {
  hub = await startSmallHub(db());
  api = await serveApi(hub.deps);
  browser = await chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: ["--no-sandbox"],
  });
});
afterAll(async () => {
  await browser?.close();
  await hub.stop();
  await api.stop();
});

type Opened = { page: Page; account: Account; url: string; complaints: string[] };

/** The link of a bot that has just expired, on its owner's phone. */
async function openOnPhone(locale: string): Promise<Opened> {
  const { _id, generation } = await hub.addBot({ name: "Tea shop" });
  const account = await expireLogin(api.deps, { accountId: _id, generation });
  const link = await makeRescanLink(api.deps, { accountId: _id, generation });
  if (!account || !link) throw new Error("There is no link to open.");
  const page = await browser.newPage({ locale, viewport: phone });
  const complaints: string[] = [];
  page.on("console", (line) => complaints.push(line.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.clock.install();
  await page.goto(link.url);
  return { page, account, url: link.url, complaints };
}

async function qrOf(account: Account): Promise<string> {
  const login = await db()
    .collection<Login>("logins")
    .findOne({ accountId: account._id, open: true });
  return login?.qrContent ?? "";
}

/** Lets the page's own clock run until it says the text. */
async function says(page: Page, text: string): Promise<void> {
  await untilPage(page, page.getByRole("status").filter({ hasText: text }));
}

async function untilPage(page: Page, shown: Locator): Promise<void> {
  await eventually("the page shows it", async () => {
    if ((await shown.count()) > 0) return true;
    await page.clock.runFor(3_000);
    return null;
  });
}

async function fitsThePhone(page: Page): Promise<void> {
  const width = z.number().parse(await page.evaluate("document.documentElement.scrollWidth"));
  expect(width).toBeLessThanOrEqual(phone.width);
}

test("the owner scans, types the digits and sees it done", async () => {
  const { page, account, complaints } = await openOnPhone("zh-CN");
  await says(page, "这个机器人的微信登录已失效。");
  await fitsThePhone(page);
  await page.getByRole("button", { name: "显示二维码" }).click();
  const picture = page.getByRole("img", { name: "用微信扫描的二维码" });
  await picture.waitFor();
  await fitsThePhone(page);
  expect((await picture.boundingBox())?.width).toBeGreaterThan(300);

  const userId = account.ilinkUserId ?? "";
  const asked = hub.wechat.scan({ qr: await qrOf(account), userId, withVerifyCode: true });
  const input = page.getByLabel("微信里显示的数字");
  await untilPage(page, input);
  await input.fill("12");
  // What is typed stays while the page goes on asking.
  const state = page.waitForResponse((response) => response.url().includes("/state"));
  await page.clock.runFor(3_000);
  await (await state).finished();
  expect(await input.inputValue()).toBe("12");
  await input.fill(asked.verifyCode ?? "");
  await page.getByRole("button", { name: "提交" }).click();
  await says(page, "已扫码，请在微信里确认。");
  hub.wechat.confirm({ qr: await qrOf(account) });
  await says(page, "机器人已连接。");
  await fitsThePhone(page);
  expect(complaints).toEqual([]);
  await page.close();
});

test("a lost connection is said, and the page goes on when it is back", async () => {
  const { page, account } = await openOnPhone("en-US");
  await page.getByRole("button", { name: "Show the QR code" }).click();
  await says(page, "Scan this code with WeChat.");
  await page.context().setOffline(true);
  await says(page, "No connection.");
  await page.context().setOffline(false);
  hub.wechat.scan({ qr: await qrOf(account), userId: account.ilinkUserId ?? "" });
  await says(page, "Scanned. Now confirm in WeChat.");
  expect(await page.getByText("No connection.").count()).toBe(0);
  await page.close();
});

test("the other language is one tap away and stays chosen", async () => {
  const { page } = await openOnPhone("en-US");
  await page.getByRole("link", { name: "中文" }).click();
  await says(page, "这个机器人的微信登录已失效。");
  await page.getByRole("button", { name: "显示二维码" }).click();
  await says(page, "请用微信扫描这个二维码。");
  expect(page.url()).toContain("?lang=zh");
  await page.close();
});
