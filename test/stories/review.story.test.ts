import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "#local/eventually.ts";
import {
  layouts,
  runsBecome,
  startStoryHub,
  type StoryContact,
  type StoryHub,
} from "./story-hub.ts";

const Review = z.looseObject({ _id: z.string(), status: z.string(), version: z.number() });

/** Long enough to withdraw within it, on a busy machine too. */
const sendDelaySeconds = 5;

describe.each(layouts)("a reviewer at work, %s", (layout) => {
  let hub: StoryHub;
  beforeAll(async () => {
    hub = await startStoryHub(layout, { REVIEW_SEND_DELAY_SECONDS: String(sendDelaySeconds) });
  });
  afterAll(() => hub?.stop());

  async function draftOf(contact: StoryContact, text: string): Promise<string> {
    contact.writes(text);
    const runs = await eventually("there is a draft", async () => {
      const found = (await contact.runs()).filter(({ status }) => status === "awaiting_review");
      return found.length > 0 ? found : null;
    });
    return runs.at(-1)?._id ?? "";
  }

  function act(runId: string, verb: string, body: unknown = {}) {
    return hub.client.call("POST", `/api/reviews/${runId}/${verb}`, Review, body);
  }

  test("approves an edited draft and closes the tab: it is sent some seconds later, once", async () => {
    const contact = await hub.contact({ policyId: "manual-review" });
    const runId = await draftOf(contact, "May I come on Monday?");
    await act(runId, "claim");
    const approvedAt = Date.now();
    await Promise.all([1, 2, 3].map(() => act(runId, "approve", { text: "Monday is fine." })));
    expect(await contact.hasRead(1)).toEqual(["Monday is fine."]);
    const [bubble] = hub.wechat.bubbles({ userId: contact.userId });
    expect(bubble?.shownAt).toBeGreaterThanOrEqual(approvedAt + sendDelaySeconds * 1000);
    await runsBecome(contact, "sent");
    expect(contact.reads()).toHaveLength(1);
  });

  test("withdraws in time, and what was withdrawn is not sent", async () => {
    const contact = await hub.contact({ policyId: "manual-review" });
    const runId = await draftOf(contact, "Is it open?");
    await act(runId, "approve");
    await act(runId, "withdraw");
    // Another contact's draft, approved later, is out; so this one's time is over as well.
    const other = await hub.contact({ policyId: "manual-review" });
    await act(await draftOf(other, "And you?"), "approve");
    await other.hasRead(1);
    expect(contact.reads()).toEqual([]);
    await runsBecome(contact, "awaiting_review");
  });

  test("has the Lambda die over an approved draft, and the contact reads it once all the same", async () => {
    const contact = await hub.contact({ policyId: "manual-review" });
    const runId = await draftOf(contact, "Will it arrive?");
    const { userId } = contact;
    const behaviour = { kind: "hang", commit: true } as const;
    hub.wechat.armFault({ endpoint: "sendmessage", userId, behaviour });
    await act(runId, "approve");
    await contact.hasRead(1);
    expect(await hub.host.kill("agent")).toBeGreaterThan(0);
    const died = { "turn.expiresAt": new Date(0) };
    await hub.db.collection("conversations").updateMany({ userId }, { $set: died });
    await runsBecome(contact, "sent");
    expect(contact.reads()).toEqual(["Hermes: Will it arrive?"]);
  }, 180_000);

  test("sees a newer message replace a draft that nobody has open, and asks for another one", async () => {
    const contact = await hub.contact({ policyId: "manual-review" });
    await draftOf(contact, "I want tea");
    contact.writes("and milk");
    const [, replaced] = await runsBecome(contact, "cancelled", "awaiting_review");
    expect(replaced?.inputText).toBe("I want tea\nand milk");
    await act(replaced?._id ?? "", "regenerate", { hint: "Be brief." });
    const [, , again] = await runsBecome(contact, "cancelled", "cancelled", "awaiting_review");
    expect(again?.outputText).toContain("Be brief.");
    await act(again?._id ?? "", "reject", { reason: "They are already here." });
    await runsBecome(contact, "cancelled", "cancelled", "rejected");
    expect(contact.reads()).toEqual([]);
  });
});
