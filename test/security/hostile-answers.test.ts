import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { maxAnswerBytes } from "#core/wechat/wechat.transport.ts";
import { json, serve, type Answer } from "../answering-server.ts";
import { startSmallHub, type Contact, type SmallHub } from "../small-hub.ts";
import { withDatabase } from "../with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

function bytes(body: string | Buffer, contentType = "application/json"): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": contentType });
    response.end(body);
  };
}

const invalidUtf8 = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc3, 0x28]);
const tooLarge = Buffer.alloc(maxAnswerBytes + 1, " ");

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

/** What a server may answer that means no good, or nothing at all. */
const unreadable: [string, Answer][] = [
  ["more bytes than an answer may have", bytes(tooLarge)],
  ["half a million levels", bytes(`{"msgs":${nested(500_000)}}`)],
  ["a thousand levels", bytes(`{"msgs":${nested(1_000)}}`)],
  ["bytes that are no UTF-8", bytes(invalidUtf8)],
  ["a list", json([{ ret: 0 }])],
  ["a page", bytes("<html><script>alert(1)</script></html>", "text/html")],
  ["nothing", bytes("")],
  ["a cut-off object", bytes('{"ret":0,"msgs":[{')],
];

describe("WeChat answers a poll with", () => {
  async function botAt(url: string): Promise<Account> {
    return hub.addBot({ baseUrl: url, cursor: "before" });
  }

  test.each(unreadable)("%s: a clear error, and nothing is changed", async (_what, answer) => {
    await using wechat = await serve(answer);
    const bot = await botAt(wechat.url);
    await expect(hub.poll(bot._id)).rejects.toMatchObject({ name: "WechatUnreachableError" });
    expect(await accountStore(db()).get(bot._id)).toEqual(bot);
    expect(await db().collection("messages").countDocuments({ accountId: bot._id })).toBe(0);
  });

  test("fields of the wrong type: what can be read is kept, and nothing else is touched", async () => {
    const wrong = { message_id: {}, from_user_id: 7, item_list: "x", create_time_ms: "soon" };
    await using wechat = await serve(
      json({ ret: 0, get_updates_buf: 5, longpolling_timeout_ms: {}, msgs: [7, null, wrong] }),
    );
    const bot = await botAt(wechat.url);
    expect(await hub.poll(bot._id)).toEqual([]);
    expect((await accountStore(db()).get(bot._id)).cursor).toBe("before");
    const stored = await db().collection("messages").find({ accountId: bot._id }).toArray();
    expect(stored).toMatchObject([{ unansweredReason: "no_sender" }]);
  });

  const good = {
    message_id: "1",
    from_user_id: "oGood@im.wechat",
    message_type: 1,
    context_token: "t",
    item_list: [{ type: 1, text_item: { text: "a good one" } }],
  };
  test.each([
    ["deep inside", { extra: JSON.parse(nested(90)) as unknown }],
    ["with a NUL in a name", { extra: { "a\0b": 1 } }],
    [
      "with operators for names",
      { extra: { $set: { status: "approved" }, "a.b": 1 }, $where: "1" },
    ],
    [
      "with a prototype for a name",
      { extra: JSON.parse('{"__proto__":{"waiting":true}}') as unknown },
    ],
    ["of seven million characters", { item_list: [text("x".repeat(7_000_000))] }],
    ["with a sender of a million characters", { from_user_id: "o".repeat(1_000_000) }],
    ["with half an emoji", { item_list: [text("\ud83d")] }],
  ])("a message %s: it stops neither the others nor the cursor", async (_what, odd) => {
    const strange = { ...good, message_id: "2", from_user_id: "oOdd@im.wechat", ...odd };
    const answer = { ret: 0, msgs: [strange, good], get_updates_buf: "after" };
    await using wechat = await serve(json(answer));
    const bot = await botAt(wechat.url);
    const jobs = await hub.poll(bot._id);
    expect(jobs.length).toBeGreaterThan(0);
    expect((await accountStore(db()).get(bot._id)).cursor).toBe("after");
    const stored = await db().collection("messages").find({ accountId: bot._id }).toArray();
    expect(stored).toHaveLength(2);
    expect(stored).toContainEqual(expect.objectContaining({ text: "a good one", waiting: true }));
  });
});

function text(words: string) {
  return { type: 1, text_item: { text: words } };
}

describe("Hermes answers a question with", () => {
  /** One question to a Hermes that answers so; its contact and what came of it. */
  async function askedOf(answer: Answer): Promise<Contact> {
    await using hermes = await serve(answer);
    const settings = { HERMES_API_BASE_URL: `${hermes.url}/v1` };
    const other = { ...hub.deps.settings, hermes: { ...hub.deps.settings.hermes, ...settings } };
    const before = hub.deps.settings;
    hub.deps.settings = other;
    try {
      const contact = hub.addContact(await hub.addBot());
      await hub.work(await contact.writes("hello"));
      return contact;
    } finally {
      hub.deps.settings = before;
    }
  }

  test.each(unreadable)(
    "%s: the contact reads nothing of it, the question waits",
    async (_what, answer) => {
      const contact = await askedOf(answer);
      expect(await contact.runs()).toMatchObject([{ status: "retry_pending", outputText: null }]);
      expect(contact.reads().filter((words) => words !== awayNotice)).toEqual([]);
    },
  );

  const completion = (content: unknown, more: object = {}) =>
    json({ id: "c", choices: [{ message: { content }, finish_reason: "stop" }], ...more });

  test.each([
    [
      "a usage deep inside",
      completion("fine", { usage: { in: JSON.parse(nested(80)) as unknown } }),
    ],
    ["operators for names", completion("fine", { usage: { $set: 1, "a\0b": 2 } })],
    ["an id of a million characters", completion("fine", { id: "i".repeat(1_000_000) })],
    ["half an emoji", completion("fine \ud83d")],
    ["parts of which one is none", completion([{ type: "text", text: "fine" }, 7, null])],
  ])("%s: the answer goes out", async (_what, answer) => {
    const contact = await askedOf(answer);
    expect(await contact.runs()).toMatchObject([{ status: "sent" }]);
    expect(contact.reads().join()).toContain("fine");
  });

  test("five million spaces before a word: it does not take a minute, and what fits goes out", async () => {
    const startedAt = performance.now();
    const contact = await askedOf(completion(`begin${" ".repeat(5_000_000)}end`));
    expect(contact.reads().join()).toContain("begin");
    expect(performance.now() - startedAt).toBeLessThan(60_000);
  });

  test("script and HTML: they are text like any other", async () => {
    const words = '<script>alert(1)</script> <img src=x onerror="x()">';
    const contact = await askedOf(completion(words));
    expect(contact.reads().join()).toContain("<script>alert(1)</script>");
  });
});
