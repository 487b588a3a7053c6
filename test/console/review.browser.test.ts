import type { Page } from "playwright-core";
import { beforeEach, expect, test } from "vitest";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { eventually } from "#local/eventually.ts";
import { openChat, type Chat } from "#test/chat.ts";
import { withDatabase } from "#test/with-database.ts";
import { letApprovedGoOut, workPushed } from "./agent-at-work.ts";
import { wrongFor } from "./axe.ts";
import { openPage, withConsole } from "./console-story.ts";
import { signedIn } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

beforeEach(async () => {
  // What an earlier story left open is not this one's.
  await db().collection<AgentRun>("agent_runs").deleteMany({});
});

async function drafted(question: string, answer: string): Promise<Chat & { runId: string }> {
  const chat = await openChat(served().hub, db(), { policyId: "manual-review" });
  await chat.isAnswered(question, answer);
  const [run] = await chat.runs();
  if (!run) throw new Error("There is no draft.");
  return { ...chat, runId: run._id };
}

function runOf({ runId }: { runId: string }): Promise<AgentRun> {
  return agentRunStore(db()).get(runId);
}

async function reviewer(
  path = "/review",
): Promise<{ page: Page; name: string; complaints: string[] }> {
  const opened = await signedIn(served(), browser(), { role: "reviewer" });
  await openPage(opened.page, path);
  return opened;
}

async function shows(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor();
}

/** Keys mean a draft only once it has been in sight for a moment. */
async function pressOnceSeen(page: Page, key: string): Promise<void> {
  await page.waitForTimeout(500);
  await page.keyboard.press(key);
}

test("of two reviewers on one draft one sends it, and the other sees by whom", async () => {
  const draft = await drafted("Do you have tea?", "Yes, we do.");
  const one = await reviewer(`/review/${draft.runId}`);
  const other = await reviewer(`/review/${draft.runId}`);
  await shows(one.page, "Yes, we do.");
  await shows(other.page, "Yes, we do.");
  await one.page.keyboard.press("e");
  await shows(other.page, `${one.name} has this draft open`);
  expect(await wrongFor(other.page)).toEqual([]);
  expect(await other.page.getByRole("button", { name: /^Send/ }).isDisabled()).toBe(true);
  await other.page.keyboard.press("Enter");
  await one.page.getByRole("textbox", { name: "Your words" }).fill("Yes, green and black.");
  await pressOnceSeen(one.page, "Control+Enter");
  await shows(one.page, "It goes out in a few seconds");
  await shows(other.page, `${one.name} approved this draft`);
  await letApprovedGoOut(served().hub);
  await shows(other.page, `${one.name} sent it.`);
  expect(await wrongFor(other.page)).toEqual([]);
  expect(draft.reads()).toEqual(["Yes, green and black."]);
  for (const { page, complaints } of [one, other]) {
    expect(complaints).toEqual([]);
    await page.context().close();
  }
});

test("an approval is taken back by Z, in the database, and the draft is in sight again", async () => {
  const draft = await drafted("Do you have coffee?", "No, we do not.");
  const { page } = await reviewer();
  await shows(page, "No, we do not.");
  await pressOnceSeen(page, "Enter");
  await shows(page, "It goes out in a few seconds");
  expect((await runOf(draft)).review?.sendAt).not.toBeNull();
  await page.keyboard.press("z");
  await shows(page, "Taken back; nothing was sent");
  expect((await runOf(draft)).review).toMatchObject({ approvedBy: null, sendAt: null });
  await letApprovedGoOut(served().hub);
  expect(draft.reads()).toEqual([]);
  await shows(page, "No, we do not.");
  await pressOnceSeen(page, "Enter");
  await eventually("it is approved again", async () => {
    return (await runOf(draft)).review?.approvedAt ?? null;
  });
  // Whoever leaves has approved all the same.
  await page.context().close();
  await letApprovedGoOut(served().hub);
  expect(draft.reads()).toEqual(["No, we do not."]);
});

