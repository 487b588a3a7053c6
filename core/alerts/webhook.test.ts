import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startWebhookReceiver, type WebhookReceiver } from "#test/webhook-receiver.ts";
import { createWebhook } from "./webhook.ts";
import { guessKind, type WebhookKind } from "./webhook-kind.ts";

let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
});
afterAll(() => receiver.stop());
beforeEach(() => {
  receiver.bodies.length = 0;
});

const notification = {
  text: '机器人：A & B <!channel> <at user_id="all">\nLine two',
  fields: { event: "account.login_expired", id: "acc_1:2", rescanUrl: null },
};

function post(kind: WebhookKind, more: { timeoutMs?: number; url?: string; secret?: string } = {}) {
  return createWebhook({ url: receiver.url, kind, now, ...more })(notification);
}

const now = () => new Date("2026-03-02T08:00:00Z");

describe("the body each receiver takes", () => {
  const plain = notification.text;
  test.each<[WebhookKind, string, object]>([
    ["wecom", '{"errcode":0,"errmsg":"ok"}', { msgtype: "text", text: { content: plain } }],
    ["dingtalk", '{"errcode":0,"errmsg":"ok"}', { msgtype: "text", text: { content: plain } }],
    [
      "feishu",
      '{"code":0,"msg":"success","data":{}}',
      {
        msg_type: "text",
        content: { text: '机器人：A & B ＜!channel＞ ＜at user_id="all"＞\nLine two' },
      },
    ],
    [
      "slack",
      "ok",
      { text: '机器人：A &amp; B &lt;!channel&gt; &lt;at user_id="all"&gt;\nLine two' },
    ],
    ["json", "", { event: "account.login_expired", id: "acc_1:2", rescanUrl: null, text: plain }],
  ])("%s", async (kind, answer, body) => {
    receiver.answerWith({ status: 200, body: answer });
    expect(await post(kind)).toEqual({ status: "accepted" });
    expect(receiver.bodies.map((each) => JSON.parse(each))).toEqual([body]);
    expect(receiver.contentTypes.at(-1)).toBe("application/json; charset=utf-8");
  });

  test("an older Feishu robot answers with a StatusCode", async () => {
    receiver.answerWith({ status: 200, body: '{"StatusCode":0,"StatusMessage":"success"}' });
    expect(await post("feishu")).toEqual({ status: "accepted" });
  });
});

describe("with a secret", () => {
  const secret = "SECa1b2c3";

  test("DingTalk finds time and signature in the address", async () => {
    receiver.answerWith({ status: 200, body: '{"errcode":0}' });
    await post("dingtalk", { secret });
    const query = new URL(receiver.paths.at(-1) ?? "", receiver.url).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      key: "receiver-secret",
      timestamp: "1772438400000",
      sign: "sczYyRLTPPwX3zAV19xcC0PBR8C7H0yT+LHnlYPaOlU=",
    });
    expect(receiver.bodies.at(-1)).not.toContain("sign");
  });

  test("Feishu finds them in the body", async () => {
    receiver.answerWith({ status: 200, body: '{"code":0}' });
    await post("feishu", { secret });
    expect(JSON.parse(receiver.bodies.at(-1) ?? "")).toMatchObject({
      timestamp: "1772438400",
      sign: "oF+gUf9wk1wk8JeE1YpPEq4O3zVm/Q2AsE5QsaQu2MQ=",
      msg_type: "text",
    });
    expect(receiver.paths.at(-1)).toBe("/hook?key=receiver-secret");
  });

  test.each<WebhookKind>(["wecom", "slack", "json"])("%s has no signatures", async (kind) => {
    receiver.answerWith({ status: 200, body: '{"errcode":0}' });
    await post(kind, { secret });
    expect(receiver.paths.at(-1)).toBe("/hook?key=receiver-secret");
    expect(receiver.bodies.at(-1)).not.toMatch(/"sign"|SECa1b2c3/);
  });
});

describe("a receiver that does not take it", () => {
  test.each<[WebhookKind, number, string, string, "no" | "unknown"]>([
    ["wecom", 200, '{"errcode":45009,"errmsg":"api freq out of limit"}', "refused 45009", "no"],
    ["wecom", 200, '{"errcode":93000,"errmsg":"invalid webhook url"}', "refused 93000", "no"],
    [
      "dingtalk",
      200,
      '{"errcode":310000,"errmsg":"keywords not in content"}',
      "refused 310000",
      "no",
    ],
    ["feishu", 200, '{"code":19024,"msg":"Key Words Not Found"}', "refused 19024", "no"],
    ["feishu", 400, '{"code":9499,"msg":"Bad Request"}', "http 400", "no"],
    ["slack", 403, "invalid_token", "http 403", "no"],
    ["slack", 429, "rate_limited", "http 429", "no"],
    ["json", 302, "", "http 302", "no"],
    ["json", 503, "", "http 503", "unknown"],
    ["dingtalk", 200, "<html>sign in</html>", "unreadable", "unknown"],
    ["wecom", 200, "{}", "unreadable", "unknown"],
  ])("%s with %i %s", async (kind, status, body, reason, arrived) => {
    receiver.answerWith({ status, body });
    expect(await post(kind)).toEqual({ status: "failed", reason, arrived });
  });

  test("by silence, after the time allowed", async () => {
    receiver.answerWith("silence");
    const delivery = await post("json", { timeoutMs: 100 });
    expect(delivery).toMatchObject({ status: "failed", arrived: "unknown" });
  });

  test("by hanging up", async () => {
    receiver.answerWith("hang-up");
    expect(await post("json")).toMatchObject({ status: "failed", arrived: "unknown" });
  });

  test("by not being there: nobody has read it", async () => {
    const gone = await startWebhookReceiver();
    await gone.stop();
    const delivery = await post("json", { url: gone.url });
    expect(delivery).toEqual({ status: "failed", reason: "Error(ECONNREFUSED)", arrived: "no" });
  });
});

test.each<[string, WebhookKind]>([
  ["https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "wecom"],
  ["https://open.feishu.cn/open-apis/bot/v2/hook/h", "feishu"],
  ["https://open.larksuite.com/open-apis/bot/v2/hook/h", "feishu"],
  ["https://oapi.dingtalk.com/robot/send?access_token=t", "dingtalk"],
  ["https://hooks.slack.com/services/T0/B0/x", "slack"],
  ["https://alerts.example/qyapi.weixin.qq.com", "json"],
])("the form for %s is %s", (url, kind) => {
  expect(guessKind(url)).toBe(kind);
});
