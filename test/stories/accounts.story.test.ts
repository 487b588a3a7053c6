import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openToken } from "#core/accounts/credentials.ts";
import { eventually } from "#local/eventually.ts";
import { HubApiError } from "#local/hub-client.ts";
import { contactOf, layouts, runsBecome, scan, startStoryHub, type StoryHub } from "./story-hub.ts";

const key = Buffer.alloc(32, 9);
const keys = [{ id: "test", key }];

describe.each(layouts)("accounts, %s", (layout) => {
  let hub: StoryHub;
  beforeAll(async () => {
    hub = await startStoryHub(layout, {
      CREDENTIAL_KEY: `test:${key.toString("base64")}`,
    });
  });
  afterAll(() => hub?.stop());

  test("a scanned bot waits for approval, unpolled, and its token lies encrypted", async () => {
    const bot = await hub.addBot({ start: false });
    expect(bot.status).toBe("pending_approval");
    expect(hub.scheduler.schedules().some(({ name }) => name.includes(bot._id))).toBe(false);
    expect(hub.wechat.pollStats({ botId: bot.botId }).count).toBe(0);
    const stored = await hub.db
      .collection<{ _id: string; credential: string }>("accounts")
      .findOne({ _id: bot._id });
    const token = openToken(keys, bot.botId, stored?.credential ?? "");
    expect(token.startsWith(`${bot.botId}:`)).toBe(true);
    const dump = JSON.stringify([
      stored,
      await hub.db.collection("logins").find({}).toArray(),
      await hub.db.collection("audit_log").find({}).toArray(),
    ]);
    expect(dump).not.toContain(token);
    expect(hub.functionLines.map(({ line }) => line).join("\n")).not.toContain(token);
  });

  test("starting to poll before approval is refused with what to do", async () => {
    const bot = await hub.addBot({ start: false });
    const refused = await hub.client.change(bot._id, "start-polling").catch((error) => error);
    expect(refused).toBeInstanceOf(HubApiError);
    expect(refused).toMatchObject({ status: 409, code: "account.status" });
    expect(refused.message).toContain("Approve it first");
  });

  test("suspending silences at once, even while Hermes works, and resuming answers again", async () => {
    const contact = await hub.contact();
    contact.writes("before");
    await contact.hasRead(1);
    hub.hermes.scriptNext(
      { kind: "ok", text: "too late", delayMs: 1500 },
      { textIncludes: "slow" },
    );
    contact.writes("slow question");
    await hub.hermes.waitFor((sim) => sim.running().length === 1, 10_000);
    await hub.client.change(contact.accountId, "suspend");
    const [, run] = await runsBecome(contact, "sent", "error");
    expect(run?.error).toContain("account.unavailable");
    await hub.hermes.waitFor((sim) => sim.running().length === 0, 10_000);
    expect(contact.reads()).toEqual(["Hermes: before"]);
    await eventually("polling ends", async () =>
      (hub.wechat.openPolls()[contact.botId] ?? 0) === 0 ? true : null,
    );
    expect(hub.scheduler.schedules().some(({ name }) => name.includes(contact.accountId))).toBe(
      false,
    );
    await hub.client.change(contact.accountId, "resume");
    contact.writes("after");
    expect((await contact.hasRead(2)).at(-1)).toBe("Hermes: after");
    expect(hub.wechat.overlaps()[contact.botId] ?? 0).toBe(0);
  });

  test("the same person's new scan keeps the bot; another person's becomes a bot of its own", async () => {
    const { userId: ownerId } = hub.wechat.createUser({ name: "owner" });
    const created = await hub.client.createBot({ name: "rescanned" });
    const first = await scan(hub, hub.wechat, created._id, ownerId);
    await hub.client.change(first._id, "approve");
    await hub.client.change(first._id, "start-polling");
    await eventually("it is polled", async () =>
      (hub.wechat.openPolls()[first.botId] ?? 0) > 0 ? true : null,
    );
    hub.wechat.expireLogin({ botId: first.botId });
    await eventually("the login has expired", async () => {
      const { status } = await hub.client.account(first._id);
      return status === "login_expired" ? true : null;
    });
    const again = await scan(hub, hub.wechat, first._id, ownerId);
    expect(again).toMatchObject({ _id: first._id, status: "approved", generation: 2 });
    expect(again.botId).not.toBe(first.botId);
    const contact = contactOf(hub, hub.wechat, again);
    contact.writes("still there?");
    expect(await contact.hasRead(1)).toEqual(["Hermes: still there?"]);

    const other = await scan(hub, hub.wechat, first._id);
    expect(other._id).not.toBe(first._id);
    expect(other.status).toBe("pending_approval");
    expect((await hub.client.account(first._id)).generation).toBe(2);
  });

  test("cleaning up leaves no message, conversation, credential or schedule, but the audit", async () => {
    const bot = await hub.addBot();
    const contact = contactOf(hub, hub.wechat, bot);
    contact.writes("remember me");
    await contact.hasRead(1);
    await runsBecome(contact, "sent");
    await hub.client.change(bot._id, "clean-up");
    await eventually("it is retired", async () =>
      (await hub.client.account(bot._id)).status === "retired" ? true : null,
    );
    const accountId = bot._id;
    expect(await hub.db.collection("messages").countDocuments({ accountId })).toBe(0);
    expect(await hub.db.collection("conversations").countDocuments({ accountId })).toBe(0);
    const stored = await hub.db.collection<{ _id: string }>("accounts").findOne({ _id: accountId });
    expect(stored).not.toHaveProperty("credential");
    expect(stored).not.toHaveProperty("botId");
    const runs = await hub.db.collection("agent_runs").find({ accountId }).toArray();
    expect(JSON.stringify(runs)).not.toContain("remember me");
    expect(hub.scheduler.schedules().some(({ name }) => name.includes(accountId))).toBe(false);
    const audit = await hub.db
      .collection("audit_log")
      .find({ subjectId: accountId })
      .sort({ _id: 1 })
      .toArray();
    expect(audit.map(({ action }) => action)).toEqual([
      "account.created",
      "login.started",
      "account.logged_in",
      "account.approved",
      "account.polling_started",
      "account.retiring",
      "account.retired",
    ]);
  });
});
