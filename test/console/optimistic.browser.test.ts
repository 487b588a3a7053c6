import { expect, test } from "vitest";
import { withDatabase } from "#test/with-database.ts";
import { openPage, press, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

test("what is approved goes from the list at once, and comes back with a reason when the hub does not answer", async () => {
  await served().hub.addBot({ name: "Clinic", status: "pending_approval" });
  const { page } = await signedIn(served(), browser(), { role: "operator" });
  await openPage(page, "/approvals");
  const row = page.getByRole("row").filter({ hasText: "Clinic" });
  await row.waitFor();
  const held = Promise.withResolvers<void>();
  await page.route("**/api/accounts/bulk", async (route) => {
    await held.promise;
    await route.abort("connectionfailed");
  });
  await press(page, "Approve");
  await row.waitFor({ state: "detached" });
  held.resolve();
  await page.getByRole("alert").first().waitFor();
  await row.waitFor();

  await page.unroute("**/api/accounts/bulk");
  await press(page, "Approve");
  await page.getByText("Approved 1 bot").waitFor();
  await row.waitFor({ state: "detached" });
  expect((await db().collection("accounts").findOne({ name: "Clinic" }))?.status).toBe("approved");
  await page.context().close();
});
