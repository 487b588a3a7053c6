import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awayNotice } from "#core/policies/policy.ts";
import { eventually } from "#local/eventually.ts";
import { layouts, runsBecome, startStoryHub, type StoryHub } from "./story-hub.ts";

describe.each(layouts)("answering, %s", (layout) => {
  let hub: StoryHub;
  beforeAll(async () => {
    hub = await startStoryHub(layout);
  });
  afterAll(() => hub?.stop());

  test("a text gets Hermes' answer, once, and a run that says so", async () => {
    const contact = await hub.contact();
    contact.writes("Do you have tea?");
    expect(await contact.hasRead(1)).toEqual(["Hermes: Do you have tea?"]);
    const [run] = await runsBecome(contact, "sent");
    expect(run).toMatchObject({
      inputText: "Do you have tea?",
      outputText: "Hermes: Do you have tea?",
      attemptCount: 1,
      error: null,
    });
    expect(run?.outboundMessageId).toMatch(/^msg_/);
  });

  test("several contacts are answered each in order, each in a Hermes session of their own", async () => {
    const contacts = await Promise.all([hub.contact(), hub.contact(), hub.contact()]);
    for (const round of ["one", "two", "three"]) {
      for (const [index, contact] of contacts.entries()) contact.writes(`${round} from ${index}`);
      await Promise.all(contacts.map((contact) => contact.hasRead(roundNumber(round))));
    }
    for (const [index, contact] of contacts.entries()) {
      expect(contact.reads()).toEqual([
        `Hermes: one from ${index}`,
        `Hermes: two from ${index}`,
        `Hermes: three from ${index}`,
      ]);
    }
    const asked = hub.hermes.executions().filter(({ text }) => text.includes(" from "));
    const sessions = new Set(asked.map(({ sessionId }) => sessionId));
    expect(sessions.size).toBe(3);
  });

  test("a burst is one question, asked when it is complete", async () => {
    await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 1 } });
    const contact = await hub.contact({ policyId: "manual-review" });
    contact.writes("Hello", "I bought a cup", "It is broken");
    const [run] = await runsBecome(contact, "awaiting_review");
    expect(run?.inputText).toBe("Hello\nI bought a cup\nIt is broken");
    expect(run?.messageIds).toHaveLength(3);
    await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
  });

  test("under manual-review the answer is kept for a person and nothing is sent", async () => {
    const contact = await hub.contact({ policyId: "manual-review" });
    contact.writes("May I come on Monday?");
    const [run] = await runsBecome(contact, "awaiting_review");
    expect(run).toMatchObject({
      outputText: "Hermes: May I come on Monday?",
      requiresHumanReview: true,
      outboundMessageId: null,
    });
    expect(hub.wechat.attempts({ botId: contact.botId })).toEqual([]);
  });

  test("while Hermes is away the contact is told once, and answered in order when it is back", async () => {
    const contact = await hub.contact();
    contact.writes("before");
    await contact.hasRead(1);
    await hub.hermes.off();
    contact.writes("first");
    expect((await contact.hasRead(2)).at(-1)).toBe(awayNotice);
    const questionsSoFar = hub.questions();
    contact.writes("second", "third");
    await eventually("all are stored", async () => {
      const messages = await hub.client.messages(contact.accountId);
      const mine = messages.filter(({ userId }) => userId === contact.userId);
      return mine.some(({ text }) => text === "third") ? true : null;
    });
    const [, waiting] = await runsBecome(contact, "sent", "retry_pending");
    expect(waiting?.queuedReplyMessageId).toMatch(/^msg_/);
    expect(contact.reads().filter((text) => text === awayNotice)).toHaveLength(1);
    expect(hub.questions()).toBe(questionsSoFar);

    await hub.hermes.on();
    await eventually("everything is answered", async () =>
      contact.reads().join("\n").includes("third") ? true : null,
    );
    const texts = contact.reads().join("\n");
    expect(texts.indexOf("first")).toBeLessThan(texts.indexOf("second"));
    expect(contact.reads().filter((text) => text === awayNotice)).toHaveLength(1);
    await eventually("all runs are sent", async () =>
      (await contact.runs()).every(({ status }) => status === "sent") ? true : null,
    );
  });

  test("a wrong key is an outage that operators see, and no fault of the message", async () => {
    const contact = await hub.contact();
    const original = hub.hermes.apiKey;
    await hub.host.setEnvironment("agent", { HERMES_API_KEY: "a-key-that-is-wrong-00" });
    await hub.host.setEnvironment("retry", { HERMES_API_KEY: "a-key-that-is-wrong-00" });
    contact.writes("hello?");
    expect(await contact.hasRead(1)).toEqual([awayNotice]);
    const health = await hub.db.collection("hermes").findOne({});
    expect(health).toMatchObject({ state: "misconfigured" });
    await hub.host.setEnvironment("agent", { HERMES_API_KEY: original });
    await hub.host.setEnvironment("retry", { HERMES_API_KEY: original });
    expect((await contact.hasRead(2)).at(-1)).toBe("Hermes: hello?");
    await runsBecome(contact, "sent");
  });
});

function roundNumber(round: string): number {
  return ["one", "two", "three"].indexOf(round) + 1;
}
