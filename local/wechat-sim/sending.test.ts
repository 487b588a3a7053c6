import { describe, expect, it } from "vitest";
import { textMessage } from "./ilink-test-client.ts";
import type { WechatSimOptions } from "./server.ts";
import { logIn, withSim } from "./sim-story.ts";

/** A bot whose owner has written once. */
async function conversation(send: NonNullable<WechatSimOptions["config"]>["send"] = {}) {
  const sim = await withSim({ config: { send } });
  const bot = await logIn(sim);
  sim.userSends({ userId: bot.userId, text: "hello" });
  const texts = () => sim.bubbles({ userId: bot.userId }).map(({ text }) => text);
  const rules = () => sim.attempts({ botId: bot.botId }).map(({ rule }) => rule);
  return { sim, ...bot, texts, rules };
}

describe("sendmessage", () => {
  it("shows the text on the phone and answers with a string message id", async () => {
    const { sim, client, userId, botId } = await conversation();
    const answer = await client.sendText(userId, "你好 <b>", {
      client_id: "c1",
      context_token: "t",
    });
    expect(answer).toEqual({ ret: 0, message_id: expect.stringMatching(/^\d{17,20}$/) });
    expect(sim.bubbles()).toMatchObject([
      {
        botId,
        userId,
        text: "你好 <b>",
        clientId: "c1",
        contextToken: "t",
        messageId: answer.message_id,
      },
    ]);
    expect(sim.attempts()).toMatchObject([{ verdict: "accepted", code: 0, rule: null }]);
  });

  it("does not echo the bot's messages in getupdates", async () => {
    const { sim, client, userId } = await conversation();
    sim.configure({ polling: { holdMs: 5 } });
    await client.getUpdates("");
    await client.sendText(userId, "answer");
    expect(await client.getUpdates("")).toMatchObject({ msgs: [] });
  });

  it("accepts a client_id seen before and shows it once", async () => {
    const { client, userId, texts } = await conversation();
    const first = await client.sendText(userId, "one", { client_id: "same" });
    expect(await client.sendText(userId, "two", { client_id: "same" })).toEqual(first);
    expect(texts()).toEqual(["one"]);
  });

  it("refuses an empty list with -2 and any other wrong shape with -3", async () => {
    const { client, userId, texts } = await conversation();
    const send = async (msg: unknown) =>
      JSON.parse((await client.post("sendmessage", { msg })).text);
    const good = textMessage(userId, "x");
    const [item] = good.item_list;
    expect(await send({ ...good, item_list: [] })).toMatchObject({ ret: -2 });
    const wrong = [
      undefined,
      { ...good, to_user_id: "" },
      { ...good, item_list: [item, item] },
      { ...good, item_list: [{ type: 1, text_item: { text: "" } }] },
      { ...good, item_list: [{ type: 99 }] },
    ];
    for (const msg of wrong)
      expect(await send(msg)).toEqual({ ret: -3, errmsg: "invalid arguments" });
    expect(texts()).toEqual([]);
  });

  it("refuses a user id in other case, and a user who never wrote to this bot", async () => {
    const { sim, client, userId, rules } = await conversation();
    const stranger = sim.createUser().userId;
    expect(await client.sendText(userId.toLowerCase(), "x")).toMatchObject({ ret: -3 });
    expect(await client.sendText(stranger, "x")).toMatchObject({ ret: -3 });
    expect(rules()).toEqual(["recipient", "recipient"]);
  });

  it("refuses a text above 16384 bytes", async () => {
    const { client, userId, rules } = await conversation();
    expect(await client.sendText(userId, "中".repeat(5461))).toMatchObject({ ret: 0 });
    expect(await client.sendText(userId, "中".repeat(5462))).toMatchObject({ ret: -2 });
    expect(rules()).toEqual([null, "size"]);
  });

  it("refuses the owner who has not written yet", async () => {
    const sim = await withSim();
    const { client, userId } = await logIn(sim);
    expect(await client.sendText(userId, "x")).toEqual({ ret: -2, errmsg: "prepare failed" });
  });

  it("shuts the window 24 h after the user's last message, and a new one opens it", async () => {
    const { sim, client, userId, rules } = await conversation();
    sim.advanceClock(24 * 3_600_000 - 60_000);
    expect(await client.sendText(userId, "in time")).toMatchObject({ ret: 0 });
    sim.advanceClock(60_000);
    expect(await client.sendText(userId, "late")).toEqual({ ret: -2, errmsg: "prepare failed" });
    sim.userSends({ userId, text: "again" });
    expect(await client.sendText(userId, "open")).toMatchObject({ ret: 0 });
    expect(rules()).toEqual([null, "window", null]);
  });

  it("takes 10 messages per user message", async () => {
    const { sim, client, userId, rules } = await conversation();
    for (let sent = 0; sent < 10; sent += 1) await client.sendText(userId, `${sent}`);
    expect(sim.state().bots[0]?.contacts[0]?.quotaLeft).toBe(0);
    expect(await client.sendText(userId, "11")).toEqual({ ret: -2, errmsg: "prepare failed" });
    sim.userSends({ userId, text: "more" });
    expect(await client.sendText(userId, "12")).toMatchObject({ ret: 0 });
    expect(rules().filter(Boolean)).toEqual(["quota"]);
  });

  it("throttles 12 attempts in 5 minutes, and refused ones prolong it", async () => {
    const { sim, client, userId } = await conversation({ quota: null });
    const send = () => client.sendText(userId, "x");
    for (let sent = 0; sent < 12; sent += 1) expect(await send()).toMatchObject({ ret: 0 });
    expect(await send()).toEqual({ ret: -2, errmsg: "rate limited" });
    sim.advanceClock(240_000);
    for (let tried = 0; tried < 12; tried += 1) await send();
    sim.advanceClock(120_000);
    expect(await send()).toMatchObject({ ret: -2 });
    sim.advanceClock(300_001);
    expect(await send()).toMatchObject({ ret: 0 });
  });
});
