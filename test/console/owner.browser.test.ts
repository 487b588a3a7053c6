import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Policy } from "#core/policies/policy.ts";
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

test("a bot gets a Hermes of its own, whose key nobody reads again", async () => {
  const bot = await served.hub.addBot({ name: "Tea shop" });
  const { page, complaints } = await signedIn(served, browser);
  await page.goto(`/bots/${bot._id}`);
  await page.getByRole("button", { name: "Give it its own…" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Address").fill("https://10.0.0.1/v1");
  await form.getByLabel("API key").fill("hermes-key-5f2a");
  await form.getByLabel("Profile").fill("shop");
  await form.getByRole("button", { name: "Save" }).click();
  const refusal = form.getByRole("alert");
  await refusal.waitFor();
  expect(await refusal.innerText()).toContain("hermes.unusable");
  expect(await form.getByLabel("Profile").inputValue(), "what was typed stays").toBe("shop");
  expect(await wrongFor(page)).toEqual([]);
  await form.getByLabel("Address").fill("https://93.184.215.14/v1");
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByText("stored, never shown").waitFor();
  const stored = await accountStore(db()).get(bot._id);
  expect(stored.hermes?.profile).toBe("shop");
  expect(await page.content()).not.toContain("hermes-key-5f2a");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a dialog about one bot does not stay open over another", async () => {
  const [tea, books] = [
    await served.hub.addBot({ name: "Tea shop" }),
    await served.hub.addBot({ name: "Book shop" }),
  ];
  const { page } = await signedIn(served, browser);
  const edit = page.getByRole("dialog");
  await page.goto(`/bots/${tea._id}`);
  await page.getByRole("heading", { level: 1, name: "Tea shop" }).waitFor();
  // As a link inside the console leads there: nothing is loaded anew.
  await page.evaluate((path) => history.pushState(null, "", path), `/bots/${books._id}`);
  await page.getByRole("heading", { level: 1, name: "Book shop" }).waitFor();
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await edit.getByLabel("Name").fill("Book shop by the river");
  await page.goBack();
  await page.getByText("Tea shop").first().waitFor();
  await edit.waitFor({ state: "detached" });
  expect(await accountStore(db()).get(tea._id)).toMatchObject({ name: "Tea shop" });
  await page.context().close();
});

test("approvals name every bot of the same name, and turn several away at once", async () => {
  const loggedInAt = plusSeconds(served.hub.deps.clock.now(), -60);
  await served.hub.addBot({ name: "Bookshop", nameKey: "bookshop", owner: "mei" });
  for (const name of ["Bookshop", "Bakery"]) {
    const nameKey = name.toLowerCase();
    await served.hub.addBot({ name, nameKey, status: "pending_approval", loggedInAt });
  }
  const { page, complaints } = await signedIn(served, browser, { role: "operator" });
  await page.goto("/approvals");
  const row = page.getByRole("row").filter({ hasText: "Bookshop" });
  await row.getByText("Same name:").waitFor();
  expect(await row.innerText()).toContain("Approved · mei");
  expect(await wrongFor(page)).toEqual([]);
  await page.getByLabel("Select all rows shown").check();
  await page.getByRole("button", { name: "Reject 2…" }).click();
  await page.getByLabel("Reason").fill("Nobody knows them");
  await page.getByRole("dialog").getByRole("button", { name: "Reject", exact: true }).click();
  await page.getByText("Nothing waits for approval").waitFor();
  const rejected = await db()
    .collection("accounts")
    .countDocuments({ rejectedFor: "Nobody knows them" });
  expect(rejected).toBe(2);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a policy gets hours, and the audit log tells what was before and is now", async () => {
  const { page, complaints } = await signedIn(served, browser);
  await page.goto("/policies/auto");
  const form = page.getByRole("dialog");
  await form.getByLabel("Only during certain hours").check();
  await form.getByLabel("From").fill("08:30");
  await form.getByLabel("Sat").check();
  expect(await wrongFor(page)).toEqual([]);
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByText("08:30–18:00").waitFor();
  const policy = await eventually("it is stored", async () => {
    const found = await db().collection<Policy>("policies").findOne({ _id: "auto" });
    return found?.hours ? found : null;
  });
  expect(policy.hours).toEqual({
    zone: "Asia/Shanghai",
    days: [1, 2, 3, 4, 5, 6],
    from: "08:30",
    to: "18:00",
  });
  await page.goto("/audit?action=policy.changed");
  const line = page.getByRole("row").filter({ hasText: "Policy changed" });
  await line.getByText("08:30").waitFor();
  expect(await line.innerText()).toContain("hours");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("the overview shows the day as a chart and as a table, and leads to what is behind a number", async () => {
  const { hub } = served;
  const bot = await hub.addBot({ name: "Clinic", policyId: "manual-review" });
  await hub.work(await hub.addContact(bot).writes("Are you open on Sunday?"));
  await db()
    .collection("conversations")
    .updateOne({ accountId: bot._id }, { $set: { alias: "Frau Meier" } });
  const { page, complaints } = await signedIn(served, browser);
  await page.goto("/");
  await page.getByRole("img", { name: /1 messages in/ }).waitFor();
  await page.locator(".recharts-bar-rectangle path").first().waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await page.getByRole("button", { name: "Show as a table" }).click();
  await page.getByRole("columnheader", { name: "Held for review" }).waitFor();
  expect(page.url(), "it can be sent to somebody").toContain("as=table");
  expect(await wrongFor(page)).toEqual([]);
  await page.getByRole("link", { name: "Review a draft · Clinic · Frau Meier" }).click();
  await page.getByText("Are you open on Sunday?").first().waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("the first steps tick themselves, a Hermes that answers among them", async () => {
  const { hub } = served;
  await db().collection("agent_runs").deleteMany({ status: "sent" });
  await db().collection("hermes").deleteMany({});
  hub.deps.clock.moveOn(15_000);
  const { page } = await signedIn(served, browser);
  await page.goto("/");
  const step = page.getByRole("listitem").filter({ hasText: "Connect Hermes" });
  await step.getByRole("link").click();
  hub.hermes.scriptNext({ kind: "ok", text: "I am here." });
  await page.getByLabel("Question").fill("Are you there?");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("I am here.").waitFor();
  hub.deps.clock.moveOn(15_000);
  await page.goto("/");
  await step.getByText("(done)").waitFor({ state: "attached" });
  expect(await step.getByRole("link").count()).toBe(0);
  expect(await wrongFor(page)).toEqual([]);
  await page.context().close();
});