test("a queue is gone through by keys alone", async () => {
  const first = await drafted("Question one?", "Answer one.");
  const second = await drafted("Question two?", "Answer two.");
  const third = await drafted("Question three?", "Answer three.");
  const { page } = await reviewer();
  await shows(page, "Answer one.");
  await page.keyboard.press("j");
  await shows(page, "Answer two.");
  await page.keyboard.press("k");
  await shows(page, "Answer one.");

  await page.keyboard.press("?");
  await shows(page, "Ask Hermes again with a hint");
  expect(await wrongFor(page)).toEqual([]);
  // Keys mean the list of keys as long as it is there.
  await page.keyboard.press("t");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect((await first.conversation()).takenOverBy).toBeNull();

  await page.keyboard.press("s");
  await shows(page, "It comes back in 15 minutes");
  await shows(page, "Answer two.");
  expect((await runOf(first)).review?.snoozedUntil).not.toBeNull();

  await page.keyboard.press("r");
  await page.getByLabel("Why? It is kept with the draft.").fill("Not what was asked");
  expect(await wrongFor(page)).toEqual([]);
  await page.keyboard.press("Control+Enter");
  await shows(page, "The draft was rejected");
  expect(await runOf(second)).toMatchObject({
    status: "rejected",
    review: { rejectedReason: "Not what was asked" },
  });

  await shows(page, "Answer three.");
  await page.keyboard.press("t");
  await page.getByRole("button", { name: "Hand back to Hermes" }).waitFor();
  expect((await third.conversation()).takenOverBy).not.toBeNull();
  await page.context().close();
});

test("Hermes is asked again with a hint, and an edit is shown against its words", async () => {
  const { hub } = served();
  const draft = await drafted("When do you close?", "We close at six in the evening.");
  const { page } = await reviewer();
  await shows(page, "We close at six");
  await page.keyboard.press("g");
  hub.hermes.scriptNext({ kind: "ok", text: "At six." });
  await page.getByLabel("What should be different?").fill("Be shorter");
  await page.getByRole("dialog").getByRole("button", { name: "Ask again" }).click();
  await shows(page, "Hermes is asked again");
  await workPushed(hub);
  await shows(page, "At six.");
  expect((await draft.runs()).at(-1)).toMatchObject({ hint: "Be shorter" });

  await page.keyboard.press("e");
  await page.getByRole("textbox", { name: "Your words" }).fill("At seven.");
  expect(await page.locator("del").allTextContents()).toEqual(["six"]);
  expect(await page.locator("ins").allTextContents()).toEqual(["seven"]);
  await page.keyboard.press("Escape");
  await page.getByText("Draft, as WeChat will show it").waitFor();
  expect(await page.locator(".bubble[data-side=outbound]").last().textContent()).toBe("At seven.");
  await page.context().close();
});

test("what the contact writes meanwhile is said, and a draft that is left is free for others", async () => {
  const { hub } = served();
  const draft = await drafted("Do you have a table?", "Yes, by the window.");
  const next = await drafted("Is it loud?", "No, it is quiet.");
  const { page } = await reviewer();
  await shows(page, "Yes, by the window.");
  await page.keyboard.press("e");
  await page.getByRole("textbox", { name: "Your words" }).waitFor();
  await eventually("it is held", async () => (await runOf(draft)).review?.claimedBy ?? null);
  await hub.work(await draft.writes("For eight of us"));
  await shows(page, "The contact wrote again after this draft was made");
  expect(await wrongFor(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await shows(page, "No, it is quiet.");
  await eventually("it was given back", async () => {
    return (await runOf(draft)).review?.claimedBy === null || null;
  });
  expect((await runOf(next)).review?.claimedBy).toBeNull();
  await page.context().close();
});

test("what can still be sent comes before what cannot, and each says which it is", async () => {
  const late = await drafted("Are you there?", "Sorry, late.");
  const endedAt = new Date(served().hub.deps.clock.now().getTime() - 3_600_000);
  await late.setConversation({ lastInboundAt: new Date(endedAt.getTime() - 86_400_000) });
  await db()
    .collection<AgentRun>("agent_runs")
    .updateOne({ _id: late.runId }, { $set: { "review.windowEndsAt": endedAt } });
  await drafted("Is there parking?", "Yes, behind the house.");
  const { page } = await reviewer();
  await shows(page, "Yes, behind the house.");
  expect(await page.getByRole("button", { name: /^Send/ }).isEnabled()).toBe(true);
  await page.keyboard.press("j");
  await shows(page, "Sorry, late.");
  await shows(page, "more than 24 hours have passed");
  expect(await page.getByRole("button", { name: /^Send/ }).isDisabled()).toBe(true);
  await pressOnceSeen(page, "Enter");
  expect((await runOf(late)).review?.approvedAt).toBeNull();
  await page.context().close();
});
