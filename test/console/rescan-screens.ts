import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import QRCode from "qrcode";
import type { Login } from "#core/logins/login.ts";
import { Login as LoginSchema } from "#core/logins/login.ts";
import { type PageContent, rescanPage } from "#functions/api/rescan-page.ts";
import type { Language } from "#functions/api/rescan-texts.ts";

const botName = "月牙湾茶馆 · Crescent Cove Tea House";
const phone = { width: 390, height: 844 };
const languages: readonly Language[] = ["zh", "en"];

/** All that the page of a rescan link may have to say, by name. */
const contents: Readonly<Record<string, PageContent>> = {
  ready: { state: "ready", botName },
  waiting: at({ status: "waiting" }),
  scanned: at({ status: "scanned" }),
  verify: at({ status: "verify_code_needed" }),
  "verify-wrong": at({ status: "verify_code_needed", verifyCodeWrong: true }),
  checking: at({ status: "verify_code_needed", verifyCode: "123456" }),
  confirmed: at({ status: "confirmed" }),
  "failed-other-person": at({ status: "failed", failureCode: "other_person", open: false }),
  "failed-for-good": { ...at({ status: "failed", failureCode: "timed_out" }), mayTryAgain: false },
  connected: { state: "connected", botName },
  expired: { state: "expired", botName },
  spent: { state: "spent", botName },
  "used-up": { state: "used_up", botName },
  unknown: { state: "unknown" },
  "wechat-away": { state: "wechat_away" },
  "hub-fault": { state: "hub_fault" },
};

/** A picture of each state on a phone, in both languages, into the folder. */
export async function takeRescanScreens(
  browser: Browser,
  { out, colors }: { out: string; colors: "light" | "dark" },
): Promise<void> {
  await mkdir(out, { recursive: true });
  const qr = await QRCode.toBuffer("https://liteapp.weixin.qq.com/q/sample", { scale: 14 });
  const context = await browser.newContext({ viewport: phone, colorScheme: colors });
  const page = await context.newPage();
  for (const language of languages) {
    for (const [name, content] of Object.entries(contents)) {
      const request = { path: "token", language, codeRefused: false };
      const body = String(await rescanPage(content, request, "nonce"));
      await page.unrouteAll();
      await page.route("**/qr.png*", (route) => route.fulfill({ body: qr }));
      await page.route("**/state*", (route) => route.fulfill({ status: 204 }));
      await page.route("**/rescan/token", (route) =>
        route.fulfill({ body, contentType: "text/html; charset=utf-8" }),
      );
      await page.goto("http://hub.example/rescan/token");
      const path = join(out, `rescan-${name}-${language}-${colors}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  await context.close();
}

function at(changed: Partial<Login>): Extract<PageContent, { state: "login" }> {
  const now = new Date();
  const login = LoginSchema.parse({
    _id: "lgn_1",
    accountId: "acc_1",
    status: "waiting",
    open: true,
    qrcode: "0",
    qrContent: "https://liteapp.weixin.qq.com/q/sample",
    qrCount: 1,
    qrIssuedAt: now,
    statusBaseUrl: null,
    verifyCode: null,
    verifyCodeWrong: false,
    outcome: null,
    failure: null,
    lease: { holder: null, expiresAt: now },
    createdAt: now,
    expiresAt: now,
    deleteAt: now,
    version: 1,
    ...changed,
  });
  return { state: "login", botName, login, mayTryAgain: true };
}
