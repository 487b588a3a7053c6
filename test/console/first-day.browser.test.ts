import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { Login } from "#core/logins/login.ts";
import { createUser } from "#core/users/manage-users.ts";
import { eventually } from "#local/eventually.ts";
import { operator } from "#test/records.ts";
import type { Contact } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { letApprovedGoOut, workPushed } from "./agent-at-work.ts";
import { wrongFor } from "./axe.ts";
import { press, withConsole } from "./console-story.ts";
import { openConsole, password } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);
const owner = "Mei";

async function isFine(page: Page): Promise<void> {
  expect(await wrongFor(page)).toEqual([]);
}

async function signIn(page: Page): Promise<void> {
  const { deps } = served().api;
  await createUser(deps, operator, { name: owner, role: "owner", labels: null, password });
  await page.goto("/");
  await page.getByLabel("Name").fill(owner);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Sign in");
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}

async function addBot(page: Page, name: string): Promise<Account> {
  await page.goto("/bots/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("combobox", { name: "Policy" }).click();
  await page.getByRole("option", { name: "manual-review" }).click();
  await press(page, "Create and show the QR code");
  await page.getByRole("img", { name: "QR code to scan with WeChat" }).waitFor();
  await isFine(page);
  const account = await db().collection<Account>("accounts").findOne({ name });
  if (!account) throw new Error(`There is no bot ${name}.`);
  return account;
}

/** The bot's owner scans the QR code, and the digits on the phone are typed into the page. */
async function scan(page: Page, account: Account): Promise<void> {
  const { wechat } = served().hub;
  const logins = db().collection<Login>("logins");
  const qrNow = async () => {
    return (await logins.findOne({ accountId: account._id, open: true }))?.qrContent ?? "";
  };
  const { userId } = wechat.createUser({ name: "owner" });
  const asked = wechat.scan({ qr: await qrNow(), userId, withVerifyCode: true });
  await page.getByLabel("Digits shown in WeChat").fill(asked.verifyCode ?? "");
  await press(page, "Submit");
  await eventually("the digits are taken", async () => {
    const login = await logins.findOne({ accountId: account._id });
    return login?.status === "scanned" || null;
  });
  wechat.confirm({ qr: await qrNow() });
  await page.getByRole("link", { name: "Go to approvals" }).click();
}

async function approve(page: Page, name: string): Promise<void> {
  await page.getByRole("row").filter({ hasText: name }).waitFor();
  await isFine(page);
  await press(page, new RegExp(`^Approve ${name}`));
  await page.getByText("Nothing waits for approval").waitFor();
}

async function startPolling(page: Page, { _id }: Account): Promise<void> {
  await page.goto(`/bots/${_id}`);
  await press(page, "Start polling");
  await page.getByRole("button", { name: "Stop polling" }).waitFor();
  await isFine(page);
  await eventually("the schedule is on", async () => served().api.scheduled.has(_id) || null);
}

async function reviewWithAnEdit(page: Page, contact: Contact): Promise<void> {
  const { hub } = served();
  hub.hermes.scriptNext({ kind: "ok", text: "Yes, all day." }, { textIncludes: "Sunday" });
  await hub.work(await contact.writes("Are you open on Sunday?"));
  await page.goto("/review");
  await page.getByText("Yes, all day.").first().waitFor();
  // The page lets nobody approve what they can hardly have seen.
  const shownMs = await page.evaluate(() => performance.now());
  await page.waitForFunction((at) => performance.now() > at + 500, shownMs);
  await page.keyboard.press("e");
  await page.getByRole("textbox", { name: "Your words" }).fill("On Sunday from ten to four.");
  await isFine(page);
  await press(page, /^Send my words/);
  await page.getByText("It goes out in a few seconds").waitFor();
  expect(contact.reads()).toEqual([]);
  await letApprovedGoOut(hub);
  expect(contact.reads()).toEqual(["On Sunday from ten to four."]);
}

async function takeOverSlowTurn(page: Page, contact: Contact): Promise<void> {
  const { hub } = served();
  const release = hub.hermes.holdTurns({ kind: "ok", text: "Hermes' late answer" });
  const working = hub.work(await contact.writes("And on Monday?"));
  await hub.hermes.waitFor((sim) => sim.running().length === 1, 30_000);
  await page.goto(`/inbox/${contact.conversationId}`);
  await page.getByText("Hermes is at work on an answer").waitFor();
  await isFine(page);
  await press(page, "Take over");
  await page.getByText(`${owner} answers here. Hermes is not asked.`).waitFor();
  // It ends although Hermes has not answered.
  await working;
  release();
  await page.getByRole("textbox", { name: "Write to the contact" }).fill("On Monday we rest.");
  await press(page, "Send");
  await page.getByText("Stored; it goes out now").waitFor();
  await workPushed(hub);
  await eventually("the phone shows it", async () => contact.reads().length === 2 || null);
  expect(contact.reads().at(-1)).toBe("On Monday we rest.");
  const runs = await agentRunStore(db()).list({ accountId: contact.accountId, limit: 10 });
  expect(runs.map(({ status }) => status).toSorted()).toEqual(["cancelled", "sent"]);
}

async function suspend(page: Page, { _id }: Account): Promise<void> {
  await page.goto(`/bots/${_id}`);
  await press(page, "Suspend");
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await eventually("it is stored", async () => {
    return (await accountStore(db()).get(_id)).status === "suspended" || null;
  });
}

test("an operator's first day: from the sign-in to the suspended bot, and the audit log has it all", async () => {
  const { page, complaints } = await openConsole(served(), browser());
  await signIn(page);
  const account = await addBot(page, "Tea shop");
  await scan(page, account);
  await approve(page, "Tea shop");
  await startPolling(page, account);
  const contact = served().hub.addContact(account);
  await reviewWithAnEdit(page, contact);
  await takeOverSlowTurn(page, contact);
  await suspend(page, account);

  const wanted: [subjectId: string, action: string][] = [
    [account._id, "account.created"],
    [account._id, "account.approved"],
    [account._id, "account.suspended"],
    [contact.conversationId, "messages.read"],
    [contact.conversationId, "conversation.taken_over"],
  ];
  for (const [subjectId, action] of wanted) {
    await page.goto(`/audit?subjectId=${subjectId}&action=${action}`);
    await page.getByTitle(action, { exact: true }).first().waitFor();
    expect(await page.getByRole("row").filter({ hasText: owner }).count()).toBeGreaterThan(0);
  }
  for (const action of ["review.claimed", "review.approved", "message.written"]) {
    await page.goto(`/audit?action=${action}`);
    await page.getByTitle(action, { exact: true }).first().waitFor();
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});
