import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { approve as approveDraft } from "#core/reviews/approve.ts";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { sqsClient } from "#test/test-queue.ts";
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

  test("an edited draft puts what the contact read into the next question, once", async () => {
    const contact = hub.contactOf(await hub.addBot("manual-review"));
    hub.model.script("When may I come", { kind: "says", text: "Come on Monday." });
    contact.writes("When may I come?");
    const [draft] = await runsBecome(contact, "awaiting_review");
    await approve(draft, "Come on Tuesday.");
    expect(await hasRead(contact, 1)).toEqual(["Come on Tuesday."]);

    contact.writes("At nine?");
    const [, second] = await runsBecome(contact, "sent", "awaiting_review");
    await approve(second);
    await hasRead(contact, 2);
    contact.writes("Thank you");
    await runsBecome(contact, "sent", "sent", "awaiting_review");

    const questions = hub.model.questions();
    const next = questions.find(({ text }) => text.includes("At nine?"));
    expect(next?.text).toContain('The contact read: "Come on Tuesday."');
    expect(next?.history).toContainEqual({ role: "assistant", text: "Come on Monday." });
    const last = questions.find(({ text }) => text.includes("Thank you"));
    expect(last?.text).toBe("Thank you");
    // It stays where it was said, and is said nowhere else.
    const said = JSON.stringify([last?.text, last?.history]).match(/Come on Tuesday/g);
    expect(said).toHaveLength(1);
  });

  async function approve(run: RunAnswer | undefined, text?: string): Promise<void> {
    const { agentQueueUrl: queueUrl, endpoint } = hub.queue;
    const client = sqsClient(endpoint);
    const clock = systemClock();
    const deps = {
      ...testDeps(hub.db, { REVIEW_SEND_DELAY_SECONDS: "0" }),
      clock,
      newId: idMaker(() => clock.now()),
      queue: createAgentQueue({ queueUrl }, client),
    };
    await approveDraft(deps, operator, run?._id ?? "", { text });
    client.destroy();
  }

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
