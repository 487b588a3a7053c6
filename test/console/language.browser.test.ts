import { expect, test } from "vitest";
import { withDatabase } from "#test/with-database.ts";
import { openPage, press, withConsole } from "./console-story.ts";
import { openConsole, password, signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

test("the language that somebody chose meets them in another browser too", async () => {
  const first = await signedIn(served(), browser(), { role: "operator" });
  await openPage(first.page, "/bots");
  await press(first.page, /^Your account/);
  await first.page.getByRole("menuitem", { name: "中文" }).click();
  await first.page.getByRole("heading", { level: 1, name: "机器人" }).waitFor();
  await expect
    .poll(async () => (await db().collection("users").findOne({ name: first.name }))?.["locale"])
    .toBe("zh");

  const { page } = await openConsole(served(), browser());
  await page.goto("/bots");
  await page.getByLabel("Name").fill(first.name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Sign in");
  await page.getByRole("heading", { level: 1, name: "机器人" }).waitFor();
  await page.context().close();
  await first.page.context().close();
});
