import { expect, test } from "vitest";
import { describe } from "#core/accounts/change-account.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { withDatabase } from "#test/with-database.ts";
import { openPage, press, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

test("a row below the first page shows what became of it, without a reload", async () => {
  const { hub, api } = served();
  const name = (index: number) => `Shop ${String(index).padStart(2, "0")}`;
  const bots = [];
  for (let index = 0; index < 60; index++) bots.push(await hub.addBot({ name: name(index) }));
  const { page, complaints } = await signedIn(served(), browser(), { role: "operator" });
  await openPage(page, "/bots?sort=name");
  await press(page, "Load more");
  await page.getByText("60 rows shown").waitFor();
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  const last = bots.at(-1);
  if (!last) throw new Error("There is no bot.");
  await page.getByRole("link", { name: name(59) }).waitFor();
  await describe(api.deps, hubActor, last._id, { name: "Shop 59, moved" });
  await page.getByRole("link", { name: "Shop 59, moved" }).waitFor({ timeout: 25_000 });
  expect(complaints).toEqual([]);
  await page.context().close();
});
