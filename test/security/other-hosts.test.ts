import { afterAll, beforeAll, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import { hubActor } from "#core/audit/audit-line.ts";
import { createHermesClient } from "#core/hermes/hermes.client.ts";
import { loginStore } from "#core/logins/login.store.ts";
import { startLogin } from "#core/logins/start-login.ts";
import { watchLogin } from "#core/logins/watch-login.ts";
import { createWebhook } from "#core/alerts/webhook.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { createWechatClient } from "#core/wechat/wechat.client.ts";
import { serve, type Answer } from "../answering-server.ts";
import { startSmallHub, type SmallHub } from "../small-hub.ts";
import { withDatabase } from "../with-database.ts";

/** Somebody whom no answer may make the hub call. */
let stranger: Awaited<ReturnType<typeof serve>>;
const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  stranger = await serve((response) => response.end("{}"));
  hub = await startSmallHub(db());
});
afterAll(async () => {
  await hub.stop();
  await stranger[Symbol.asyncDispose]();
});

const redirects = [301, 302, 303, 307, 308];

function redirect(status: number): Answer {
  return (response, { url }) => {
    const location = `${stranger.url}${url}`;
    response.writeHead(status, { location, refresh: `0; url=${location}`, link: `<${location}>` });
    response.end(JSON.stringify({ baseurl: stranger.url, location }));
  };
}

test.each(redirects)("WeChat answers %i: no token follows", async (status) => {
  await using wechat = await serve(redirect(status));
  const client = createWechatClient({ baseUrl: wechat.url, botToken: "bot@im.bot:token" });
  await expect(client.getUpdates({ cursor: "", timeoutMs: 2_000 })).rejects.toThrow("getupdates");
  const send = client.sendMessage({ toUserId: "o1", clientId: "c1", text: "hi" });
  await expect(send).rejects.toThrow("sendmessage");
  expect(stranger.seen).toEqual([]);
});

test.each(redirects)("Hermes answers %i: neither key nor question follows", async (status) => {
  await using hermes = await serve(redirect(status));
  const client = createHermesClient({ baseUrl: `${hermes.url}/v1`, apiKey: "key-0", model: "m" });
  const outcome = await client.ask({
    sessionId: "s",
    idempotencyKey: "k",
    body: "{}",
    timeoutMs: 2_000,
  });
  expect(outcome).toMatchObject({ kind: "failure", concern: "connection" });
  await client.probe();
  expect(stranger.seen).toEqual([]);
});

test("a webhook's receiver redirects: the notification does not follow", async () => {
  await using receiver = await serve(redirect(307));
  const notify = createWebhook({ url: receiver.url, now: () => new Date() });
  const delivery = await notify({ text: "A login has ended.", fields: { accountId: "acc_1" } });
  expect(delivery.status).toBe("failed");
  expect(stranger.seen).toEqual([]);
});

test("a login that names a stranger as base URL keeps the one that is set, and says so", async () => {
  hub.wechat.configure({ login: { baseurl: stranger.url } });
  const bot = await hub.addBot({ status: "login_expired", live: true });
  const login = await startLogin(
    { ...hub.deps, pollStarter: { async watchLogin() {} } },
    hubActor,
    bot._id,
  );
  const watching = watchLogin(hub.deps, login._id, plusSeconds(hub.deps.clock.now(), 60));
  hub.wechat.scan({ qr: login.qrcode, userId: bot.ilinkUserId ?? "" });
  hub.wechat.confirm({ qr: login.qrcode });
  await watching;
  const renewed = await accountStore(db()).get(bot._id);
  expect(renewed.generation).toBeGreaterThan(bot.generation);
  expect(renewed.baseUrl).not.toBe(stranger.url);
  await wechatOf(hub.deps, renewed).getUpdates({ cursor: "", timeoutMs: 5_000 });
  expect(hub.deps.logLines.join()).toContain("login.base_url_refused");
  expect(stranger.seen).toEqual([]);
});

test.each(["host", "address", "user@host"])(
  "a QR status that redirects to a stranger's %s ends the login",
  async (form) => {
    const host = new URL(stranger.url).host;
    const named = { host, address: stranger.url, "user@host": `weixin.qq.com@${host}` }[form];
    const bot = await hub.addBot({ status: "login_expired", live: true });
    const login = await startLogin(
      { ...hub.deps, pollStarter: { async watchLogin() {} } },
      hubActor,
      bot._id,
    );
    hub.wechat.armFault({
      endpoint: "get_qrcode_status",
      behaviour: {
        kind: "edit-answer",
        set: { status: "scaned_but_redirect", redirect_host: named ?? "" },
      },
    });
    await watchLogin(hub.deps, login._id, plusSeconds(hub.deps.clock.now(), 60));
    const ended = await loginStore(db()).get(login._id);
    expect(ended).toMatchObject({ status: "failed", failureCode: "host_not_allowed" });
    expect(stranger.seen).toEqual([]);
  },
);

test("links in a message, a picture or an answer are words, which nobody opens", async () => {
  const bot = await hub.addBot();
  const contact = hub.addContact(bot);
  const link = `${stranger.url}/picture.png`;
  hub.hermes.scriptNext({ kind: "ok", text: `![picture](${link})\nMEDIA:${link}\nSee ${link}` });
  await hub.work(await contact.writes(`Look at ${link}`));
  expect(contact.reads().join()).toContain("See");
  expect(stranger.seen).toEqual([]);
});
