import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { contactOf, runsBecome, scan, startStoryHub, type StoryHub } from "./story-hub.ts";

let hub: StoryHub;
beforeAll(async () => {
  hub = await startStoryHub("one bot per contact");
});
afterAll(() => hub?.stop());

async function addBotOf(ownerId: string) {
  const created = await hub.client.createBot({ name: "front desk" });
  const bot = await scan(hub, hub.wechat, created._id, ownerId);
  await hub.client.change(bot._id, "approve");
  await hub.client.change(bot._id, "start-polling");
  return bot;
}

async function isExpired(accountId: string) {
  await eventually("the login has expired", async () =>
    (await hub.client.account(accountId)).status === "login_expired" ? true : null,
  );
  await eventually("the schedule is gone", async () =>
    hub.scheduler.schedules().some(({ name }) => name.includes(accountId)) ? null : true,
  );
}

describe("WeChat says that the login is over", () => {
  test("to a poll: polling, schedule and sends stop, and the answer under way waits for the next login", async () => {
    const { userId: ownerId } = hub.wechat.createUser({ name: "owner" });
    const bot = await addBotOf(ownerId);
    const bystander = await hub.contact();
    const contact = contactOf(hub, hub.wechat, bot);
    hub.hermes.scriptNext(
      { kind: "ok", text: "At nine.", delayMs: 2_000 },
      { textIncludes: "open" },
    );
    contact.writes("When do you open?");
    await hub.hermes.waitFor((sim) => sim.running().length > 0, 20_000);
    hub.wechat.expireLogin({ botId: bot.botId });
    await isExpired(bot._id);
    await hub.hermes.waitFor((sim) => sim.running().length === 0, 20_000);
    expect(hub.wechat.attempts({ botId: bot.botId })).toEqual([]);
    const polls = hub.wechat.pollStats({ botId: bot.botId }).count;
    bystander.writes("and I?");
    expect(await bystander.hasRead(1)).toEqual(["Hermes: and I?"]);

    const again = await scan(hub, hub.wechat, bot._id, ownerId);
    expect(again).toMatchObject({ status: "approved", generation: 2 });
    const { userId } = contact;
    const reads = () =>
      hub.wechat.bubbles({ userId, botId: again.botId }).map(({ text }) => text ?? "");
    hub.wechat.userSends({ userId, botId: again.botId, text: "Hello?" });
    await hub.wechat.waitFor(() => reads().length >= 2, 30_000);
    expect(reads()).toEqual(["At nine.", "Hermes: Hello?"]);
    await runsBecome(contact, "sent", "sent");
    expect(hub.wechat.pollStats({ botId: bot.botId }).count).toBe(polls);
    expect(hub.wechat.overlaps()[again.botId] ?? 0).toBe(0);
  }, 180_000);

  test("to a send only: the same, and the answer is parked", async () => {
    const { userId: ownerId } = hub.wechat.createUser({ name: "owner" });
    const bot = await addBotOf(ownerId);
    const contact = contactOf(hub, hub.wechat, bot);
    hub.wechat.armFault({
      endpoint: "sendmessage",
      botId: bot.botId,
      behaviour: { kind: "session-timeout" },
    });
    contact.writes("When do you open?");
    await isExpired(bot._id);
    await runsBecome(contact, "parked");
    await eventually("polling ends", async () =>
      (hub.wechat.openPolls()[bot.botId] ?? 0) === 0 ? true : null,
    );
    const attempts = hub.wechat.attempts({ botId: bot.botId }).length;
    contact.writes("Hello?");
    const again = await scan(hub, hub.wechat, bot._id, ownerId);
    const { userId } = contact;
    const reads = () =>
      hub.wechat.bubbles({ userId, botId: again.botId }).map(({ text }) => text ?? "");
    hub.wechat.userSends({ userId, botId: again.botId, text: "Are you there?" });
    await hub.wechat.waitFor(() => reads().length >= 2, 30_000);
    expect(reads()).toEqual(["Hermes: When do you open?", "Hermes: Are you there?"]);
    expect(hub.wechat.attempts({ botId: bot.botId })).toHaveLength(attempts);
  }, 180_000);
});
