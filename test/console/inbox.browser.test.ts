import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { openChat } from "#test/chat.ts";
import { withDatabase } from "#test/with-database.ts";
import { workPushed } from "./agent-at-work.ts";
import { wrongFor } from "./axe.ts";
import { openPage, press, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

async function operatorAt(conversationId: string) {
  const opened = await signedIn(served(), browser(), { role: "operator" });
  await openPage(opened.page, `/inbox/${conversationId}`);
  return opened;
}

const words = (page: Page) => page.getByRole("textbox", { name: "Write to the contact" });

test("several texts stand as one question, with the way to its run; a person's words go out and stand there too", async () => {
  const { hub } = served();
  const chat = await openChat(hub, db(), { name: "Clinic" });
  hub.hermes.scriptNext({ kind: "ok", text: "We open at nine." });
  await chat.writes("Hello");
  await hub.work(await chat.writes("When do you open?"));
  const { page, complaints } = await operatorAt(chat.conversationId);
  await page.getByText("2 texts, one question").waitFor();
  const list = page.getByRole("navigation", { name: "Conversations" });
  await list.getByText("Hermes: We open at nine.").waitFor();
  await page.getByText("We open at nine.", { exact: true }).waitFor();
  await page.getByRole("img", { name: "Accepted by WeChat" }).waitFor();
  const [run] = await chat.runs();
  const links = page.getByRole("link", { name: "run", exact: true });
  expect(await links.first().getAttribute("href")).toBe(`/runs/${run?._id}`);
  expect(await wrongFor(page)).toEqual([]);

  await words(page).fill(`${"a".repeat(1_999)}\n\n${"b".repeat(1_999)}`);
  await page.getByText("2 bubbles, 9 left until the contact writes again").waitFor();
  await words(page).fill("See you at nine.");
  await words(page).press("Control+Enter");
  await page.getByText("Stored; it goes out now").waitFor();
  expect(await words(page).inputValue()).toBe("");
  await workPushed(hub);
  await page.getByText("written by a person").waitFor();
  await list.getByText("A person: See you at nine.").waitFor();
  expect(chat.reads().at(-1)).toBe("See you at nine.");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a text that the hub does not take stays, with the reason", async () => {
  const chat = await openChat(served().hub, db());
  await chat.isAnswered("Hello", "Hello!");
  const { page } = await operatorAt(chat.conversationId);
  await words(page).fill("Shall we call you?");
  await page.route("**/api/conversations/*/messages", (route) =>
    route.request().method() === "POST" ? route.abort() : route.fallback(),
  );
  await press(page, "Send");
  await page.getByText("The hub could not be reached").waitFor();
  expect(await words(page).inputValue()).toBe("Shall we call you?");
  await page.unroute("**/api/conversations/*/messages");
  await press(page, "Send");
  await page.getByText("Stored; it goes out now").waitFor();
  await workPushed(served().hub);
  expect(chat.reads()).toEqual(["Hello!", "Shall we call you?"]);
  await page.context().close();
});

test("why nothing can be written is said in words", async () => {
  const { hub } = served();
  const chat = await openChat(hub, db());
  await chat.isAnswered("Hello", "Hello!");
  const { page } = await operatorAt(chat.conversationId);
  await words(page).waitFor();
  await chat.setConversation({ credits: 0 });
  await page.getByText("WeChat takes no more messages until the contact writes again").waitFor();
  expect(await words(page).isDisabled()).toBe(true);
  expect(await wrongFor(page)).toEqual([]);
  const longAgo = new Date(hub.deps.clock.now().getTime() - 25 * 3_600_000);
  await chat.setConversation({ credits: 10, lastInboundAt: longAgo });
  await page.getByText("more than 24 hours have passed").waitFor();
  await chat.setConversation({ lastInboundAt: hub.deps.clock.now(), takenOverBy: "usr_lin" });
  await page.getByText("You cannot write: usr_lin answers here in person").waitFor();
  await press(page, "Hand back to Hermes");
  await page.getByText("Hermes answers from the next message on").waitFor();
  await eventually("one may write", async () => (await words(page).isEnabled()) || null);
  expect((await chat.conversation()).takenOverBy).toBeNull();
  await page.context().close();
});

test("a bubble that WeChat refuses shows why, and is sent again by hand", async () => {
  const { hub } = served();
  const chat = await openChat(hub, db());
  chat.failSends({ kind: "refuse", ret: -3 }, { times: 1 });
  await chat.isAnswered("Where are you?", "In Renmin Road.");
  const { page } = await operatorAt(chat.conversationId);
  const reason = "WeChat does not accept the recipient or the text (-3)";
  await page.getByText(`It did not arrive: ${reason}`).waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await press(page, "Send again");
  await page.getByText("It is sent again").waitFor();
  await workPushed(hub);
  await page.getByRole("img", { name: "Accepted by WeChat" }).waitFor();
  expect(chat.reads()).toEqual(["In Renmin Road."]);
  await page.context().close();
});

test("a contact is named and noted, and Hermes forgets what was said", async () => {
  const chat = await openChat(served().hub, db());
  await chat.isAnswered("Hello", "Hello!");
  const { page } = await operatorAt(chat.conversationId);
  const contact = page.getByRole("complementary");
  await contact.getByLabel("Name").fill("王女士");
  await contact.getByLabel("Note").fill("Prefers the evening");
  await contact.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: /王女士/ }).waitFor();
  await contact.getByRole("button", { name: "Start a fresh Hermes session" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: "Start a fresh Hermes session" })
    .click();
  await page.getByText("The next question begins a fresh session").waitFor();
  expect(await chat.conversation()).toMatchObject({
    alias: "王女士",
    note: "Prefers the evening",
    hermesSession: 2,
  });
  await page.context().close();
});
