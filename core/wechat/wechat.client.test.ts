import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { json, serve, type Answer } from "#test/answering-server.ts";
import { createWechatClient } from "./wechat.client.ts";
import { WechatRefusedError, WechatUnreachableError } from "./wechat.errors.ts";

const botToken = "b0t@im.bot:top-secret-token";
const words = "please keep this private";
const message = { toUserId: "o9cq8AbC@im.wechat", clientId: "c-1", text: words };

function clientOf(baseUrl: string) {
  return createWechatClient({ baseUrl, botToken, randomUint32: () => 4_294_967_295 });
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable("the call should have failed"),
    (error: unknown) => error,
  );
}

describe("what is sent", () => {
  test("a POST carries the token, the kind of authorisation, our version and a fresh number", async () => {
    await using server = await serve(json({ ret: 0 }));
    const numbers = [7, 4_294_967_295];
    const client = createWechatClient({
      baseUrl: server.url,
      botToken,
      routeTag: "sh",
      botAgent: "Hub/1.0",
      randomUint32: () => numbers.shift() ?? 0,
    });
    await client.getUpdates({ cursor: "", timeoutMs: 5000 });
    await client.getUpdates({ cursor: "abc", timeoutMs: 5000 });
    const [first, second] = server.seen;
    expect(first).toMatchObject({
      method: "POST",
      url: "/ilink/bot/getupdates",
      headers: {
        authorization: `Bearer ${botToken}`,
        authorizationtype: "ilink_bot_token",
        "content-type": "application/json",
        "ilink-app-id": "bot",
        "ilink-app-clientversion": "132105",
        skroutetag: "sh",
        "x-wechat-uin": Buffer.from("7").toString("base64"),
      },
    });
    expect(JSON.parse(first?.body ?? "")).toEqual({
      get_updates_buf: "",
      base_info: { channel_version: "2.4.9", bot_agent: "Hub/1.0" },
    });
    expect(first?.headers["content-length"]).toBe(String(first?.body.length));
    expect(JSON.parse(second?.body ?? "")).toMatchObject({ get_updates_buf: "abc" });
    expect(second?.headers["x-wechat-uin"]).toBe(Buffer.from("4294967295").toString("base64"));
  });

  test("a text goes out as one finished item under its client id", async () => {
    await using server = await serve(json({ ret: 0, message_id: "1" }));
    const client = clientOf(server.url);
    await client.sendMessage({ ...message, contextToken: "ctx" });
    await client.sendMessage(message);
    const [withToken, without] = server.seen.map(({ body }): unknown => JSON.parse(body));
    const msg = {
      from_user_id: "",
      to_user_id: "o9cq8AbC@im.wechat",
      client_id: "c-1",
      message_type: 2,
      message_state: 2,
      item_list: [{ type: 1, text_item: { text: words } }],
    };
    const base_info = { channel_version: "2.4.9" };
    expect(withToken).toEqual({ msg: { ...msg, context_token: "ctx" }, base_info });
    expect(without).toEqual({ msg, base_info });
  });

  test("a QR code is asked for without a token, and with ten earlier tokens at most", async () => {
    await using server = await serve(json({ qrcode: "q1", qrcode_img_content: "https://l/q" }));
    const localTokens = Array.from({ length: 12 }, (_, index) => `t${index}`);
    const answer = await clientOf(server.url).getBotQrcode({ localTokens });
    expect(answer).toEqual({ qrcode: "q1", qrContent: "https://l/q" });
    const [request] = server.seen;
    expect(request?.url).toBe("/ilink/bot/get_bot_qrcode?bot_type=3");
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.headers["authorizationtype"]).toBe("ilink_bot_token");
    expect(JSON.parse(request?.body ?? "")).toEqual({ local_token_list: localTokens.slice(0, 10) });
  });

  test("the QR status is asked with our version only, the code beside the key", async () => {
    await using server = await serve(json({ status: "scaned" }));
    const query = { qrcode: "a/b=", verifyCode: "12 34", timeoutMs: 5000 };
    await clientOf(server.url).getQrcodeStatus(query);
    const [request] = server.seen;
    expect(request?.method).toBe("GET");
    const url = new URL(request?.url ?? "", server.url);
    expect(url.pathname).toBe("/ilink/bot/get_qrcode_status");
    expect(Object.fromEntries(url.searchParams)).toEqual({ qrcode: "a/b=", verify_code: "12 34" });
    const ours = Object.keys(request?.headers ?? {}).filter((name) => !/^(host|conn)/.test(name));
    expect(ours.toSorted()).toEqual(["ilink-app-clientversion", "ilink-app-id"]);
  });

  test("typing and presence are told in WeChat's words", async () => {
    await using server = await serve(json({ ret: 0, typing_ticket: "tick" }));
    const client = clientOf(server.url);
    expect(await client.getConfig({ userId: "u", contextToken: "c" })).toEqual({
      typingTicket: "tick",
    });
    await client.sendTyping({ userId: "u", ticket: "tick", on: true });
    await client.sendTyping({ userId: "u", ticket: "tick", on: false });
    await client.notifyStart();
    await client.notifyStop();
    const base_info = { channel_version: "2.4.9" };
    expect(server.seen.map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
      ["/ilink/bot/getconfig", { ilink_user_id: "u", context_token: "c", base_info }],
      [
        "/ilink/bot/sendtyping",
        { ilink_user_id: "u", typing_ticket: "tick", status: 1, base_info },
      ],
      [
        "/ilink/bot/sendtyping",
        { ilink_user_id: "u", typing_ticket: "tick", status: 2, base_info },
      ],
      ["/ilink/bot/msg/notifystart", { base_info }],
      ["/ilink/bot/msg/notifystop", { base_info }],
    ]);
  });

  test.each([
    ["a base URL without a scheme", { baseUrl: "ilinkai.weixin.qq.com" }],
    ["a version of words", { baseUrl: "https://h", clientVersion: "latest" }],
    ["a token with a line break", { baseUrl: "https://h", botToken: "secret\nX: y" }],
    ["an agent beyond 256 characters", { baseUrl: "https://h", botAgent: "a".repeat(257) }],
  ])("%s is refused before anything is sent", (_name, options) => {
    expect(() => createWechatClient(options)).toThrow(TypeError);
    expect(() => createWechatClient(options)).not.toThrow("secret");
  });
});

