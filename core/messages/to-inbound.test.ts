import { describe, expect, test } from "vitest";
import { conversationIdOf } from "#core/shared/ids.ts";
import { readUpdates } from "#core/wechat/updates.ts";
import { policyNamed } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { InboundMessage } from "./message.ts";
import { toInbound, type InboundContext } from "./to-inbound.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const now = deps.clock.now();
const text = { type: 1, text_item: { text: "Hello" } };
const userId = "oContact@im.wechat";

const base: InboundContext = {
  accountId: "acc_1",
  generation: 3,
  mayAnswer: true,
  policy: policyNamed("auto"),
  settings: deps.settings.answering,
  now,
  ageNow: now,
  newId: deps.newId,
  pushAfter: () => now,
};

function inbound(wire: object, context: Partial<InboundContext> = {}): InboundMessage {
  const whole = { from_user_id: userId, message_type: 1, item_list: [text], ...wire };
  const [message] = readUpdates({ msgs: [whole] }).messages;
  if (!message) throw new Error("WeChat's message cannot be read.");
  return toInbound(message, { ...base, ...context });
}

describe("a contact's text", () => {
  test("waits for an answer", () => {
    const message = inbound({ context_token: "t1", session_id: "s1", message_id: "7" });
    expect(message).toMatchObject({
      accountId: "acc_1",
      userId,
      conversationId: conversationIdOf("acc_1", userId),
      text: "Hello",
      waiting: true,
      pushAfter: now,
      unansweredReason: null,
      generation: 3,
      contextToken: "t1",
      sessionId: "s1",
    });
    expect(InboundMessage.parse(message)).toEqual(message);
  });

  test("keeps what WeChat sent, and apart from it what is no text", () => {
    const image = { type: 2, image_item: { mid_size: 5 } };
    const message = inbound({ item_list: [text, image], run_id: "r", oddField: [1] });
    expect(message.text).toBe("Hello");
    expect(message.media).toEqual([image]);
    expect(message.raw).toMatchObject({ run_id: "r", oddField: [1] });
  });

  test("takes the time when the contact wrote, but never one that lies ahead of us", () => {
    const before = now.getTime() - 60_000;
    expect(inbound({ create_time_ms: before }).sentAt).toEqual(new Date(before));
    expect(inbound({ create_time_ms: now.getTime() + 60_000 }).sentAt).toEqual(now);
    expect(inbound({ create_time_ms: 0 }).sentAt).toEqual(now);
    expect(inbound({}).sentAt).toEqual(now);
  });
});

describe("why a message is not answered", () => {
  test.each([
    ["not_user", { message_type: 2 }, {}],
    ["group", { group_id: "room-1" }, {}],
    ["no_text", { item_list: [] }, {}],
    ["no_text", { item_list: [{ type: 1, text_item: { text: "  \n" } }] }, {}],
    ["voice", { item_list: [{ type: 3, voice_item: { text: "hi" } }] }, {}],
    ["image", { item_list: [{ type: 2, image_item: {} }] }, {}],
    ["file", { item_list: [{ type: 4, file_item: {} }] }, {}],
    ["video", { item_list: [{ type: 5, video_item: {} }] }, {}],
    ["unknown_item", { item_list: [{ type: 99 }] }, {}],
    ["no_sender", { from_user_id: "" }, {}],
    ["account_not_approved", {}, { mayAnswer: false }],
    ["policy_off", {}, { policy: policyNamed("off") }],
    ["hermes_disabled", {}, { settings: { ...base.settings, HERMES_AGENT_ENABLED: false } }],
  ] as const)("%s: %j", (reason, wire, context) => {
    const message = inbound(wire, context);
    expect(message.unansweredReason).toBe(reason);
    expect(message).not.toHaveProperty("waiting");
    expect(message.pushAfter).toBeNull();
    expect(InboundMessage.parse(message)).toEqual(message);
  });

  test("a voice message's transcript is answered where the policy says so", () => {
    const voice = { item_list: [{ type: 3, voice_item: { text: "When do you open?" } }] };
    const policy = { ...policyNamed("auto"), answerVoice: true };
    expect(inbound(voice, { policy })).toMatchObject({ text: "When do you open?", waiting: true });
  });

  test("while Hermes is off, the development reply still answers", () => {
    const settings = {
      ...base.settings,
      HERMES_AGENT_ENABLED: false,
      WECHAT_AUTO_REPLY_ENABLED: true,
    };
    expect(inbound({}, { settings }).unansweredReason).toBeNull();
  });
});
