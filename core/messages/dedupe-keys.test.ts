import { describe, expect, test } from "vitest";
import { readUpdates } from "#core/wechat/updates.ts";
import type { WechatMessage } from "#core/wechat/wechat.wire.ts";
import { policyNamed } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { messageStore } from "./message.store.ts";
import { toInbound } from "./to-inbound.ts";

const { db } = withDatabase();
let accounts = 0;

const sentAtMs = Date.parse("2026-03-02T07:59:58.123Z");
const item = {
  type: 1,
  msg_id: "7300000000000000001",
  create_time_ms: sentAtMs,
  update_time_ms: sentAtMs,
  is_completed: true,
  text_item: { text: "Are you open?" },
};

/** One text as WeChat brings it, with everything there. */
const original = {
  seq: 11,
  message_id: "7300000000000000001",
  client_id: "client-a",
  from_user_id: "oContact@im.wechat",
  to_user_id: "bot@im.bot",
  create_time_ms: sentAtMs,
  update_time_ms: sentAtMs,
  session_id: "session-1",
  message_type: 1,
  message_state: 2,
  item_list: [item],
  context_token: "token-1",
};

function read(wire: object): WechatMessage {
  const [message] = readUpdates({ msgs: [wire] }).messages;
  if (!message) throw new Error("WeChat's message cannot be read.");
  return message;
}

/** How many of these are stored, each brought by a poll of its own. */
async function storedOf(wires: readonly object[], generations: readonly number[] = []) {
  const deps = testDeps(db());
  const accountId = `acc_dedupe${(accounts += 1)}`;
  let stored = 0;
  for (const [index, wire] of wires.entries()) {
    await deps.clock.advance(1000);
    const message = toInbound(read(wire), {
      accountId,
      generation: generations[index] ?? 1,
      mayAnswer: true,
      policy: policyNamed("auto"),
      settings: deps.settings.answering,
      now: deps.clock.now(),
      ageNow: deps.clock.ageNow(),
      newId: deps.newId,
      pushAfter: () => deps.clock.now(),
    });
    stored += (await messageStore(db()).insertUnseen([message])).length;
  }
  return stored;
}

function without(wire: object, ...fields: string[]): object {
  return Object.fromEntries(Object.entries(wire).filter(([key]) => !fields.includes(key)));
}

const renewed = { message_id: "7300000000000000002", client_id: "client-b", seq: 12 };

describe("WeChat's own copies of a message are seen as the same", () => {
  test.each([
    ["brought again as it was", original],
    ["with another message id", { ...original, ...renewed }],
    [
      "with another message id, also on its item",
      { ...original, ...renewed, item_list: [{ ...item, msg_id: "7300000000000000002" }] },
    ],
    [
      "with another message id and a later update time",
      {
        ...original,
        ...renewed,
        update_time_ms: sentAtMs + 3000,
        item_list: [{ ...item, update_time_ms: sentAtMs + 3000 }],
      },
    ],
    ["with another context token", { ...original, ...renewed, context_token: "token-2" }],
    ["with an empty message id", { ...original, ...renewed, message_id: "" }],
    ["with message id 0", { ...original, ...renewed, message_id: 0 }],
    ["without a message id", without({ ...original, ...renewed }, "message_id")],
    [
      "with a quote that the first had not",
      { ...original, ...renewed, item_list: [{ ...item, ref_msg: { svr_id: "1" } }] },
    ],
    ["without its time, but with its message id", without(original, "create_time_ms")],
  ])("%s", async (_how, copy) => {
    expect(await storedOf([original, copy])).toBe(1);
  });

  test("also when the first came without a message id and the copy has one", async () => {
    expect(
      await storedOf([
        { ...original, message_id: "" },
        { ...original, ...renewed },
      ]),
    ).toBe(1);
  });

  const bare = {
    ...original,
    message_id: "",
    create_time_ms: 0,
    item_list: [without(item, "msg_id")],
  };
  test.each([
    ["client id", without(bare, "seq"), { context_token: "token-2" }],
    ["seq", without(bare, "client_id"), { context_token: "token-2" }],
    [
      "item's id",
      { ...without(bare, "client_id", "seq"), item_list: [item] },
      { context_token: "token-2" },
    ],
    ["all it is, when nothing else is there", without(bare, "client_id", "seq"), {}],
  ])("by its %s, when neither message id nor time is given", async (_key, wire, changed) => {
    expect(await storedOf([wire, { ...wire, ...changed }])).toBe(1);
  });
});

describe("a message of its own stays one", () => {
  const later = { create_time_ms: sentAtMs + 1500 };
  test.each([
    ["the contact says the same again a moment later", { ...original, ...renewed, ...later }],
    [
      "the contact says something else in the same millisecond",
      { ...original, ...renewed, item_list: [{ ...item, text_item: { text: "Hello?" } }] },
    ],
    [
      "another contact says the same in the same millisecond",
      { ...original, ...renewed, from_user_id: "oOther@im.wechat" },
    ],
    [
      "another contact's id differs in case only",
      { ...original, ...renewed, from_user_id: "ocontact@im.wechat" },
    ],
    [
      "the contact repeats itself and WeChat gives no message ids",
      without({ ...original, ...renewed, ...later }, "message_id"),
    ],
  ])("%s", async (_what, other) => {
    expect(await storedOf([original, other])).toBe(2);
  });

  test("a new login may count its message ids anew", async () => {
    const reused = { ...original, ...later };
    expect(await storedOf([original, reused], [1, 2])).toBe(2);
    expect(await storedOf([original, reused], [1, 1])).toBe(1);
  });

  test("another account has its own contacts and messages", async () => {
    expect(await storedOf([original])).toBe(1);
    expect(await storedOf([original])).toBe(1);
  });
});
