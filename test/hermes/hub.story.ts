import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awayNotice } from "#core/policies/policy.ts";
import { eventually } from "#local/eventually.ts";
import type { RunAnswer } from "#local/hub-client.ts";
import type { StoryContact } from "#test/stories/story-hub.ts";
import { hasRead, patienceMs, startRealHub, type RealHub } from "./real-hub.ts";
import { strangersConfig } from "./strangers-config.ts";

describe("the hub with the real Hermes behind it", { timeout: 180_000 }, () => {
  let hub: RealHub;
  let bot: { _id: string; botId: string };
  beforeAll(async () => {
    hub = await startRealHub(strangersConfig);
    bot = await hub.addBot();
  });
  afterAll(() => hub?.stop());

  test("a bot is scanned, a contact writes, the answer arrives", async () => {
    const contact = hub.contactOf(bot);
    contact.writes("Do you have tea?");
    expect(await hasRead(contact, 1)).toEqual(["Hermes: Do you have tea?"]);
    const [run] = await runsBecome(contact, "sent");
    expect(run).toMatchObject({
      inputText: "Do you have tea?",
      outputText: "Hermes: Do you have tea?",
      attemptCount: 1,
      error: null,
    });
    contact.writes("And cups?");
    expect(await hasRead(contact, 2)).toEqual(["Hermes: Do you have tea?", "Hermes: And cups?"]);
    const asked = hub.model.questions().find(({ text }) => text === "And cups?");
    expect(asked?.history).toEqual([
      { role: "user", text: "Do you have tea?" },
      { role: "assistant", text: "Hermes: Do you have tea?" },
    ]);
  });

  test("under manual-review the answer is held for a person", async () => {
    const contact = hub.contactOf(await hub.addBot("manual-review"));
    contact.writes("May I come on Monday?");
    const [run] = await runsBecome(contact, "awaiting_review");
    expect(run).toMatchObject({
      outputText: "Hermes: May I come on Monday?",
      requiresHumanReview: true,
      outboundMessageId: null,
    });
    expect(hub.wechat.attempts({ botId: contact.botId })).toEqual([]);
  });

  test("while Hermes is away the contact is told once, and answered when it is back", async () => {
    const contact = hub.contactOf(bot);
    contact.writes("before");
    await hasRead(contact, 1);
    await hub.hermes.kill();
    contact.writes("first");
    expect((await hasRead(contact, 2)).at(-1)).toBe(awayNotice);
    contact.writes("second");
    await isStored(contact, "second");
    await runsBecome(contact, "sent", "retry_pending");

    await hub.hermes.start();
    await eventually(
      "everything is answered",
      async () => (contact.reads().join("\n").includes("second") ? true : null),
      patienceMs,
    );
    const texts = contact.reads();
    expect(texts.filter((text) => text === awayNotice)).toHaveLength(1);
    const all = texts.join("\n");
    expect(all.indexOf("Hermes: first")).toBeGreaterThan(all.indexOf(awayNotice));
    expect(all.indexOf("second")).toBeGreaterThan(all.indexOf("first"));
    await eventually("all runs are sent", async () =>
      (await contact.runs()).every(({ status }) => status === "sent") ? true : null,
    );
  });

  test("a Hermes that dies in the middle of a turn loses nothing", async () => {
    const contact = hub.contactOf(bot);
    hub.model.hold("think hard", { kind: "says", text: "never said" });
    contact.writes("think hard");
    await eventually(
      "the question is at work",
      async () => hub.model.questions().find(({ text }) => text.includes("think hard")) ?? null,
      patienceMs,
    );
    await hub.hermes.kill();
    expect(await hasRead(contact, 1)).toEqual([awayNotice]);
    hub.model.script("think hard", { kind: "says", text: "It took a while." });
    await hub.hermes.start();
    expect(await hasRead(contact, 2)).toEqual([awayNotice, "It took a while."]);
    const [run] = await runsBecome(contact, "sent");
    expect(run?.queuedReplyMessageId).toMatch(/^msg_/);
  });

  test("an error of Hermes' model is asked again and its words reach nobody", async () => {
    const contact = hub.contactOf(bot);
    hub.model.script("ask the model", { kind: "refuses", status: 401, message: "Wrong key" });
    contact.writes("ask the model");
    await eventually(
      "it has failed once",
      async () => (await contact.runs()).find(({ error }) => error !== null) ?? null,
      patienceMs,
    );
    hub.model.script("ask the model", { kind: "says", text: "Here I am." });
    expect(await hasRead(contact, 1)).toEqual(["Here I am."]);
    await runsBecome(contact, "sent");
  });

  async function isStored(contact: StoryContact, text: string): Promise<void> {
    await eventually(`"${text}" is stored`, async () => {
      const messages = await hub.client.messages(contact.accountId);
      return messages.find((message) => message.text === text) ?? null;
    });
  }
});

function runsBecome(contact: StoryContact, ...statuses: string[]): Promise<RunAnswer[]> {
  return eventually(
    `runs become ${statuses.join(", ")}`,
    async () => {
      const runs = await contact.runs();
      const same = runs.map(({ status }) => status).join() === statuses.join();
      return same ? runs : null;
    },
    patienceMs,
  );
}
