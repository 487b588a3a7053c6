import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { InboundMessage } from "#core/messages/message.ts";
import { openChat } from "#test/chat.ts";
import { withDatabase } from "#test/with-database.ts";
import { openPage, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

const script = (where: string) => `<img src=x onerror="document.title='stolen'"> ${where} & Co`;

async function isText(page: Page, path: string, texts: readonly string[]): Promise<void> {
  await openPage(page, path);
  for (const text of texts) await page.getByText(text).first().waitFor();
  expect(await page.locator("img[onerror]").count(), path).toBe(0);
  expect(await page.title(), path).not.toBe("stolen");
}

test("script in a name, an alias, a message, an answer and a file's name is shown as text", async () => {
  const { hub } = served();
  const [bot, alias, note] = ["bot", "alias", "note"].map(script);
  const [question, answer, fileName] = ["question", "answer", "file"].map(script);
  const chat = await openChat(hub, db(), { name: bot ?? "", policyId: "manual-review" });
  await chat.isAnswered(question ?? "", answer ?? "");
  await chat.setConversation({ alias: alias ?? "", note: note ?? "" });
  const media = [{ type: 4, file_item: { file_name: fileName } }];
  await db()
    .collection<InboundMessage>("messages")
    .updateOne({ conversationId: chat.conversationId }, { $set: { media } });
  const [run] = await chat.runs();
  const { page, complaints } = await signedIn(served(), browser());
  await isText(page, "/", ["alias & Co"]);
  await isText(page, `/bots/${chat.accountId}`, ["bot & Co"]);
  await isText(page, "/bots", ["bot & Co"]);
  await isText(page, `/inbox/${chat.conversationId}`, ["alias & Co", "question & Co", "file & Co"]);
  const list = page.getByRole("navigation", { name: "Conversations" });
  expect(await list.innerText()).toContain(question);
  await isText(page, "/review", ["alias & Co", "question & Co", "answer & Co"]);
  await isText(page, `/runs/${run?._id}`, ["question & Co", "answer & Co"]);
  expect(complaints).toEqual([]);
  await page.context().close();
});
