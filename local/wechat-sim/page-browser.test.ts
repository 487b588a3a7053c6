import sparticuz from "@sparticuz/chromium";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { createIlinkTestClient } from "./ilink-test-client.ts";
import { logIn, withSim } from "./sim-story.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: ["--no-sandbox"],
  });
});
afterAll(() => browser?.close());

async function openPage(url: string, viewport: { width: number; height: number }) {
  const page = await browser.newPage({ viewport, locale: "en-US" });
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on("console", (line) => complaints.push(line.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

function panel(page: Page, name: string) {
  return page.getByRole("region", { name, exact: true });
}

test("a person adds a user, scans a client's QR code, writes, reads and arms a fault", async () => {
  const sim = await withSim();
  const { page, complaints } = await openPage(sim.url, { width: 1440, height: 900 });
  const anonymous = createIlinkTestClient(sim.url);
  const { qrcode } = await anonymous.getQrCode();
  const people = panel(page, "People");
  await people.getByRole("textbox", { name: "Name" }).fill("Li <b>Lei</b>");
  await people.getByRole("button", { name: "Add user" }).click();
  await people.getByText("Li <b>Lei</b>").first().waitFor();
  await people.getByRole("button", { name: "Scan", exact: true }).first().click();
  await people.getByRole("button", { name: "Confirm on the phone" }).click();
  await people.getByText("live", { exact: true }).waitFor();
  const { bot_token: token = "", ilink_bot_id: botId = "" } = await anonymous.getStatus(qrcode);

  const chat = panel(page, "Chat");
  await chat.getByText("Nobody has written here yet.").waitFor();
  await chat.getByRole("textbox", { name: "Message" }).fill("Are you there?");
  await chat.getByRole("button", { name: "Send" }).click();
  const client = createIlinkTestClient(sim.url, token);
  const { msgs = [] } = await client.getUpdates("");
  const userId = msgs[0]?.from_user_id ?? "";
  await client.sendText(userId, "Yes, **here**.");
  await chat.getByText("Yes, **here**.").waitFor();
  await chat.getByText("Quota left: 9").waitFor();

  const faults = panel(page, "Faults");
  await faults.getByRole("button", { name: "−2 rate limited" }).click();
  await page.getByRole("button", { name: "Faults (1)" }).waitFor();
  expect(await client.sendText(userId, "Again.")).toMatchObject({
    ret: -2,
    errmsg: "rate limited",
  });
  await chat.getByText("refused: fault -2 rate limited").waitFor();
  await page.getByRole("button", { name: "Faults", exact: true }).waitFor();
  await page.getByRole("button", { name: "Calls" }).click();
  await panel(page, "Calls").getByText('"errmsg":"rate limited"').first().waitFor();

  await people.getByRole("button", { name: "Expire login (−14)" }).click();
  await people.getByText("expired", { exact: true }).waitFor();
  expect(await client.getUpdates("")).toMatchObject({ errmsg: "session timeout" });
  expect(sim.state().bots.map((bot) => [bot.botId, bot.status])).toEqual([[botId, "expired"]]);
  expect(complaints).toEqual([]);
}, 180_000);

test("each fault that has a button can be armed by it, for each call it is offered for", async () => {
  const sim = await withSim();
  await logIn(sim);
  const { page, complaints } = await openPage(sim.url, { width: 1440, height: 900 });
  const faults = panel(page, "Faults");
  const call = faults.getByRole("combobox", { name: "Call" });
  const grid = faults.locator(".grid");
  const kinds = new Set<string>();
  for (const endpoint of ["sendmessage", "getupdates", "get_qrcode_status"]) {
    await call.selectOption(endpoint);
    for (const each of await grid.getByRole("button").all()) {
      const before = sim.state().faults.length;
      await each.click();
      await sim.waitFor(() => sim.state().faults.length === before + 1);
    }
  }
  for (const { rule } of sim.state().faults) kinds.add(rule.behaviour.kind);
  expect([...kinds].toSorted()).toEqual(
    [
      "commit-then-disconnect",
      "delay",
      "drop-connection",
      "edit-answer",
      "empty-body",
      "hang",
      "html",
      "http",
      "late",
      "lost-in-flight",
      "not-json",
      "refuse",
      "session-timeout",
      "silent-drop",
    ].toSorted(),
  );
  expect(complaints).toEqual([]);
}, 180_000);

test("it fits a phone, each view by its tab", async () => {
  const sim = await withSim();
  const { userId, client } = await logIn(sim);
  sim.userSends({ userId, text: "长".repeat(400) });
  await client.getUpdates("");
  sim.armFault({ endpoint: "any", behaviour: { kind: "hang" } });
  const phone = { width: 360, height: 740 };
  const { page, complaints } = await openPage(sim.url, phone);
  for (const name of ["People", "Chat", "Faults (1)", "Rules", "Calls"]) {
    await page.getByRole("navigation").getByRole("button", { name, exact: true }).click();
    await panel(page, name.replace(" (1)", "")).waitFor();
    const width = z.number().parse(await page.evaluate("document.documentElement.scrollWidth"));
    expect(width, name).toBeLessThanOrEqual(phone.width);
  }
  expect(complaints).toEqual([]);
}, 180_000);
