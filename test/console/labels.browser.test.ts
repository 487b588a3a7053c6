import { expect, test } from "vitest";
import { withDatabase } from "#test/with-database.ts";
import { openPage, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

test("a bot outside one's labels is not there", async () => {
  const bot = await served().hub.addBot({ name: "Bakery", labels: ["north"] });
  const { page } = await signedIn(served(), browser(), { role: "operator", labels: ["south"] });
  await page.goto(`/bots/${bot._id}`);
  await page.getByRole("alert").waitFor();
  expect(await page.getByText("Bakery").count()).toBe(0);
  await openPage(page, "/bots");
  expect(await page.getByText("Bakery").count()).toBe(0);
  await page.context().close();
});
