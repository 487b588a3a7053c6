import { expect, test } from "vitest";
import { openChat } from "#test/chat.ts";
import { withDatabase } from "#test/with-database.ts";
import { wrongFor } from "./axe.ts";
import { openPage, press, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

test("runs are found by class of failure and by time of the console's zone, and one tells its steps", async () => {
  const { hub } = served();
  const chat = await openChat(hub, db(), { name: "Clinic" });
  await chat.isAnswered("When do you open?", "At nine.");
  hub.hermes.scriptNext({ kind: "exception" }, { textIncludes: "close", times: 20 });
  await hub.work(await chat.writes("When do you close?"));
  const { page, complaints } = await signedIn(served(), browser(), { role: "operator" });
  await openPage(page, "/runs");
  const row = (text: string) => page.getByRole("row").filter({ hasText: text });
  await row("When do you open?").waitFor();
  await row("When do you close?").getByText("A fault inside Hermes").waitFor();

  await page.getByRole("combobox", { name: "Any failure" }).click();
  await page.getByRole("option", { name: "A fault inside Hermes" }).click();
  await row("When do you open?").waitFor({ state: "detached" });
  expect(new URL(page.url()).searchParams.get("errorClass")).toBe("hermes.transient");
  await page.getByRole("button", { name: "Clear filters" }).click();

  // The browser's own clocks stand elsewhere.
  await page.getByLabel(/^From/).fill("2026-01-02T08:00");
  await row("When do you open?").waitFor();
  expect(new URL(page.url()).searchParams.get("from")).toBe("2026-01-02T00:00:00.000Z");
  await page.getByLabel(/^Until/).fill("2026-01-03T08:00");
  await page.getByText("Nothing matches these filters").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).first().click();

  // As somebody does who uses no mouse.
  await page.getByRole("link", { name: "When do you open?" }).press("Enter");
  const detail = page.getByRole("dialog");
  for (const step of ["Message received", "Hermes asked", "Hermes answered", "WeChat took"]) {
    await detail.getByText(step).first().waitFor();
  }
  await detail.getByText("Hermes' raw answer").click();
  await detail.getByText("chat.completion").waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Speed by bot" }).click();
  await row("Clinic").waitFor();
  expect(await wrongFor(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a run that failed is asked once more with what somebody adds to it", async () => {
  const { hub } = served();
  const chat = await openChat(hub, db(), { name: "Courier" });
  await chat.isAnswered("Hello", "Hi!");
  const [run] = await chat.runs();
  const failed = { status: "error", error: "hermes.failed_turn: turn_failed" } as const;
  await db()
    .collection<{ _id: string }>("agent_runs")
    .updateOne({ _id: run?._id ?? "" }, { $set: { ...failed, outboundMessageId: null } });
  const { page } = await signedIn(served(), browser(), { role: "operator" });
  await openPage(page, `/runs/${run?._id}`);
  await press(page, "Ask again with a hint");
  await page.getByLabel("What should Hermes know?").fill("It is in Pudong.");
  await press(page, /^Ask again$/);
  await page.getByText("It is tried now").waitFor();
  expect(await chat.runs()).toMatchObject([{ status: "retry_pending", hint: "It is in Pudong." }]);
  await page.context().close();
});
