import { expect, test } from "vitest";
import { deadJobStore } from "#core/queue/dead-job.ts";
import { openChat } from "#test/chat.ts";
import { withDatabase } from "#test/with-database.ts";
import { wrongFor } from "./axe.ts";
import { openPage, press, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

test("200 poison jobs seen in two tabs are redriven once each", async () => {
  const { hub } = served();
  const { conversationId, accountId } = await openChat(hub, db());
  for (let place = 0; place < 200; place++) {
    const ids = { jobId: `job_${place}`, conversationId, ref: "msg_1" };
    await deadJobStore(db()).keep({
      sqsMessageId: `${place}`,
      why: "failed_too_often",
      body: JSON.stringify({ ...ids, version: 1, do: "answer" }),
      conversationId,
      accountId,
      now: hub.deps.clock.now(),
    });
  }
  const before = hub.deps.jobs.length;
  const tabs = await Promise.all(
    ["operator", "owner"].map(async (role) => {
      const given = { role: role === "owner" ? "owner" : "operator" } as const;
      const { page } = await signedIn(served(), browser(), given);
      await openPage(page, "/delivery?state=jobs");
      await press(page, "Try all again");
      return page;
    }),
  );
  expect(await Promise.all(tabs.map(wrongFor))).toEqual([[], []]);
  await Promise.all(
    tabs.map(async (page) => {
      await page.getByRole("dialog").getByRole("button", { name: "Try all again" }).click();
      await page.getByText("Nothing here").waitFor();
    }),
  );
  expect(await deadJobStore(db()).list({ status: "redriven", limit: 300 })).toHaveLength(200);
  const pushed = hub.deps.jobs.slice(before).map(({ jobId }) => jobId);
  expect(pushed).toHaveLength(200);
  expect(new Set(pushed).size).toBe(200);
  for (const page of tabs) await page.context().close();
});

test("a dead message is sent again or dropped, by itself or with all of its kind", async () => {
  const { hub } = served();
  const chats = [await openChat(hub, db()), await openChat(hub, db()), await openChat(hub, db())];
  for (const [place, chat] of chats.entries()) {
    chat.failSends({ kind: "refuse", ret: -3 }, { times: 1 });
    await chat.isAnswered("Hello", `Answer ${place}`);
  }
  const { page, complaints } = await signedIn(served(), browser(), { role: "operator" });
  await openPage(page, "/delivery?state=dead&code=-3");
  const row = (text: string) => page.getByRole("row").filter({ hasText: text });
  await row("Answer 0").getByText("does not accept the recipient").waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await row("Answer 0").getByRole("button", { name: "Drop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Drop" }).click();
  await row("Answer 0").waitFor({ state: "detached" });
  await press(page, "Send all now");
  await page.getByRole("dialog").getByRole("button", { name: "Send all now" }).click();
  await page.getByText("2 done").waitFor();
  for (const job of hub.deps.jobs.splice(0)) await hub.work(job);
  expect(chats.map((chat) => chat.reads())).toEqual([[], ["Answer 1"], ["Answer 2"]]);
  expect(complaints).toEqual([]);
  await page.context().close();
});