describe("what is read", () => {
  test("no digit of an id is lost, whether it comes as a number or a string", async () => {
    await using server = await serve(
      json(
        `{"msgs":[{"seq":3,"message_id":9007199254740993,"from_user_id":"Ab@im.wechat","message_type":1,"create_time_ms":1760000000000,
          "item_list":[{"type":1,"msg_id":18446744073709551615,"text_item":{"text":"hi"}}],"new_field":{"deep":9007199254740995}},
          {"message_id":"9007199254740997"},{"message_id":0}],"get_updates_buf":"next","longpolling_timeout_ms":25000}`,
      ),
    );
    const { messages, ...rest } = await clientOf(server.url).getUpdates({
      cursor: "",
      timeoutMs: 5000,
    });
    expect(rest).toEqual({
      cursor: "next",
      longPollTimeoutMs: 25_000,
      empty: false,
      odd: expect.any(Array),
    });
    expect(messages.map(({ message_id }) => message_id)).toEqual([
      "9007199254740993",
      "9007199254740997",
      "0",
    ]);
    expect(messages[0]).toMatchObject({
      seq: "3",
      from_user_id: "Ab@im.wechat",
      create_time_ms: 1_760_000_000_000,
      item_list: [{ type: 1, msg_id: "18446744073709551615" }],
      raw: { new_field: { deep: "9007199254740995" }, message_id: "9007199254740993" },
    });
  });

  test("fields of another shape are left out, and no message is lost by them", async () => {
    await using server = await serve(
      json({
        msgs: [
          { message_id: null, from_user_id: 5, item_list: [null, { type: "1", text_item: "x" }] },
          { item_list: "none", create_time_ms: "1760000000000" },
          "not a message",
          { item_list: [{ type: 11 }, {}, { type: 1, text_item: { text: "hi" } }] },
        ],
        get_updates_buf: 7,
        longpolling_timeout_ms: -1,
      }),
    );
    const updates = await clientOf(server.url).getUpdates({ cursor: "", timeoutMs: 5000 });
    expect(updates).toMatchObject({ empty: false, odd: expect.any(Array) });
    expect(updates.odd.map(({ what }) => what).toSorted()).toEqual([
      "item of type 11",
      "item that is no object",
      "item without a type",
      "message that is no object",
      ...Array(3).fill("no context_token"),
      ...Array(2).fill("no create_time_ms"),
      ...Array(3).fill("no from_user_id"),
      "no item_list",
      ...Array(3).fill("no message_id"),
      ...Array(3).fill("no message_type"),
    ]);
    expect(JSON.stringify(updates.odd)).not.toContain("not a message");
    expect(updates).not.toHaveProperty("cursor");
    expect(updates).not.toHaveProperty("longPollTimeoutMs");
    expect(updates.messages[0]).toMatchObject({ item_list: [{ type: 1 }] });
    expect(updates.messages[1]).toMatchObject({ create_time_ms: 1_760_000_000_000 });
    expect(updates.messages[2]?.item_list).toHaveLength(3);
  });

  test.each([
    ["nothing at all", {}],
    ["no messages and an empty cursor", { ret: 0, msgs: [], get_updates_buf: "" }],
  ])("a poll with %s is empty and keeps the cursor", async (_name, body) => {
    await using server = await serve(json(body));
    const updates = await clientOf(server.url).getUpdates({ cursor: "mine", timeoutMs: 5000 });
    expect(updates).toEqual({ messages: [], empty: true, odd: [] });
  });

  test.each([
    ["a string", { ret: 0, message_id: "77" }, { messageId: "77" }],
    ["a number", { message_id: 77 }, { messageId: "77" }],
    ["nothing", {}, {}],
    ["zero", { ret: 0, message_id: 0 }, {}],
    ["an empty body", "", {}],
  ])("a sent message's id may be %s", async (_name, body, expected) => {
    await using server = await serve(json(body));
    expect(await clientOf(server.url).sendMessage(message)).toEqual(expected);
  });

  test.each([
    ["wait", {}],
    ["scaned", {}],
    ["need_verifycode", {}],
    ["verify_code_blocked", {}],
    ["expired", {}],
    ["binded_redirect", {}],
    ["scaned_but_redirect", { redirectHost: "other.weixin.qq.com" }],
    [
      "confirmed",
      { botToken: "t", botId: "b@im.bot", ilinkUserId: "Uu@im.wechat", baseUrl: "https://x" },
    ],
  ])("the QR status %s brings what belongs to it", async (status, expected) => {
    await using server = await serve(
      json({
        status,
        bot_token: "t",
        ilink_bot_id: "b@im.bot",
        ilink_user_id: "Uu@im.wechat",
        baseurl: "https://x",
        redirect_host: "other.weixin.qq.com",
      }),
    );
    const answer = await clientOf(server.url).getQrcodeStatus({ qrcode: "q", timeoutMs: 5000 });
    expect(answer).toEqual({ status, answered: true, ...expected });
  });

  test("a confirmation may lack every part, and a new status word is unknown", async () => {
    await using bare = await serve(json({ status: "confirmed" }));
    await using odd = await serve(json({ status: "dancing" }));
    const query = { qrcode: "q", timeoutMs: 5000 };
    expect(await clientOf(bare.url).getQrcodeStatus(query)).toEqual({
      status: "confirmed",
      answered: true,
    });
    expect(await clientOf(odd.url).getQrcodeStatus(query)).toEqual({
      status: "unknown",
      answered: true,
    });
  });
});

