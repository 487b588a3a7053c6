import { describe, expect, it } from "vitest";
import type { ConfigPatch } from "./config-patch.ts";
import { logIn, textsOf, withSim } from "./sim-story.ts";

async function story(config: ConfigPatch = {}) {
  const sim = await withSim({ config });
  const bot = await logIn(sim);
  const received = async () => (await bot.client.getUpdates("")).msgs ?? [];
  return { sim, ...bot, received };
}

describe("what a person can send", () => {
  it("is voice with or without its text, image, file, video, or an item nobody knows", async () => {
    const { sim, userId, received } = await story({ inbound: { voiceEncodeType: 6 } });
    sim.userSends({ userId, voice: { text: "四川话" } });
    sim.userSends({ userId, voice: {} });
    sim.userSends({ userId, image: {} });
    sim.userSends({ userId, file: { name: "报价.pdf", bytes: 10 } });
    sim.userSends({ userId, video: {} });
    sim.userSends({ userId, unknownItemType: 77 });
    const items = (await received()).map(({ item_list: [item] }) => item);
    const media = {
      encrypt_query_param: expect.any(String),
      aes_key: expect.any(String),
      encrypt_type: 1,
    };
    expect(items).toMatchObject([
      { type: 3, voice_item: { text: "四川话", encode_type: 6, playtime: 2000, media } },
      { type: 3, voice_item: { media } },
      { type: 2, image_item: { media, aeskey: expect.stringMatching(/^[0-9a-f]{32}$/) } },
      { type: 4, file_item: { media, file_name: "报价.pdf", len: "10" } },
      { type: 5, video_item: { media, play_length: 5 } },
      { type: 77 },
    ]);
    expect(items[1]?.["voice_item"]).not.toHaveProperty("text");
  });

  it("is split at 2048 characters, and no emoji is cut", async () => {
    const { sim, userId, received } = await story();
    const text = "😀".repeat(2048) + "end";
    const { messageIds } = sim.userSends({ userId, text });
    const messages = await received();
    expect(textsOf({ msgs: messages })).toEqual(["😀".repeat(2048), "end"]);
    expect(messageIds).toHaveLength(2);
  });

  it("can belong to a group, or not come from a person at all", async () => {
    const { sim, userId, received } = await story();
    sim.userSends({ userId, text: "x", groupId: "room1", messageType: 2 });
    expect(await received()).toMatchObject([{ group_id: "room1", message_type: 2 }]);
  });

  it("is one thing at a time", async () => {
    const { sim, userId } = await story();
    expect(() => sim.userSends({ userId, text: "x", image: {} })).toThrow(/exactly one/);
    expect(() => sim.userSends({ userId })).toThrow(/exactly one/);
  });

  it("needs a bot: one that is live, or one that is named", async () => {
    const sim = await withSim();
    const { userId } = sim.createUser();
    expect(() => sim.userSends({ userId, text: "x" })).toThrow(/name one with botId/);
  });
});

describe("a quote", () => {
  it("names the bot's message by id alone, or carries it, a part of it, or no text", async () => {
    const { sim, client, userId, received } = await story();
    sim.userSends({ userId, text: "question" });
    await received();
    const { message_id } = await client.sendText(userId, "the answer");
    const messageId = String(message_id);
    for (const style of ["svr-id", "inline", "partial", "no-text"] as const) {
      sim.userSends({ userId, text: "this?", quote: { messageId, style } });
    }
    const { text } = await client.post("getupdates", { get_updates_buf: "" });
    expect(text.split(`"svr_id":${messageId}`)).toHaveLength(5);
    const [bare, inline, partial, empty] = text.split('"ref_msg":').slice(1);
    expect(bare).toMatch(/^\{"svr_id":\d+\}/);
    expect(inline).toContain('"text_item":{"text":"the answer"}');
    expect(partial).toContain('"partial_text":{"start":"t","end":"a","startindex":0,"endindex":5');
    expect(empty).not.toContain("the answer");
  });

  it("of a message that never was is refused", async () => {
    const { sim, userId } = await story();
    const quote = { messageId: "1" };
    expect(() => sim.userSends({ userId, text: "x", quote })).toThrow(/No message 1 to quote/);
  });
});

describe("copies of a message", () => {
  const modes = [
    {
      mode: "same-id",
      afterMs: 1_100,
      same: ["message_id", "context_token", "client_id"],
      other: [],
    },
    { mode: "new-id", afterMs: 3_200, same: ["context_token"], other: ["message_id", "client_id"] },
    {
      mode: "new-context-token",
      afterMs: 11_000,
      same: [],
      other: ["message_id", "context_token"],
    },
    { mode: "no-id", afterMs: 9_000, same: ["context_token"], other: ["message_id"] },
    { mode: "late-replay", afterMs: 3_000_000, same: ["message_id", "client_id"], other: [] },
  ] as const;

  it.each(modes)("of mode $mode keep text and time", async ({ mode, afterMs, same, other }) => {
    const { sim, userId, received } = await story({ inbound: { duplicates: [mode] } });
    sim.userSends({ userId, text: "hi" });
    const [original] = await received();
    sim.advanceClock(afterMs);
    const [copy] = await received();
    expect(textsOf({ msgs: copy ? [copy] : [] })).toEqual(["hi"]);
    expect(copy?.create_time_ms).toBe(original?.create_time_ms);
    expect(copy?.seq).not.toBe(original?.seq);
    for (const field of same) expect(copy?.[field]).toBe(original?.[field]);
    for (const field of other) expect(copy?.[field]).not.toBe(original?.[field]);
  });

  it("can be asked for with one message, and give the bot no new quota", async () => {
    const { sim, client, userId, received } = await story();
    sim.userSends({ userId, text: "hi", duplicates: ["same-id"] });
    await client.sendText(userId, "answer");
    sim.advanceClock(1_100);
    expect(await received()).toHaveLength(2);
    expect(sim.state().bots[0]?.contacts[0]?.quotaLeft).toBe(9);
  });
});

describe("fields left out", () => {
  it.each([
    { messageId: "missing", seen: undefined },
    { messageId: "empty", seen: "" },
    { messageId: "zero", seen: 0 },
  ] as const)("message_id can be $messageId", async ({ messageId, seen }) => {
    const { sim, userId, received } = await story({ inbound: { messageId } });
    sim.userSends({ userId, text: "x" });
    const [message] = await received();
    expect(message?.message_id).toBe(seen);
  });

  it("seq, times, client_id, session and context token can be missing", async () => {
    const omitFields = [
      "seq",
      "create_time_ms",
      "update_time_ms",
      "client_id",
      "session_id",
      "context_token",
    ] as const;
    const { sim, userId, received } = await story({ inbound: { omitFields: [...omitFields] } });
    sim.userSends({ userId, text: "x" });
    const [message] = await received();
    for (const field of omitFields) expect(message).not.toHaveProperty(field);
  });
});
