import { describe, expect, it } from "vitest";
import type { ConfigPatch } from "./config-patch.ts";
import { logIn, withSim } from "./sim-story.ts";

async function conversation(config: ConfigPatch = {}) {
  const sim = await withSim({ config });
  const bot = await logIn(sim);
  const typing = () => sim.typing({ botId: bot.botId, userId: bot.userId }).on;
  return { sim, ...bot, typing };
}

describe("getconfig", () => {
  it("needs a user id, and one who has written", async () => {
    const { sim, client, userId } = await conversation();
    expect(await client.getConfig()).toEqual({ ret: -2, errmsg: "ilink_user_id required" });
    expect(await client.getConfig(userId)).toEqual({
      ret: -4,
      errmsg: "GetTypingTicket rpc failed",
    });
    sim.userSends({ userId, text: "hi" });
    expect(await client.getConfig(userId)).toEqual({ ret: 0, typing_ticket: expect.any(String) });
  });
});

describe("sendtyping", () => {
  it("shows typing until it is ended, however long that takes", async () => {
    const { sim, client, userId, typing } = await conversation();
    sim.userSends({ userId, text: "hi" });
    const { typing_ticket: ticket = "" } = await client.getConfig(userId);
    expect(await client.sendTyping(userId, ticket, 1)).toEqual({ ret: 0 });
    sim.advanceClock(300_000);
    expect(typing()).toBe(true);
    await client.sendTyping(userId, ticket, 2);
    expect(typing()).toBe(false);
  });

  it("ends by itself when told, each call beginning anew", async () => {
    const { sim, client, userId, typing } = await conversation({ typing: { autoOffMs: 10_000 } });
    sim.userSends({ userId, text: "hi" });
    const { typing_ticket: ticket = "" } = await client.getConfig(userId);
    await client.sendTyping(userId, ticket, 1);
    sim.advanceClock(6_000);
    await client.sendTyping(userId, ticket, 1);
    sim.advanceClock(6_000);
    expect(typing()).toBe(true);
    sim.advanceClock(4_000);
    expect(typing()).toBe(false);
  });

  it("refuses a ticket that is unknown, another user's, or too old, with the code told", async () => {
    const { sim, client, userId, botId, typing } = await conversation({
      typing: { ticketLifetimeMs: 60_000, badTicket: { ret: -7 } },
    });
    const friend = sim.createUser().userId;
    sim.userSends({ userId, text: "hi" });
    sim.userSends({ userId: friend, botId, text: "hi" });
    const { typing_ticket: ticket = "" } = await client.getConfig(userId);
    expect(await client.sendTyping(userId, "made up", 1)).toMatchObject({ ret: -7 });
    expect(await client.sendTyping(friend, ticket, 1)).toMatchObject({ ret: -7 });
    sim.advanceClock(60_000);
    expect(await client.sendTyping(userId, ticket, 1)).toMatchObject({ ret: -7 });
    expect(typing()).toBe(false);
  });
});

describe("notifystart and notifystop", () => {
  it("say who is there, and matter to sends only when told", async () => {
    const { sim, client, userId } = await conversation();
    sim.userSends({ userId, text: "hi" });
    expect(await client.sendText(userId, "before")).toMatchObject({ ret: 0 });
    sim.configure({ send: { notifyStartRequired: true } });
    expect(await client.sendText(userId, "refused")).toMatchObject({ ret: -2 });
    expect(await client.notify("start")).toEqual({ ret: 0 });
    expect(sim.state().bots[0]?.online).toBe(true);
    expect(await client.sendText(userId, "after")).toMatchObject({ ret: 0 });
    await client.notify("stop");
    expect(sim.state().bots[0]?.online).toBe(false);
  });
});
