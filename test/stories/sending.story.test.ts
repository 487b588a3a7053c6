import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defaultContinueText } from "#core/policies/continue-words.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { answerOf, partsFrom } from "#test/chat.ts";
import { eventually } from "#local/eventually.ts";
import {
  contactOf,
  layouts,
  runsBecome,
  scan,
  startStoryHub,
  type Layout,
  type StoryContact,
  type StoryHub,
} from "./story-hub.ts";

const noLimits = { burstLimit: null } as const;
const hourMs = 3_600_000;

let hub: StoryHub;

async function start(layout: Layout, settings: Record<string, string> = {}) {
  hub = await startStoryHub(layout, settings);
  hub.wechat.configure({ send: noLimits });
}

function answers(question: string, text: string, delayMs = 0) {
  hub.hermes.scriptNext({ kind: "ok", text, delayMs }, { textIncludes: question });
}

/** What the phone shows of answers made by `answerOf`. */
function parts(contact: StoryContact): string[] {
  return contact.reads().map((text) => text.replace(/ ~+$/, ""));
}

function attemptsTo({ userId }: StoryContact) {
  return hub.wechat.attempts({}).filter((attempt) => attempt.userId === userId);
}

const Outbound = z.looseObject({
  kind: z.string(),
  chunks: z.array(z.looseObject({ state: z.string(), code: z.string().nullable() })),
});

/** What the api tells of the hub's messages to this contact, oldest first. */
async function outbound({ accountId, userId }: StoryContact) {
  const messages = await hub.client.messages(accountId);
  const mine = messages.filter((each) => each.userId === userId && each.direction === "outbound");
  return z.array(Outbound).parse(mine.toReversed());
}