describe("when WeChat says no", () => {
  test.each([
    ["errcode alone", { errcode: -14, errmsg: "session timeout" }, -14],
    ["ret alone", { ret: -2, errmsg: "prepare failed" }, -2],
    ["errcode beside ret 0", { ret: 0, errcode: -14 }, -14],
    ["an ended login beside another code", { ret: -14, errcode: -1 }, -14],
    ["a code as text", { ret: "-3" }, -3],
  ])("%s is a refusal with that code", async (_name, body, code) => {
    await using server = await serve(json(body));
    const client = clientOf(server.url);
    for (const call of [
      client.getUpdates({ cursor: "", timeoutMs: 5000 }),
      client.sendMessage(message),
      client.getQrcodeStatus({ qrcode: "q", timeoutMs: 5000 }),
      client.notifyStart(),
    ]) {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(WechatRefusedError);
      expect(error).toMatchObject({ code, errmsg: "errmsg" in body ? body.errmsg : "" });
    }
  });

  test("a code within another HTTP status is still WeChat's no", async () => {
    await using server = await serve(json({ errcode: -14 }, 401));
    const error = await failureOf(clientOf(server.url).sendMessage(message));
    expect(error).toMatchObject({ name: "WechatRefusedError", method: "sendmessage", code: -14 });
  });
});

