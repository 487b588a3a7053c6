import { expect, test } from "vitest";
import { createUser } from "#core/users/manage-users.ts";
import { deadJobStore } from "#core/queue/dead-job.ts";
import { openChat } from "#test/chat.ts";
import { operator } from "#test/records.ts";
import { withDatabase } from "#test/with-database.ts";
import { wrongFor } from "./axe.ts";
import { openPage, withConsole } from "./console-story.ts";
import { password, signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

async function searchable(path: string, placeholder: string) {
  const { page } = await signedIn(served(), browser());
  await openPage(page, path);
  return {
    page,
    search: (words: string) => page.getByRole("searchbox", { name: placeholder }).fill(words),
    isSeen: (text: string) => page.getByText(text).first().waitFor(),
    isGone: (text: string) => page.getByText(text).first().waitFor({ state: "detached" }),
  };
}

test("the review queue is narrowed to a bot, whose first draft comes into sight", async () => {
  for (const name of ["Tea shop", "Book shop"]) {
    const chat = await openChat(served().hub, db(), { name, policyId: "manual-review" });
    await chat.isAnswered(`Is the ${name} open?`, `The ${name} is open.`);
  }
  const { page, search, isSeen, isGone } = await searchable("/review", "Contact, bot or label");
  await isSeen("The Tea shop is open.");
  await search("book");
  await isSeen("The Book shop is open.");
  await isGone("The Tea shop is open.");
  await isSeen("1 of 1");
  expect(await wrongFor(page)).toEqual([]);
  await search("cheese");
  await isSeen("Nothing matches");
  expect(await wrongFor(page)).toEqual([]);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await isSeen("The Tea shop is open.");
  await page.context().close();
});

test("dead jobs are found by bot, and what is done to all is done to those found", async () => {
  const { hub } = served();
  for (const name of ["Tea shop", "Book shop"]) {
    const { conversationId, accountId } = await openChat(hub, db(), { name });
    const now = hub.deps.clock.now();
    const job = { sqsMessageId: name, body: `{"of":"${name}"}`, conversationId, accountId, now };
    await deadJobStore(db()).keep({ ...job, why: "failed_too_often" });
  }
  const { page, search, isSeen, isGone } = await searchable(
    "/delivery?state=jobs",
    "Contact, bot or label",
  );
  await isSeen("Try all again");
  await search("book");
  await isGone(`{"of":"Tea shop"}`);
  await isSeen(`{"of":"Book shop"}`);
  expect(await wrongFor(page)).toEqual([]);
  await page.getByRole("button", { name: "Delete all" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete all" }).click();
  await isSeen("Nothing matches");
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await isSeen(`{"of":"Tea shop"}`);
  await search("cheese");
  await isSeen("Nothing matches");
  await page.context().close();
});

test("users are found by name and by label", async () => {
  const { deps } = served().hub;
  for (const [name, labels] of [
    ["alice", ["north"]],
    ["bruno", ["south"]],
  ] as const) {
    const user = { name, role: "operator", labels: [...labels], password } as const;
    await createUser(deps, operator, user);
  }
  const { page, search, isSeen, isGone } = await searchable("/users", "Name or label");
  await isSeen("bruno");
  await search("ali");
  await isGone("bruno");
  await isSeen("alice");
  await search("south");
  await isGone("alice");
  await isSeen("bruno");
  expect(await wrongFor(page)).toEqual([]);
  await page.context().close();
});
