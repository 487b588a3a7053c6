import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "#local/eventually.ts";
import { conversationIdOf } from "#core/shared/ids.ts";
import {
  layouts,
  runsBecome,
  startStoryHub,
  type StoryContact,
  type StoryHub,
} from "./story-hub.ts";

const Anything = z.looseObject({});

describe.each(layouts)("a person answers, %s", (layout) => {
  let hub: StoryHub;
  beforeAll(async () => {
    hub = await startStoryHub(layout);
  });
  afterAll(() => hub?.stop());

  function act(contact: StoryContact, verb: string, body: unknown = {}) {
    const id = conversationIdOf(contact.accountId, contact.userId);
    return hub.client.call("POST", `/api/conversations/${id}/${verb}`, Anything, body);
  }

  test("takes over during a slow turn, writes, hands back, and Hermes goes on from the next text", async () => {
    const contact = await hub.contact();
    const slow = { kind: "ok", text: "too late", delayMs: 8_000 } as const;
    hub.hermes.scriptNext(slow, { textIncludes: "where is my parcel" });
    contact.writes("where is my parcel?");
    await runsBecome(contact, "running");
    await act(contact, "take-over");
    await act(contact, "messages", { text: "I am looking for it.", clientKey: "parcel-1" });
    await act(contact, "messages", { text: "I am looking for it.", clientKey: "parcel-1" });
    expect(await contact.hasRead(1)).toEqual(["I am looking for it."]);
    await runsBecome(contact, "cancelled");

    contact.writes("thank you");
    await eventually("the text is left to the person", async () => {
      const messages = await hub.client.messages(contact.accountId);
      const mine = messages.find(
        ({ userId, text }) => userId === contact.userId && text === "thank you",
      );
      return mine?.unansweredReason === "taken_over" ? true : null;
    });
    await act(contact, "hand-back");
    contact.writes("and when are you open?");
    expect((await contact.hasRead(2)).at(-1)).toContain("and when are you open?");
    await runsBecome(contact, "cancelled", "sent");
    expect(contact.reads().join()).not.toContain("too late");
  });

  test("writes without taking over: the question that waits for Hermes is answered by that", async () => {
    const contact = await hub.contact();
    const slow = { kind: "ok", text: "too late", delayMs: 8_000 } as const;
    hub.hermes.scriptNext(slow, { textIncludes: "is anybody there" });
    contact.writes("is anybody there?");
    await runsBecome(contact, "running");
    await act(contact, "messages", { text: "Yes, I am.", clientKey: "there-01" });
    expect(await contact.hasRead(1)).toEqual(["Yes, I am."]);
    const [run] = await runsBecome(contact, "cancelled");
    expect(run).toMatchObject({ cancelReason: "answered_by_person" });
    contact.writes("good");
    expect((await contact.hasRead(2)).at(-1)).toContain("good");
  });
});