const html: Answer = (response) => {
  response.writeHead(502, { "Content-Type": "text/html" });
  response.end(`<html>Bad gateway ${botToken}</html>`);
};
const dropped: Answer = (response) => response.socket?.destroy();
const cutMidBody: Answer = (response) => {
  response.writeHead(200, { "Content-Length": "1000" });
  response.write('{"ret":');
  setImmediate(() => response.socket?.destroy());
};
const huge: Answer = (response) => {
  response.writeHead(200);
  response.end(Buffer.alloc(9 * 1024 * 1024, 32));
};
const redirect: Answer = (response) => {
  response.writeHead(302, { Location: "https://evil.example/steal" });
  response.end();
};

describe("when nothing comes that can be read", () => {
  const rows: [string, Answer, object][] = [
    ["a gateway's page", html, { kind: "gateway", httpStatus: 502 }],
    ["a redirect, which is not followed", redirect, { kind: "gateway", httpStatus: 302 }],
    ["a status without a code", json({}, 503), { kind: "gateway", httpStatus: 503 }],
    ["words that are no JSON", json(`token ${botToken}`), { kind: "not_json", httpStatus: 200 }],
    ["a list instead of an object", json([1]), { kind: "not_json", httpStatus: 200 }],
    ["a dropped socket", dropped, { kind: "network" }],
    ["an answer cut in its middle", cutMidBody, { kind: "network" }],
    ["an endless answer", huge, { kind: "too_large" }],
  ];
  test.each(rows)(
    "%s leaves open whether the message was sent",
    async (_name, answer, expected) => {
      await using server = await serve(answer);
      const error = await failureOf(clientOf(server.url).sendMessage(message));
      expect(error).toBeInstanceOf(WechatUnreachableError);
      expect(error).toMatchObject({ method: "sendmessage", sent: "unknown", ...expected });
      expectNoSecrets(error);
    },
  );

  test("an empty answer is no answer to a poll, lest it be polled in a tight loop", async () => {
    await using server = await serve(json(""));
    const error = await failureOf(clientOf(server.url).getUpdates({ cursor: "", timeoutMs: 5000 }));
    expect(error).toMatchObject({ name: "WechatUnreachableError", kind: "not_json" });
  });

  test("a closed port and an unknown host mean that nothing was sent", async () => {
    const closed = await serve(json({}));
    await closed[Symbol.asyncDispose]();
    for (const url of [closed.url, "http://nowhere.invalid"]) {
      const error = await failureOf(clientOf(url).sendMessage(message));
      expect(error).toMatchObject({ kind: "network", sent: "no" });
      expectNoSecrets(error);
    }
  });

  test("a QR answer without its key is incomplete", async () => {
    await using server = await serve(json({ ret: 0 }));
    const error = await failureOf(clientOf(server.url).getBotQrcode({ localTokens: [botToken] }));
    expect(error).toMatchObject({ kind: "incomplete", method: "get_bot_qrcode" });
    expectNoSecrets(error);
  });

  test("a refusal shows no secret either", async () => {
    await using server = await serve(json({ ret: -2, errmsg: "rate limited" }));
    const error = await failureOf(clientOf(server.url).sendMessage(message));
    expect(error).toMatchObject({ message: expect.stringContaining("sendmessage with code -2") });
    expectNoSecrets(error);
  });
});

