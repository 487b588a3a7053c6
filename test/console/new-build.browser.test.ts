import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, inject, test } from "vitest";
import { openChat } from "#test/chat.ts";
import { withDatabase } from "#test/with-database.ts";
import { wrongFor } from "./axe.ts";
import { openPage, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

const banner = "There is a new version of this console";

/** From now on the hub serves a console whose script has another name. */
async function renew(page: Page): Promise<void> {
  const html = await readFile(join(inject("consoleDist"), "index.html"), "utf8");
  const body = html.replace(/\/assets\/index-[^"]+\.js/, "/assets/index-renewed.js");
  expect(body).not.toBe(html);
  await page.route(
    (url) => url.pathname === "/",
    (route) => route.fulfill({ body, contentType: "text/html; charset=utf-8" }),
  );
}

async function comeBack(page: Page): Promise<void> {
  await page.clock.runFor(61_000);
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
}

test("a tab that stays open over an upgrade says so, and what was typed outlives loading it again", async () => {
  const chat = await openChat(served().hub, db(), { policyId: "manual-review" });
  await chat.isAnswered("Are you open?", "We are.");
  const { page, complaints } = await signedIn(served(), browser(), { role: "operator" });
  await page.clock.install();
  await openPage(page, `/inbox/${chat.conversationId}`);
  const words = page.getByRole("textbox", { name: "Write to the contact" });
  await words.fill("Yes, come by!\nSee you.");
  await comeBack(page);
  expect(await page.getByText(banner).count(), "it is still the same build").toBe(0);
  await renew(page);
  await comeBack(page);
  await page.getByText(banner).waitFor();
  expect(await words.inputValue()).toBe("Yes, come by!\nSee you.");
  expect(await wrongFor(page)).toEqual([]);
  await page.unrouteAll();
  await page.getByRole("button", { name: "Load again" }).click();
  await page.getByText(banner).waitFor({ state: "detached" });
  expect(await words.inputValue()).toBe("Yes, come by!\nSee you.");
  await openPage(page, "/review");
  await page.keyboard.press("e");
  const edit = page.getByRole("textbox", { name: "Your words" });
  await edit.fill("We are, until six.");
  await page.reload();
  await page.getByText("We are, until six.").first().waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a tab that is looked at all the while is told by the api's answers", async () => {
  const { page } = await signedIn(served(), browser());
  await openPage(page, "/");
  expect(await page.getByText(banner).count()).toBe(0);
  await page.route("**/api/statistics/**", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "x-hub-version": "next" } });
  });
  await page.getByText(banner).waitFor();
  await page.context().close();
});

test("words that were typed go when somebody signs out", async () => {
  const chat = await openChat(served().hub, db());
  await chat.isAnswered("Hello", "Hello!");
  const { page } = await signedIn(served(), browser(), { role: "operator" });
  await openPage(page, `/inbox/${chat.conversationId}`);
  await page.getByRole("textbox", { name: "Write to the contact" }).fill("Not for others");
  await page.getByRole("button", { name: /^Your account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain("Not for others");
  await page.context().close();
});

const notOurs = {
  "a page that something on the way put in its place": {
    contentType: "text/html",
    body: "<h1>Please sign in to the network</h1>",
  },
  "an answer cut off in the middle": { contentType: "application/json", body: '{"items": [' },
  "an answer of another shape": { contentType: "application/json", body: '{"results": []}' },
} as const;

const english = { language: "en", title: "The answer could not be read" } as const;
const chinese = { language: "zh", title: "无法读取服务返回的内容" } as const;
const list = (url: URL) => url.pathname === "/api/accounts";

test.each(
  Object.entries(notOurs).map(([what, answer], at) => {
    const words = at % 2 === 0 ? english : chinese;
    return { what, answer, ...words };
  }),
)(
  "$what is told as an error with the way on, not as an empty list ($language)",
  async ({ answer, title, ...look }) => {
    const { page } = await signedIn(served(), browser(), { look });
    await page.route(list, (route) => route.fulfill(answer));
    await page.goto("/bots");
    const told = page.getByRole("alert");
    await told.getByText(title).waitFor();
    await told.getByText("answer.unreadable").waitFor();
    expect(await page.getByText(/No bots yet|还没有机器人/).count()).toBe(0);
    expect(await wrongFor(page)).toEqual([]);
    await page.unroute(list);
    await told.getByRole("button", { name: /^(Try again|重试)$/ }).click();
    await told.waitFor({ state: "detached" });
    await page.context().close();
  },
);
