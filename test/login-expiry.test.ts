import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { tellOfExpiries } from "#core/alerts/tell-of-expiries.ts";
import { runPoller } from "#core/polling/run-poller.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { serveApi, type ServedApi } from "./serve-api.ts";
import { startSmallHub, type SmallHub } from "./small-hub.ts";
import { startWebhookReceiver, type WebhookReceiver } from "./webhook-receiver.ts";
import { withDatabase } from "./with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
let api: ServedApi;
let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  hub = await startSmallHub(db(), {
    ALERT_WEBHOOK_URL: receiver.url,
    ALERT_WEBHOOK_KIND: "json",
    POLL_TAKE_INTERVAL_MS: "50",
    POLL_HOLD_SECONDS: "1",
    POLL_RETRY_MS: "10",
  });
  api = await serveApi(hub.deps);
});
afterAll(async () => {
  await hub.stop();
  await api.stop();
  await receiver.stop();
});

const bots = 20;

function accounts(): Promise<Account[]> {
  return db().collection<Account>("accounts").find({}).sort({ _id: 1 }).toArray();
}

/** Runs a poller beside `watch`, and ends with both. */
async function whilePolling(watch: () => Promise<void>): Promise<void> {
  const polling = runPoller(api.deps, plusSeconds(api.deps.clock.now(), 300));
  try {
    await watch();
  } finally {
    // The poller sees that its time is over and lets its holds return.
    api.deps.clock.moveOn(400_000);
    await polling;
  }
}

function allPolled(): Promise<void> {
  return vi.waitFor(
    async () => {
      for (const { botId = "" } of await accounts()) {
        expect(hub.wechat.pollStats({ botId }).count).toBeGreaterThan(0);
      }
    },
    { timeout: 60_000, interval: 50 },
  );
}

test("twenty logins expire: each is told by name, scanned through its link, and polled again", async () => {
  const owners = new Map<string, string>();
  for (let count = 1; count <= bots; count++) {
    const lease = { id: null, pollerId: null, expiresAt: new Date(0) };
    const bot = await hub.addBot({ name: `shop ${count}`, lease });
    owners.set(bot.name, bot.ilinkUserId ?? "");
  }
  const before = await accounts();

  await whilePolling(async () => {
    await allPolled();
    for (const { botId = "" } of before) hub.wechat.expireLogin({ botId });
    await vi.waitFor(
      async () => {
        for (const { status } of await accounts()) expect(status).toBe("login_expired");
      },
      { timeout: 60_000, interval: 50 },
    );
  });

  for (let round = 0; round < 4; round++) {
    await Promise.all([tellOfExpiries(api.deps), tellOfExpiries(api.deps)]);
  }
  const told: { name: string; rescanUrl: string }[] = receiver.bodies.map((body) =>
    JSON.parse(body),
  );
  expect(told).toHaveLength(bots);
  expect(new Set(told.map(({ name }) => name))).toEqual(new Set(owners.keys()));

  await Promise.all(
    told.map(async ({ name, rescanUrl }) => {
      await fetch(`${rescanUrl}/login`, { method: "POST" });
      const account = before.find((each) => each.name === name);
      const login = await db()
        .collection<{ accountId: string; qrContent: string }>("logins")
        .findOne({ accountId: account?._id ?? "" });
      const qr = login?.qrContent ?? "";
      hub.wechat.scan({ qr, userId: owners.get(name) ?? "" });
      hub.wechat.confirm({ qr });
    }),
  );
  await vi.waitFor(
    async () => {
      for (const { generation } of await accounts()) expect(generation).toBe(2);
    },
    { timeout: 60_000, interval: 50 },
  );
  await whilePolling(allPolled);

  const after = await accounts();
  expect(after).toHaveLength(bots);
  for (const [index, account] of after.entries()) {
    expect(account).toMatchObject({
      status: "approved",
      generation: 2,
      policyId: before[index]?.policyId,
    });
    expect(account.botId).not.toBe(before[index]?.botId);
  }
  const approvals = await db()
    .collection("audit_log")
    .countDocuments({ action: "account.approved" });
  expect(approvals).toBe(0);
  expect(Math.max(...Object.values(hub.wechat.overlaps()))).toBe(0);
}, 240_000);
