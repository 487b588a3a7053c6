import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { startWebhookReceiver, type WebhookReceiver } from "#test/webhook-receiver.ts";
import { contactOf, scan, startStoryHub, type StoryHub } from "./story-hub.ts";

let receiver: WebhookReceiver;
let hub: StoryHub;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  hub = await startStoryHub("one bot per contact", {
    ALERT_WEBHOOK_URL: receiver.url,
    ALERT_WEBHOOK_KIND: "json",
  });
  for (const name of ["retry", "api"]) {
    await hub.host.setEnvironment(name, { PUBLIC_URL: hub.apiUrl });
  }
});
afterAll(async () => {
  await hub?.stop();
  await receiver?.stop();
});

test("a bot's login expires; its operators hear of it, its owner scans, and it answers again", async () => {
  receiver.answerWith({ status: 503, body: "" });
  const { userId: ownerId } = hub.wechat.createUser({ name: "owner" });
  const created = await hub.client.createBot({ name: "front desk" });
  const bot = await scan(hub, hub.wechat, created._id, ownerId);
  await hub.client.change(bot._id, "approve");
  await hub.client.change(bot._id, "start-polling");
  const contact = contactOf(hub, hub.wechat, bot);
  contact.writes("before");
  await contact.hasRead(1);

  hub.wechat.expireLogin({ botId: bot.botId });
  await eventually("the receiver was tried while it was down", async () =>
    receiver.bodies.length > 0 ? true : null,
  );
  receiver.bodies.length = 0;
  receiver.answerWith({ status: 200, body: "" });
  const told = await eventually("the operators hear of it", async () => {
    const [body] = receiver.bodies;
    return body === undefined ? null : JSON.parse(body);
  });
  expect(told).toMatchObject({ event: "account.login_expired", name: "front desk" });
  expect(told.rescanUrl).toContain(`${hub.apiUrl}/rescan/`);
  expect(told.lastGoodPollAt).toMatch(/^20/);
  expect(receiver.bodies.join()).not.toContain("before");

  const page = await (await fetch(`${told.rescanUrl}/login?lang=en`, { method: "POST" })).text();
  expect(page).toContain("Scan this code with WeChat.");
  const [, picture = ""] = /<img class="qr" src="([^"]+)"/.exec(page) ?? [];
  const image = await (await fetch(new URL(picture, told.rescanUrl))).arrayBuffer();
  expect([...new Uint8Array(image, 0, 4)]).toEqual([137, 80, 78, 71]);
  const login = await hub.db
    .collection<{ accountId: string; open: boolean; qrContent: string }>("logins")
    .findOne({ accountId: bot._id, open: true });
  const qr = login?.qrContent ?? "";
  hub.wechat.scan({ qr, userId: ownerId });
  hub.wechat.confirm({ qr });
  await eventually("the page says that it is done", async () => {
    const text = await (await fetch(`${told.rescanUrl}?lang=en`)).text();
    return text.includes("The bot is connected.") ? true : null;
  });
  const again = await hub.client.account(bot._id);
  expect(again).toMatchObject({ _id: bot._id, status: "approved", generation: 2 });
  const after = contactOf(hub, hub.wechat, { _id: bot._id, botId: again.botId ?? "" });
  after.writes("after");
  expect(await after.hasRead(1)).toEqual(["Hermes: after"]);
  expect(receiver.bodies).toHaveLength(1);
  const token = told.rescanUrl.split("/").at(-1);
  const lines = hub.functionLines.map(({ line }) => line).join("\n");
  for (const hidden of [token, "receiver-secret"]) expect(lines).not.toContain(hidden);
});
