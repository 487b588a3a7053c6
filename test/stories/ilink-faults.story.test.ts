import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import {
  contactOf,
  runsBecome,
  scan,
  startStoryHub,
  type StoryContact,
  type StoryHub,
} from "./story-hub.ts";

/** Every line of reference/ilink.md 3.8 that needs no media, by its name there. */
const cursorProfiles = ["one-way", "replay"] as const;
const answer = "Hermes: still there?";

describe.each(cursorProfiles)("faults of the field, cursor %s", (cursor) => {
  let hub: StoryHub;
  beforeAll(async () => {
    hub = await startStoryHub("one bot per contact");
    hub.wechat.configure({ polling: { cursor }, send: { burstLimit: null } });
  });
  afterAll(() => hub?.stop());

  /** A contact of a bot that polls, after one answered text. */
  async function talking(): Promise<StoryContact> {
    const contact = await hub.contact();
    contact.writes("hello");
    await contact.hasRead(1);
    await runsBecome(contact, "sent");
    return contact;
  }

  /** What the phone shows for one more text. */
  async function nextAnswer(contact: StoryContact, text = "still there?"): Promise<string[]> {
    const count = contact.reads().length;
    contact.writes(text);
    await contact.hasRead(count + 1);
    return contact.reads().slice(count);
  }

  async function expired(accountId: string) {
    return eventually("the login has expired", async () => {
      const account = await hub.client.account(accountId);
      return account.status === "login_expired" ? account : null;
    });
  }

  function scheduled(accountId: string): boolean {
    return hub.scheduler.schedules().some(({ name }) => name.includes(accountId));
  }

  test("-14 mid-poll: the login ends, the schedule goes, nothing is tried again", async () => {
    const contact = await talking();
    hub.wechat.expireLogin({ botId: contact.botId });
    await expired(contact.accountId);
    await eventually("its schedule is gone", async () =>
      scheduled(contact.accountId) ? null : true,
    );
    const polls = hub.wechat.pollStats({ botId: contact.botId }).count;
    const calls = hub.meter.snapshot().scheduler.invocations;
    await eventually("more scheduled minutes pass", async () =>
      hub.meter.snapshot().scheduler.invocations > calls + 2 ? true : null,
    );
    expect(hub.wechat.pollStats({ botId: contact.botId }).count).toBe(polls);
  });

  test("-14 on send only: the login ends and the answer waits", async () => {
    const contact = await talking();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      botId: contact.botId,
      behaviour: { kind: "session-timeout" },
    });
    contact.writes("what do you say?");
    await expired(contact.accountId);
    await runsBecome(contact, "sent", "parked");
    expect(contact.reads()).toEqual(["Hermes: hello"]);
  });

  test("new scan elsewhere: the older bot's login ends here", async () => {
    const contact = await talking();
    const stored = await hub.client.account(contact.accountId);
    hub.wechat.scanElsewhere({ userId: String(stored["ilinkUserId"]) });
    hub.wechat.advanceClock(40_000);
    const account = await expired(contact.accountId);
    expect(account.status).toBe("login_expired");
  });

  test("524 loop: empty polls, and what comes in between is answered", async () => {
    const contact = await talking();
    hub.wechat.armFault({
      endpoint: "getupdates",
      botId: contact.botId,
      times: 6,
      behaviour: { kind: "http", status: 524, afterMs: 50 },
    });
    expect(await nextAnswer(contact)).toEqual([answer]);
    expect((await hub.client.account(contact.accountId)).status).toBe("approved");
  });

  test.each(["", "rate limited", "prepare failed", "unknown error"])(
    "-2 with errmsg %j while credits are left: waited out, one bubble",
    async (errmsg) => {
      const contact = await talking();
      hub.wechat.armFault({
        endpoint: "sendmessage",
        userId: contact.userId,
        behaviour: { kind: "refuse", ret: -2, errmsg },
      });
      expect(await nextAnswer(contact)).toEqual([answer]);
      await runsBecome(contact, "sent", "sent");
    },
  );

  test("silent drop: told as unconfirmed, never repeated", async () => {
    const contact = await talking();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "silent-drop" },
    });
    contact.writes("lost on the way");
    await runsBecome(contact, "sent", "sent");
    expect(contact.reads()).toEqual(["Hermes: hello"]);
    const attempts = hub.wechat.attempts({ botId: contact.botId });
    expect(attempts).toHaveLength(2);
    const messages = await hub.client.messages(contact.accountId);
    expect(JSON.stringify(messages[0])).toContain("unconfirmed");
  });

  test.each(["same-id", "new-id", "new-context-token", "no-id"] as const)(
    "duplicate variant %s: stored and answered once",
    async (kind) => {
      const contact = await talking();
      hub.wechat.userSends({
        userId: contact.userId,
        botId: contact.botId,
        text: "just once",
        duplicates: [kind],
      });
      await contact.hasRead(2);
      hub.wechat.advanceClock(12_000);
      await nextAnswer(contact, "and then?");
      expect(contact.reads()).toEqual(["Hermes: hello", "Hermes: just once", "Hermes: and then?"]);
    },
  );

  test("commit-then-disconnect: the repeat is the same bubble", async () => {
    const contact = await talking();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "commit-then-disconnect" },
    });
    expect(await nextAnswer(contact)).toEqual([answer]);
    await runsBecome(contact, "sent", "sent");
    expect(contact.reads()).toHaveLength(2);
  });

  test("crash between poll and persist: polling goes on, nothing is answered twice", async () => {
    const contact = await talking();
    contact.writes("in the air");
    await hub.host.kill("poll");
    await eventually(
      "the bot is polled again",
      async () => {
        contact.writes("after the crash");
        return contact.reads().some((text) => text.includes("after the crash")) ? true : null;
      },
      60_000,
    );
    const answers = contact.reads().join("\n");
    expect(answers.split("in the air").length - 1).toBeLessThanOrEqual(1);
    // What a one-way cursor forgot with a poller's death no client can bring back; a replay must.
    expect(cursor === "one-way" || answers.includes("in the air")).toBe(true);
    expect(hub.wechat.overlaps()[contact.botId] ?? 0).toBe(0);
  }, 180_000);

  test("ids above 2^53 and mixed case are kept to the letter", async () => {
    const contact = await talking();
    expect(contact.userId).toMatch(/[A-Z].*[a-z]|[a-z].*[A-Z]/);
    const { messageId } = hub.wechat.userSends({
      userId: contact.userId,
      botId: contact.botId,
      text: "remember my number",
    });
    await contact.hasRead(2);
    expect(BigInt(messageId)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    const stored = await hub.db.collection("messages").findOne({ text: "remember my number" });
    expect(stored).toMatchObject({ userId: contact.userId, raw: { message_id: messageId } });
  });

  test("quota end mid-answer: the rest waits and follows the contact's next message", async () => {
    const contact = await talking();
    hub.hermes.scriptNext(
      {
        kind: "ok",
        text: Array.from({ length: 12 }, (_, n) => `part-${n} `.repeat(180)).join("\n\n"),
      },
      { textIncludes: "everything" },
    );
    contact.writes("tell me everything");
    await runsBecome(contact, "sent", "parked");
    const before = contact.reads().length;
    expect(before).toBeLessThanOrEqual(11);
    contact.writes("continue");
    await runsBecome(contact, "sent", "sent");
    expect(contact.reads().join(" ").includes("part-11")).toBe(true);
  }, 180_000);

  test("empty sendmessage body: taken for a yes without proof", async () => {
    const contact = await talking();
    hub.wechat.armFault({
      endpoint: "sendmessage",
      userId: contact.userId,
      behaviour: { kind: "empty-body" },
    });
    contact.writes("say yes");
    const runs = await runsBecome(contact, "sent", "sent");
    expect(runs[1]?.error).toBeNull();
  });

  test("svr_id-only quote: the text beside it is answered", async () => {
    const contact = await talking();
    const [bubble] = hub.wechat.bubbles({ userId: contact.userId, botId: contact.botId });
    hub.wechat.userSends({
      userId: contact.userId,
      botId: contact.botId,
      text: "what did you mean?",
      quote: { messageId: bubble?.messageId ?? "", style: "svr-id" },
    });
    expect((await contact.hasRead(2)).at(-1)).toBe("Hermes: what did you mean?");
  });

  test("missing context_token: answered without one", async () => {
    const contact = await talking();
    hub.wechat.configure({ inbound: { omitFields: ["context_token"] } });
    expect(await nextAnswer(contact)).toEqual([answer]);
    hub.wechat.configure({ inbound: { omitFields: [] } });
  });

  test("shutdown during a held poll: the hand-over loses nothing and overlaps nothing", async () => {
    const contact = await talking();
    const pollers = hub.meter.snapshot().functions["poll"]?.invocations ?? 0;
    await eventually(
      "a poller has ended and another polls",
      async () => {
        const now = hub.meter.snapshot().functions["poll"]?.invocations ?? 0;
        const polls = hub.wechat.openPolls()[contact.botId] ?? 0;
        return now > pollers + 12 && polls > 0 ? true : null;
      },
      60_000,
    );
    expect(await nextAnswer(contact)).toEqual([answer]);
  }, 180_000);

  test("old worker writing after re-login: the new login is polled from its own beginning", async () => {
    const { userId } = hub.wechat.createUser({ name: "owner" });
    const created = await hub.client.createBot({ name: "rescanned" });
    const first = await scan(hub, hub.wechat, created._id, userId);
    await hub.client.change(first._id, "approve");
    await hub.client.change(first._id, "start-polling");
    await eventually("it is polled", async () =>
      (hub.wechat.openPolls()[first.botId] ?? 0) > 0 ? true : null,
    );
    // The older login is dead, but its held poll does not know yet.
    hub.wechat.scanElsewhere({ userId });
    const again = await scan(hub, hub.wechat, first._id, userId);
    expect(again.generation).toBe(2);
    const contact = contactOf(hub, hub.wechat, again);
    contact.writes("to the new one");
    expect(await contact.hasRead(1)).toEqual(["Hermes: to the new one"]);
    expect((await hub.client.account(first._id)).status).toBe("approved");
  });

  test("two pollers: in all of this no two polls were open on one token", () => {
    expect(Object.values(hub.wechat.overlaps()).every((count) => count === 0)).toBe(true);
  });
});