const silent: Answer = () => {};
/** Bytes keep coming, so only a limit on the whole call ends it. */
const dripping: Answer = (response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(timer));
};

describe("a long poll without an answer", () => {
  test.each([
    ["silence", silent],
    ["a drip of bytes", dripping],
  ])("%s until the timeout is an empty poll", async (_name, answer) => {
    await using server = await serve(answer);
    const client = clientOf(server.url);
    const updates = await client.getUpdates({ cursor: "mine", timeoutMs: 100 });
    expect(updates).toMatchObject({ messages: [], empty: true, cut: "timeout" });
    expect(updates).not.toHaveProperty("cursor");
    expect(await client.getQrcodeStatus({ qrcode: "q", timeoutMs: 100 })).toEqual({
      status: "wait",
      answered: false,
      unansweredBecause: "timeout",
    });
  });

  test("a gateway's 524 is an empty poll", async () => {
    await using server = await serve(json("error code: 524", 524));
    const client = clientOf(server.url);
    expect(await client.getUpdates({ cursor: "", timeoutMs: 5000 })).toMatchObject({ cut: "524" });
    expect(await client.getQrcodeStatus({ qrcode: "q", timeoutMs: 5000 })).toMatchObject({
      status: "wait",
      answered: false,
      unansweredBecause: "524",
    });
  });

  test("the caller's signal ends it as an empty poll, but ends a send as unknown", async () => {
    const controller = new AbortController();
    await using server = await serve(() => controller.abort());
    const client = clientOf(server.url);
    const { signal } = controller;
    const poll = client.getUpdates({ cursor: "", timeoutMs: 5000, signal });
    expect(await poll).toMatchObject({ empty: true, cut: "aborted" });
    const unsent = await failureOf(client.sendMessage({ ...message, signal }));
    expect(unsent).toMatchObject({ kind: "aborted", sent: "no" });

    const later = new AbortController();
    await using other = await serve(() => later.abort());
    const sent = clientOf(other.url).sendMessage({ ...message, signal: later.signal });
    expect(await failureOf(sent)).toMatchObject({ kind: "aborted", sent: "unknown" });
  });

  test("a broken connection fails a poll, while a waiting login goes on", async () => {
    await using server = await serve(dropped);
    const client = clientOf(server.url);
    const error = await failureOf(client.getUpdates({ cursor: "", timeoutMs: 5000 }));
    expect(error).toMatchObject({ kind: "network", method: "getupdates" });
    expect(await client.getQrcodeStatus({ qrcode: "q", timeoutMs: 5000 })).toMatchObject({
      status: "wait",
      answered: false,
      unansweredBecause: "network",
    });
  });
});

function expectNoSecrets(error: unknown) {
  const stack = error instanceof Error ? error.stack : "";
  const shown = [JSON.stringify(error), inspect(error, { depth: 6 }), String(error), stack].join();
  expect(shown).toContain("Error");
  for (const secret of ["top-secret", words, "/ilink/bot", "o9cq8AbC"]) {
    expect(shown).not.toContain(secret);
  }
}
