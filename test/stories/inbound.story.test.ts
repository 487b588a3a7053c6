import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import {
  layouts,
  runsBecome,
  startStoryHub,
  type StoryContact,
  type StoryHub,
} from "./story-hub.ts";

describe.each(layouts)("what comes in, %s", (layout) => {
  let hub: StoryHub;
  beforeAll(async () => {
    hub = await startStoryHub(layout);
  });
  afterAll(() => hub?.stop());

  async function stored(contact: StoryContact, count: number) {
    return eventually(`${count} messages are stored`, async () => {
      const all = await hub.client.messages(contact.accountId);
      const mine = all.filter(
        ({ userId, direction }) => userId === contact.userId && direction === "inbound",
      );
      return mine.length >= count ? mine.toReversed() : null;
    });
  }

  test("what is no text is kept with the reason and never reaches Hermes", async () => {
    const contact = await hub.contact();
    const from = { userId: contact.userId, botId: contact.botId };
    const before = hub.questions();
    hub.wechat.userSends({ ...from, image: {} });
    hub.wechat.userSends({ ...from, voice: { text: "spoken words" } });
    hub.wechat.userSends({ ...from, file: { name: "plan.pdf" } });
    hub.wechat.userSends({ ...from, video: {} });
    hub.wechat.userSends({ ...from, unknownItemType: 42 });
    hub.wechat.userSends({ ...from, text: "in a group", groupId: "g1" });
    hub.wechat.userSends({ ...from, text: "from a bot", messageType: 2 });
    const kept = await stored(contact, 7);
    expect(kept.map(({ unansweredReason }) => unansweredReason)).toEqual([
      "image",
      "voice",
      "file",
      "video",
      "unknown_item",
      "group",
      "not_user",
    ]);
    // What a later version needs to fetch it: where it lies, and the key.
    for (const { media } of kept.slice(0, 4)) {
      expect(JSON.stringify(media)).toMatch(/"encrypt_query_param":"\w{96}","aes_key":"\S{40,}"/);
    }
    expect(await contact.runs()).toEqual([]);
    expect(hub.questions()).toBe(before);
  });

  test("a voice message that carries its text is answered where the policy allows it", async () => {
    const contact = await hub.contact({ policyId: "manual-review" });
    const policies = hub.db.collection<{ _id: string }>("policies");
    await policies.updateOne({ _id: "manual-review" }, { $set: { answerVoice: true } });
    // Pollers keep a policy for ten seconds; a fresh one is read by the bot's next message after that.
    await eventually("a spoken question is asked", async () => {
      const from = { userId: contact.userId, botId: contact.botId };
      hub.wechat.userSends({ ...from, voice: { text: "spoken words" } });
      await stored(contact, 1);
      return (await contact.runs()).length > 0 ? true : null;
    });
    const [run] = await contact.runs();
    expect(run?.inputText).toContain("spoken words");
    await policies.updateOne({ _id: "manual-review" }, { $set: { answerVoice: false } });
  });

  test("copies that WeChat brings again are stored and answered once", async () => {
    const contact = await hub.contact();
    hub.wechat.userSends({
      userId: contact.userId,
      botId: contact.botId,
      text: "only once",
      duplicates: ["same-id", "new-id", "new-context-token", "no-id"],
    });
    await contact.hasRead(1);
    // The copies come up to nine seconds of WeChat's time later; a later message shows they are through.
    hub.wechat.advanceClock(10_000);
    contact.writes("and this");
    await contact.hasRead(2);
    await runsBecome(contact, "sent", "sent");
    expect(contact.reads()).toEqual(["Hermes: only once", "Hermes: and this"]);
    expect(await stored(contact, 2)).toHaveLength(2);
  });

  test("a contact's own repeat is answered again", async () => {
    const contact = await hub.contact();
    contact.writes("ping");
    await contact.hasRead(1);
    contact.writes("ping");
    expect(await contact.hasRead(2)).toEqual(["Hermes: ping", "Hermes: ping"]);
  });

  test("an account whose policy is off stores and stays silent", async () => {
    const contact = await hub.contact({ policyId: "off" });
    contact.writes("anyone?");
    const [message] = await stored(contact, 1);
    expect(message?.unansweredReason).toBe("policy_off");
    expect(await contact.runs()).toEqual([]);
  });
});

describe("with Hermes switched off in the settings", () => {
  test("messages are stored and Hermes is not called", async () => {
    const hub = await startStoryHub("one bot for all contacts", { HERMES_AGENT_ENABLED: "false" });
    try {
      const contact = await hub.contact();
      contact.writes("hello");
      await eventually("it is stored with its reason", async () => {
        const [message] = await hub.client.messages(contact.accountId);
        return message?.unansweredReason === "hermes_disabled" ? true : null;
      });
      expect(hub.questions()).toBe(0);
      expect(contact.reads()).toEqual([]);
    } finally {
      await hub.stop();
    }
  });

  test("the development reply answers instead when it is on", async () => {
    const hub = await startStoryHub("one bot for all contacts", {
      HERMES_AGENT_ENABLED: "false",
      WECHAT_AUTO_REPLY_ENABLED: "true",
      WECHAT_AUTO_REPLY_TEXT: "Thank you, we got it.",
    });
    try {
      const contact = await hub.contact();
      contact.writes("hello");
      expect(await contact.hasRead(1)).toEqual(["Thank you, we got it."]);
      expect(hub.questions()).toBe(0);
    } finally {
      await hub.stop();
    }
  });
});