describe.each(layouts)("sending, %s", (layout) => {
  beforeAll(() => start(layout));
  afterAll(() => hub?.stop());

  test("a long answer arrives in order, cut at its seams, as WeChat can show it", async () => {
    const contact = await hub.contact();
    const code = Array.from({ length: 150 }, (_, line) => `console.log("line ${line}");`);
    const table = "| Tea | Price | Size |\n|---|---|---|\n| 龙井 | 12 | 50 g |";
    answers(
      "Explain",
      `##### Prices\n\n${table}\n\n${"这是一句话。".repeat(120)}\n\n\`\`\`js\n${code.join("\n")}\n\`\`\`\n\nThat is *全部*.`,
    );
    contact.writes("Explain");
    const bubbles = await contact.hasRead(3);
    await runsBecome(contact, "sent");
    expect(bubbles[0]).toMatch(/^Prices\n\n\*\*龙井\*\*\n- Price: 12\n- Size: 50 g\n\n这是/);
    for (const bubble of bubbles) {
      expect(bubble.length).toBeLessThanOrEqual(2000);
      expect((bubble.match(/^```/gm) ?? []).length % 2).toBe(0);
    }
    const read = bubbles.join("\n").split("\n");
    expect(read.filter((line) => line.startsWith("console"))).toEqual(code);
    expect(read.at(-1)).toBe("That is 全部.");
  });

  test("what the credits do not reach is offered, and 继续 brings it without a question", async () => {
    const contact = await hub.contact();
    answers("Tell me all", answerOf(12));
    contact.writes("Tell me all");
    await contact.hasRead(10);
    expect(parts(contact)).toEqual([...partsFrom(1, 9), defaultContinueText]);
    await runsBecome(contact, "parked");
    const asked = hub.questions();

    contact.writes("继续");
    await contact.hasRead(13);
    await runsBecome(contact, "sent");
    expect(parts(contact).slice(10)).toEqual(partsFrom(10, 12));
    expect(hub.questions()).toBe(asked);
    const messages = await hub.client.messages(contact.accountId);
    const word = messages.find(({ userId, text }) => userId === contact.userId && text === "继续");
    expect(word).toMatchObject({ unansweredReason: "continue_word", runId: null });
  });

  test("anything else brings the rest first and then its own answer", async () => {
    const contact = await hub.contact();
    answers("Tell me all", answerOf(11));
    contact.writes("Tell me all");
    await contact.hasRead(10);
    contact.writes("And what about tea?");
    await contact.hasRead(13);
    expect(parts(contact).slice(10)).toEqual(["part 10", "part 11", "Hermes: And what about tea?"]);
    await runsBecome(contact, "sent", "sent");
  });

  test("a burst throttle is waited out, never asked too often, and nothing is lost or doubled", async () => {
    const contact = await hub.contact();
    hub.wechat.configure({ send: { burstLimit: 4 } });
    try {
      answers("Tell me", answerOf(6));
      contact.writes("Tell me");
      await contact.hasRead(4);
      await eventually("WeChat has refused twice", async () =>
        attemptsTo(contact).filter(({ rule }) => rule === "burst").length >= 2 ? true : null,
      );
      await runsBecome(contact, "sending");
      hub.wechat.advanceClock(300_001);
      await contact.hasRead(6);
      await runsBecome(contact, "sent");
    } finally {
      hub.wechat.configure({ send: noLimits });
    }
    expect(parts(contact)).toEqual(partsFrom(1, 6));
    const [first, second] = attemptsTo(contact).filter(({ rule }) => rule === "burst");
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000);
    expect(second?.clientId).toBe(first?.clientId);
  });

  test("a yes without a message id is shown as unconfirmed, and nothing is called delivered", async () => {
    const contact = await hub.contact();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "silent-drop" },
    });
    contact.writes("hello");
    await runsBecome(contact, "sent");
    const told = await outbound(contact);
    expect(told).toMatchObject([{ kind: "answer", chunks: [{ state: "unconfirmed" }] }]);
    expect(JSON.stringify(told)).not.toMatch(/deliver/i);
    expect(contact.reads()).toEqual([]);
  });

  test("a no for good ends the run, keeps the code, and is not repeated", async () => {
    const contact = await hub.contact();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "refuse", ret: -3, errmsg: "invalid arguments" },
    });
    contact.writes("hello");
    const [run] = await runsBecome(contact, "error");
    expect(run?.error).toMatch(/^send\.refused: .*-3/);
    expect(await outbound(contact)).toMatchObject([{ chunks: [{ state: "refused", code: "-3" }] }]);
    contact.writes("still there?");
    // Hermes hears, too, that its answer did not arrive.
    expect(await contact.hasRead(1)).toEqual([expect.stringMatching(/not sent.*still there\?$/s)]);
    expect(attemptsTo(contact)).toHaveLength(2);
  });

  test("an account told so echoes no context token, and the phone shows one bubble", async () => {
    const bot = await hub.addBot();
    const contact = contactOf(hub, hub.wechat, bot);
    hub.wechat.configure({ send: { contextToken: "echo-doubles" } });
    try {
      contact.writes("one");
      expect(await contact.hasRead(2)).toEqual(["Hermes: one", "Hermes: one"]);
      const path = `/api/accounts/${bot._id}/echo-context-token`;
      const told = await hub.client.call("PUT", path, z.looseObject({}), { echo: false });
      expect(told).toMatchObject({ echoContextToken: false });
      contact.writes("two");
      await runsBecome(contact, "sent", "sent");
    } finally {
      hub.wechat.configure({ send: { contextToken: "ignored" } });
    }
    expect(contact.reads().slice(2)).toEqual(["Hermes: two"]);
    expect(attemptsTo(contact).at(-1)?.contextToken).toBeNull();
    const refused = hub.client.call(
      "PUT",
      `/api/accounts/${bot._id}/echo-context-token`,
      z.looseObject({}),
      { echo: "no" },
    );
    await expect(refused).rejects.toMatchObject({ status: 400, code: "request.invalid" });
  });

  test("what WeChat cut at 2,048 characters is one question in one piece", async () => {
    const contact = await hub.contact();
    const long = "很长的问题".repeat(1000);
    contact.writes(long);
    const [run] = await runsBecome(contact, "sent");
    expect(run?.inputText).toBe(long);
    expect(run?.messageIds).toHaveLength(3);
  });
});

describe("the typing sign", () => {
  beforeAll(() => start("one bot for all contacts"));
  afterAll(() => hub?.stop());

  const isTyping = ({ botId, userId }: StoryContact) => hub.wechat.typing({ botId, userId }).on;

  test("is shown while Hermes works and gone with the answer", async () => {
    const contact = await hub.contact();
    answers("slow", "Here it is.", 1200);
    contact.writes("slow");
    await hub.wechat.waitFor(() => isTyping(contact));
    expect(contact.reads()).toEqual([]);
    await contact.hasRead(1);
    await hub.wechat.waitFor(() => !isTyping(contact));
  });

  test("is gone when Hermes fails", async () => {
    const contact = await hub.contact();
    hub.hermes.scriptNext(
      { kind: "failed-without-text", delayMs: 800 },
      { textIncludes: "hopeless", times: 99 },
    );
    contact.writes("hopeless");
    await hub.wechat.waitFor(() => isTyping(contact));
    await hub.wechat.waitFor(() => !isTyping(contact));
    expect(contact.reads()).toEqual([]);
  });

  test("is not shown where a person will answer", async () => {
    const contact = await hub.contact({ policyId: "manual-review" });
    answers("slow", "A draft.", 800);
    contact.writes("slow");
    await runsBecome(contact, "awaiting_review");
    const calls = hub.wechat.calls().filter(({ userId }) => userId === contact.userId);
    expect(calls.map(({ endpoint }) => endpoint)).not.toContain("getconfig");
    expect(isTyping(contact)).toBe(false);
  });

  test.each(["getconfig", "sendtyping"] as const)(
    "holds up no answer and fails none when %s hangs",
    async (endpoint) => {
      const contact = await hub.contact();
      const { userId } = contact;
      hub.wechat.armFault({ endpoint, userId, times: null, behaviour: { kind: "hang" } });
      answers("hello", "Hi!", 300);
      contact.writes("hello");
      await contact.hasRead(1);
      // Answered while the call still hung: it is cut after 3 s at the soonest.
      const hung = hub.wechat.calls().filter((call) => call.userId === userId);
      expect(hung.find((call) => call.endpoint === endpoint)).toMatchObject({ fault: "hang" });
      await runsBecome(contact, "sent");
      expect(contact.reads()).toEqual(["Hi!"]);
    },
  );
});

describe("when the login ends between question and answer", () => {
  beforeAll(() => start("one bot for all contacts"));
  afterAll(() => hub?.stop());

  async function parkedByExpiry() {
    const { userId: ownerId } = hub.wechat.createUser({ name: "owner" });
    const created = await hub.client.createBot({ name: "rescanned" });
    const bot = await scan(hub, hub.wechat, created._id, ownerId);
    await hub.client.change(bot._id, "approve");
    await hub.client.change(bot._id, "start-polling");
    const contact = contactOf(hub, hub.wechat, bot);
    answers("slow", "Worth waiting for.", 1000);
    contact.writes("slow");
    await hub.hermes.waitFor((sim) => sim.running().length === 1, 15_000);
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "session-timeout" },
    });
    await runsBecome(contact, "parked");
    expect(await hub.client.account(bot._id)).toMatchObject({ status: "login_expired" });
    expect(await outbound(contact)).toMatchObject([
      { chunks: [{ state: "parked", code: "login_expired" }] },
    ]);
    return { contact, bot, ownerId };
  }

  const everRead = ({ userId }: StoryContact) =>
    hub.wechat.bubbles({ userId }).map(({ text }) => text);

  test("the answer waits, and goes out by itself after the next scan", async () => {
    const { contact, bot, ownerId } = await parkedByExpiry();
    hub.wechat.configure({ send: { recipientCheck: false, firstContact: false } });
    try {
      const again = await scan(hub, hub.wechat, bot._id, ownerId);
      expect(again).toMatchObject({ _id: bot._id, status: "approved" });
      await runsBecome(contact, "sent");
    } finally {
      hub.wechat.configure({ send: { recipientCheck: true, firstContact: true } });
    }
    expect(everRead(contact)).toEqual(["Worth waiting for."]);
    // The old login's token is no good for the new one.
    expect(attemptsTo(contact).at(-1)?.contextToken).toBeNull();
  }, 180_000);

  test("where WeChat wants the contact to write first, it goes out when he does", async () => {
    const { contact, bot, ownerId } = await parkedByExpiry();
    const again = await scan(hub, hub.wechat, bot._id, ownerId);
    await eventually("WeChat has refused it once", async () =>
      attemptsTo(contact).some(({ code }) => code === -3) ? true : null,
    );
    await runsBecome(contact, "parked");
    hub.wechat.userSends({ userId: contact.userId, botId: again.botId, text: "hello?" });
    await runsBecome(contact, "sent", "sent");
    expect(everRead(contact)).toEqual(["Worth waiting for.", "Hermes: hello?"]);
    expect(attemptsTo(contact).filter(({ code }) => code === -3)).toHaveLength(1);
  }, 180_000);
});

describe("when a Lambda dies", () => {
  beforeAll(() => start("one bot for all contacts"));
  afterAll(() => hub?.stop());

  test("between WeChat's yes and our note, the next one sends the same bubble again", async () => {
    const contact = await hub.contact();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "hang", commit: true },
    });
    contact.writes("only once");
    await contact.hasRead(1);
    expect(await hub.host.kill("agent")).toBeGreaterThan(0);
    const died = { "turn.expiresAt": new Date(0) };
    await hub.db.collection("conversations").updateMany({ userId: contact.userId }, { $set: died });
    await runsBecome(contact, "sent");
    expect(contact.reads()).toEqual(["Hermes: only once"]);
    expect(new Set(attemptsTo(contact).map(({ clientId }) => clientId)).size).toBe(1);
    expect(attemptsTo(contact).length).toBeGreaterThan(1);
  }, 180_000);
});

describe("24 h lapse between jobs: a day passes before the answer is there", () => {
  const aheadSeconds = String(25 * 3600);
  beforeAll(async () => {
    await start("one bot for all contacts", { HERMES_MAX_AGE_HOURS: "72" });
    // A poller takes WeChat's own time for a message's, as long as that is not ahead of its clock.
    await hub.host.setEnvironment("poll", { CLOCK_OFFSET_SECONDS: aheadSeconds });
  });
  afterAll(() => hub?.stop());

  test("nothing is tried; the answer goes out with the contact's next message, before the next one", async () => {
    await hub.db.collection("policies").updateMany({}, { $set: { maxAnswerAgeMinutes: 72 * 60 } });
    const contact = await hub.contact();
    await hub.hermes.off();
    contact.writes("When do you open?");
    expect(await contact.hasRead(1)).toEqual([awayNotice]);
    await runsBecome(contact, "retry_pending");

    hub.wechat.advanceClock(25 * hourMs);
    await hub.host.setEnvironment("agent", { CLOCK_OFFSET_SECONDS: aheadSeconds });
    await hub.hermes.on();
    await runsBecome(contact, "parked");
    expect(attemptsTo(contact)).toHaveLength(1);

    contact.writes("继续");
    await contact.hasRead(3);
    expect(contact.reads().slice(1)).toEqual(["Hermes: When do you open?", "Hermes: 继续"]);
    await runsBecome(contact, "sent", "sent");
    expect(attemptsTo(contact).every(({ verdict }) => verdict === "accepted")).toBe(true);
  }, 180_000);
});
