import { describe, expect, it } from "vitest";
import type { WechatSimOptions } from "./server.ts";
import { logIn, withSim } from "./sim-story.ts";

type SendConfig = NonNullable<NonNullable<WechatSimOptions["config"]>["send"]>;

async function conversation(send: SendConfig) {
  const sim = await withSim({ config: { send } });
  const bot = await logIn(sim);
  const hear = async () => {
    sim.userSends({ userId: bot.userId, text: "hello" });
    const { msgs } = await bot.client.getUpdates("");
    return msgs?.[0]?.context_token ?? "";
  };
  const say = (context_token?: string) => bot.client.sendText(bot.userId, "x", { context_token });
  return { sim, ...bot, hear, say };
}

describe("the context_token policy", () => {
  it("is to ignore it", async () => {
    const { hear, say } = await conversation({});
    await hear();
    expect(await say()).toMatchObject({ ret: 0 });
    expect(await say("made up")).toMatchObject({ ret: 0 });
  });

  it("known: any token of this user that is not older than the window", async () => {
    const { sim, hear, say } = await conversation({ contextToken: "known" });
    const older = await hear();
    await hear();
    expect(await say(older)).toMatchObject({ ret: 0 });
    expect(await say()).toEqual({ ret: -2, errmsg: "prepare failed" });
    expect(await say("made up")).toMatchObject({ ret: -2 });
    sim.advanceClock(23 * 3_600_000);
    await hear();
    sim.advanceClock(2 * 3_600_000);
    expect(await say(older)).toMatchObject({ ret: -2 });
  });

  it("newest: only the last one", async () => {
    const { hear, say } = await conversation({ contextToken: "newest" });
    const older = await hear();
    const newest = await hear();
    expect(await say(older)).toMatchObject({ ret: -2 });
    expect(await say(newest)).toMatchObject({ ret: 0 });
    expect(await say(newest)).toMatchObject({ ret: 0 });
  });

  it("one-time: each token once", async () => {
    const { hear, say } = await conversation({ contextToken: "one-time" });
    const token = await hear();
    expect(await say(token)).toMatchObject({ ret: 0 });
    expect(await say(token)).toMatchObject({ ret: -2 });
  });

  it("echo-doubles: echoing shows the bubble twice, and is counted once", async () => {
    const { sim, hear, say } = await conversation({ contextToken: "echo-doubles" });
    const token = await hear();
    await say(token);
    expect(sim.bubbles().map((bubble) => bubble.duplicateOfClientId !== undefined)).toEqual([
      false,
      true,
    ]);
    await say();
    expect(sim.bubbles()).toHaveLength(3);
    expect(sim.state().bots[0]?.contacts[0]?.sentSinceInbound).toBe(2);
  });
});

describe("how a rule says no", () => {
  it.each([
    { refusal: { style: "drop" }, answer: { ret: 0 }, verdict: "dropped", shown: 0 },
    {
      refusal: { style: "drop", answer: "empty-object" },
      answer: {},
      verdict: "dropped",
      shown: 0,
    },
    {
      refusal: { style: "refuse", ret: -2, errmsg: "unknown error" },
      answer: { ret: -2, errmsg: "unknown error" },
      verdict: "refused",
      shown: 0,
    },
    {
      refusal: { style: "late", deliverAfterMs: 60_000 },
      answer: { ret: 0, message_id: expect.any(String) },
      verdict: "accepted",
      shown: 1,
    },
  ] as const)("can be $refusal.style with $answer", async ({ refusal, answer, verdict, shown }) => {
    const { sim, hear, say } = await conversation({ quota: 0, quotaRefusal: refusal });
    await hear();
    expect(await say()).toEqual(answer);
    expect(sim.attempts()).toMatchObject([{ verdict, rule: "quota" }]);
    sim.advanceClock(60_000);
    expect(sim.bubbles()).toHaveLength(shown);
  });

  it("can be taking the message and cutting the connection", async () => {
    const { sim, hear, say } = await conversation({
      quota: 0,
      quotaRefusal: { style: "commit-then-disconnect" },
    });
    await hear();
    await expect(say()).rejects.toThrow(/fetch failed/);
    expect(sim.bubbles()).toHaveLength(1);
  });
});

describe("each check", () => {
  it("can be switched off", async () => {
    const { sim, client, userId } = await conversation({
      shapeCheck: false,
      recipientCheck: false,
      maxTextBytes: null,
      firstContact: false,
      windowMs: null,
      quota: null,
      burstLimit: null,
      repeatedClientId: "shown",
    });
    const stranger = sim.createUser().userId;
    expect(await client.sendText(stranger, "x".repeat(20_000))).toMatchObject({ ret: 0 });
    expect(await client.sendText(userId, "", { item_list: [] })).toMatchObject({ ret: 0 });
    for (let sent = 0; sent < 15; sent += 1) {
      expect(await client.sendText(userId, "x", { client_id: "c" })).toMatchObject({ ret: 0 });
    }
    expect(sim.bubbles({ userId }).at(-1)).toMatchObject({ duplicateOfClientId: "c" });
    expect(sim.bubbles()).toHaveLength(17);
  });

  it("counts refused attempts against the burst only while told to", async () => {
    const { hear, say } = await conversation({
      quota: 0,
      burstLimit: 2,
      burstCountsRefused: false,
    });
    await hear();
    for (let tried = 0; tried < 4; tried += 1)
      expect(await say()).toMatchObject({ errmsg: "prepare failed" });
  });
});

describe("what is shown", () => {
  it("can be cut in silence", async () => {
    const { sim, client, userId, hear } = await conversation({ truncateAtChars: 3 });
    await hear();
    await client.sendText(userId, "一二三四");
    expect(sim.bubbles()).toMatchObject([{ text: "一二三" }]);
  });

  it.each([
    { successAnswer: "ret-only", text: '{"ret":0}' },
    { successAnswer: "empty-object", text: "{}" },
    { successAnswer: "empty-body", text: "" },
  ] as const)("can be answered $successAnswer", async ({ successAnswer, text }) => {
    const { sim, client, userId, hear } = await conversation({ successAnswer });
    await hear();
    const msg = { to_user_id: userId, item_list: [{ type: 1, text_item: { text: "x" } }] };
    expect((await client.post("sendmessage", { msg })).text).toBe(text);
    expect(sim.bubbles()).toHaveLength(1);
  });

  it("tells a file by its name; tool progress uses quota only when told", async () => {
    const { sim, client, userId, hear } = await conversation({});
    await hear();
    const send = (item: object) => client.sendText(userId, "", { item_list: [item] });
    await send({ type: 4, file_item: { media: {}, file_name: "a.pdf" } });
    await send({ type: 11, tool_call_start_item: { tool_name: "search" } });
    expect(sim.bubbles().map(({ text }) => text)).toEqual(["[file] a.pdf", "[tool]"]);
    expect(sim.state().bots[0]?.contacts[0]?.sentSinceInbound).toBe(1);
    sim.configure({ send: { toolItemsUseQuota: true } });
    await send({ type: 12 });
    expect(sim.state().bots[0]?.contacts[0]?.sentSinceInbound).toBe(2);
  });
});
