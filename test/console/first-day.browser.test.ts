import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import type { Login } from "#core/logins/login.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { eventually } from "#local/eventually.ts";
import { withDatabase } from "#test/with-database.ts";
import { wrongFor } from "./axe.ts";
import { launchBrowser, signedIn } from "./open-console.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

const { db } = withDatabase();
let served: ServedHub;
let browser: Browser;
beforeAll(async () => {
  served = await serveHub(db(), inject("consoleDist"));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await served?.stop();
});

const accounts = () => db().collection<Account>("accounts");

function press(page: Page, name: string | RegExp): Promise<void> {
  return page.getByRole("button", { name }).click();
}

async function addBot(page: Page, name: string): Promise<Account> {
  await page.goto("/bots/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await press(page, "Create and show the QR code");
  await page.getByRole("img", { name: "QR code to scan with WeChat" }).waitFor();
  const account = await accounts().findOne({ name });
  if (!account) throw new Error(`There is no bot ${name}.`);
  return account;
}

async function qrOf({ _id }: Account): Promise<string> {
  const logins = db().collection<Login>("logins");
  return (await logins.findOne({ accountId: _id, open: true }))?.qrContent ?? "";
}

test("a bot is added, scanned, approved, started and suspended, and the audit log says so", async () => {
  const { hub } = served;
  const { page, complaints, name } = await signedIn(served, browser);
  const account = await addBot(page, "Tea shop");
  expect(await wrongFor(page)).toEqual([]);

  const { userId } = hub.wechat.createUser({ name: "owner" });
  const asked = hub.wechat.scan({ qr: await qrOf(account), userId, withVerifyCode: true });
  await page.getByLabel("Digits shown in WeChat").fill(asked.verifyCode ?? "");
  await press(page, "Submit");
  await eventually("the digits are taken", async () => {
    const login = await db().collection<Login>("logins").findOne({ accountId: account._id });
    return login?.status === "scanned" ? login : null;
  });
  hub.wechat.confirm({ qr: await qrOf(account) });
  await page.getByRole("link", { name: "Go to approvals" }).click();
  await page.getByRole("row").filter({ hasText: "Tea shop" }).waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await press(page, "Approve");
  await page.getByText("Nothing waits for approval").waitFor();

  await page.goto(`/bots/${account._id}`);
  await press(page, "Start polling");
  await page.getByRole("button", { name: "Stop polling" }).waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await eventually("the schedule is on", async () => served.api.scheduled.has(account._id) || null);
  await press(page, "Suspend");
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await eventually("it is stored", async () => {
    const { status } = await accountStore(db()).get(account._id);
    return status === "suspended" || null;
  });

  await page.goto(`/audit?subjectId=${account._id}`);
  for (const action of ["account.created", "account.approved", "account.suspended"]) {
    await page.getByText(action).first().waitFor();
  }
  expect(await page.getByText(name).count()).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a draft is edited and sent, once, and the phone shows it", async () => {
  const { hub } = served;
  const bot = await hub.addBot({ name: "Clinic", policyId: "manual-review" });
  const contact = hub.addContact(bot);
  await hub.work(await contact.writes("Are you open on Sunday?"));
  const { page, complaints } = await signedIn(served, browser, { role: "reviewer" });
  await page.goto("/review");
  await page.getByText("Are you open on Sunday?").first().waitFor();
  await page.keyboard.press("e");
  const words = page.getByRole("textbox", { name: "Your words" });
  await words.fill("On Sunday from ten to four.");
  expect(await wrongFor(page)).toEqual([]);
  await press(page, /^Send my words/);
  await page.getByText("It goes out in a few seconds").waitFor();
  // The Lambda waits until nobody may withdraw it any more.
  hub.deps.clock.moveOn(30_000);
  await eventually("the phone shows it", async () => {
    for (const job of hub.deps.jobs.splice(0)) await hub.work(job);
    return contact.reads().includes("On Sunday from ten to four.") || null;
  });
  expect(contact.reads().filter((text) => text.includes("Sunday from ten"))).toHaveLength(1);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("script in a name is shown as text", async () => {
  const name = `<img src=x onerror="document.title='stolen'"> & Co`;
  const { hub } = served;
  const bot = await hub.addBot({ name, loggedInAt: plusSeconds(hub.deps.clock.now(), -60) });
  const { page, complaints } = await signedIn(served, browser);
  for (const path of [`/bots/${bot._id}`, "/bots", "/inbox"]) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    expect(await page.locator("img[onerror]").count()).toBe(0);
    expect(await page.title()).not.toBe("stolen");
  }
  await page.goto(`/bots/${bot._id}`);
  await page.getByRole("heading", { name, exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a bot outside one's labels is not there", async () => {
  const bot = await served.hub.addBot({ name: "Bakery", labels: ["north"] });
  const given = { role: "operator", labels: ["south"] } as const;
  const { page } = await signedIn(served, browser, { ...given, labels: [...given.labels] });
  await page.goto(`/bots/${bot._id}`);
  await page.getByRole("alert").waitFor();
  expect(await page.getByText("Bakery").count()).toBe(0);
  await page.goto("/bots");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  expect(await page.getByText("Bakery").count()).toBe(0);
  await page.context().close();
});
