import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { retire } from "#core/accounts/change-account.ts";
import { expireLogin } from "#core/accounts/expire-login.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { approvedAccount, operator } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { startWebhookReceiver, type WebhookReceiver } from "#test/webhook-receiver.ts";
import { withDatabase } from "#test/with-database.ts";
import { expiryNoticeStore } from "./expiry-notice.store.ts";
import { hashOf, type RescanLink } from "./rescan-link.ts";
import { tellOfExpiries } from "./tell-of-expiries.ts";

const { db } = withDatabase();
const secret = "the-bot-token-nobody-may-see";
let receiver: WebhookReceiver;
let deps: TestDeps;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
});
afterAll(() => receiver.stop());
beforeEach(async () => {
  receiver.bodies.length = 0;
  receiver.answerWith({ status: 200, body: "{}" });
  await db().collection("accounts").deleteMany({});
  await db().collection("rescan_links").deleteMany({});
  deps = depsWith({});
});

function depsWith(settings: Record<string, string>): TestDeps {
  return testDeps(db(), {
    ALERT_WEBHOOK_URL: receiver.url,
    PUBLIC_URL: "https://hub.example/",
    ...settings,
  });
}

async function expiredBot(changed: Partial<Account> = {}): Promise<Account> {
  const account = approvedAccount(deps, changed);
  const botId = `${account._id}@im.bot`;
  const credential = sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, secret);
  await accountStore(db()).insert({ ...account, botId, credential });
  const expired = await expireLogin(deps, { accountId: account._id, generation: 1 });
  if (!expired) throw new Error("The login did not expire.");
  return expired;
}

/** What the receiver was told, as plain JSON. */
function told(): Record<string, string | null>[] {
  return receiver.bodies.map((body) => JSON.parse(body));
}

function links(): Promise<RescanLink[]> {
  return db().collection<RescanLink>("rescan_links").find({}).toArray();
}

const minuteMs = 60_000;

describe("an expired login", () => {
  test("is told with the bot's name, its last good poll and a link", async () => {
    const account = await expiredBot({
      name: "Tea\nshop ☕",
      owner: "Mei",
      lastGoodPollAt: new Date("2026-03-01T17:30:00Z"),
    });
    expect(await tellOfExpiries(deps)).toBe(1);
    const [body] = told();
    const token = body?.["rescanUrl"]?.replace("https://hub.example/rescan/", "") ?? "";
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(body).toMatchObject({
      event: "account.login_expired",
      id: `${account._id}:1`,
      accountId: account._id,
      name: "Tea shop ☕",
      owner: "Mei",
      lastGoodPollAt: "2026-03-01T17:30:00.000Z",
      loginExpiredAt: "2036-03-03T08:00:00.000Z",
      rescanUrlExpiresAt: "2036-03-06T08:00:00.000Z",
    });
    expect(body?.["text"]).toContain("机器人：Tea shop ☕");
    expect(body?.["text"]).toContain("Owner: Mei");
    expect(body?.["text"]).toContain("2026-03-02 01:30:00 (Asia/Shanghai)");
    expect(body?.["text"]).toContain(`https://hub.example/rescan/${token}`);
    expect(await links()).toMatchObject([
      { tokenHash: hashOf(token), accountId: account._id, generation: 1, spentAt: null },
    ]);
  });

  test("is told in the time zone that the settings name, and a bot never polled says so", async () => {
    deps = depsWith({ TIME_ZONE: "Europe/Berlin" });
    await expiredBot({ lastGoodPollAt: new Date("2026-03-01T17:30:00Z") });
    await expiredBot();
    await tellOfExpiries(deps);
    expect(told()[0]?.["text"]).toContain("2026-03-01 18:30:00 (Europe/Berlin)");
    expect(told()[1]?.["text"]).toContain("Last good poll: never");
  });

  test("without PUBLIC_URL is told with where to scan instead", async () => {
    deps = depsWith({ PUBLIC_URL: "" });
    await expiredBot();
    expect(await tellOfExpiries(deps)).toBe(1);
    expect(told()[0]).toMatchObject({ rescanUrl: null });
    expect(told()[0]?.["text"]).toContain("In the console open the bot");
    expect(await links()).toEqual([]);
  });

  test("leaves an audit line, and no secret anywhere", async () => {
    const { _id } = await expiredBot();
    await tellOfExpiries(deps);
    const lines = await db().collection("audit_log").find({ subjectId: _id }).toArray();
    expect(lines.map(({ action }) => action)).toContain("account.expiry_notified");
    const token = told()[0]?.["rescanUrl"]?.split("/").at(-1) ?? "none";
    expect(receiver.bodies.join()).not.toContain(secret);
    const stored = JSON.stringify([await links(), lines, deps.logLines]);
    for (const hidden of [secret, token, "receiver-secret"]) expect(stored).not.toContain(hidden);
  });
});

describe("each expiry is told once", () => {
  test("by however many sweeps, one after the other or at the same time", async () => {
    const bots = await Promise.all(Array.from({ length: 8 }, () => expiredBot()));
    await Promise.all([tellOfExpiries(deps), tellOfExpiries(deps), tellOfExpiries(deps)]);
    await tellOfExpiries(deps);
    const ids = told().map(({ accountId }) => accountId);
    expect(ids).toHaveLength(bots.length);
    expect(new Set(ids)).toEqual(new Set(bots.map(({ _id }) => _id)));
  });

  test("and the next expiry of the same bot again", async () => {
    const { _id } = await expiredBot();
    await tellOfExpiries(deps);
    await accountStore(db()).changeWhere(
      { _id },
      { $set: { status: "approved", generation: 2, expiryNotice: null } },
    );
    await expireLogin(deps, { accountId: _id, generation: 2 });
    expect(await tellOfExpiries(deps)).toBe(1);
    expect(told().map(({ id }) => id)).toEqual([`${_id}:1`, `${_id}:2`]);
  });

  test("a sweep that died in between is followed by another one a minute later", async () => {
    const { _id } = await expiredBot();
    const now = deps.clock.now();
    const until = new Date(now.getTime() + minuteMs);
    await expiryNoticeStore(db()).claim({ accountId: _id, generation: 1 }, now, until);
    expect(await tellOfExpiries(deps)).toBe(0);
    await deps.clock.advance(minuteMs);
    expect(await tellOfExpiries(deps)).toBe(1);
    expect(told()).toHaveLength(1);
  });

  test("a sweep that came too late does not undo what its successor noted", async () => {
    const { _id } = await expiredBot();
    const store = expiryNoticeStore(db());
    const expired = { accountId: _id, generation: 1 };
    const first = await store.claim(expired, deps.clock.now(), deps.clock.now());
    await tellOfExpiries(deps);
    if (!first) throw new Error("The notice was not claimed.");
    await store.putOff(first.claim, deps.clock.now());
    expect((await accountStore(db()).get(_id)).expiryNotice?.state).toBe("sent");
    expect(await tellOfExpiries(deps)).toBe(0);
  });

  test("and while its successor is still sending, it does not hand the notice to a third", async () => {
    const { _id } = await expiredBot();
    const store = expiryNoticeStore(db());
    const now = deps.clock.now();
    const expired = { accountId: _id, generation: 1 };
    const first = await store.claim(expired, now, now);
    const second = await store.claim(expired, now, new Date(now.getTime() + minuteMs));
    if (!first || !second) throw new Error("The notice was not claimed.");
    await store.putOff(first.claim, now);
    expect(await tellOfExpiries(deps)).toBe(0);
  });

  test("not at all when somebody scanned or retired the bot before", async () => {
    const scanned = await expiredBot();
    await accountStore(db()).changeWhere({ _id: scanned._id }, { $set: { status: "approved" } });
    const retired = await expiredBot();
    await retire(deps, operator, retired._id);
    expect(await tellOfExpiries(deps)).toBe(0);
    expect(told()).toEqual([]);
  });
});

describe("a receiver that is away", () => {
  test("is told later, after pauses that grow to an hour", async () => {
    await expiredBot();
    receiver.answerWith({ status: 503, body: "" });
    const pauses = [1, 2, 4, 8, 16, 32, 60, 60];
    for (const [tries, pause] of pauses.entries()) {
      await tellOfExpiries(deps);
      expect(receiver.bodies).toHaveLength(tries + 1);
      await deps.clock.advance(pause * minuteMs - 1);
      await tellOfExpiries(deps);
      expect(receiver.bodies).toHaveLength(tries + 1);
      await deps.clock.advance(1);
    }
    receiver.answerWith({ status: 200, body: "" });
    expect(await tellOfExpiries(deps)).toBe(1);
    await deps.clock.advance(24 * 60 * minuteMs);
    expect(await tellOfExpiries(deps)).toBe(0);
    expect(receiver.bodies).toHaveLength(pauses.length + 1);
  });

  test("is not asked again for every bot", async () => {
    for (let count = 0; count < 5; count++) await expiredBot();
    receiver.answerWith({ status: 500, body: "" });
    await tellOfExpiries(deps);
    expect(receiver.bodies).toHaveLength(2);
    receiver.answerWith({ status: 200, body: "" });
    await deps.clock.advance(minuteMs);
    expect(await tellOfExpiries(deps)).toBe(5);
  });

  test("takes no link into the world that nobody got", async () => {
    await expiredBot();
    receiver.answerWith({ status: 404, body: "" });
    await tellOfExpiries(deps);
    expect(await links()).toEqual([]);
    receiver.answerWith({ status: 500, body: "" });
    await deps.clock.advance(minuteMs);
    await tellOfExpiries(deps);
    expect(await links()).toHaveLength(1);
  });

  test("is named in the log by the reason only", async () => {
    const { _id } = await expiredBot();
    receiver.answerWith({ status: 500, body: "secret prose" });
    await tellOfExpiries(deps);
    const line = deps.logLines.find((each) => each.includes("expiry_notice.failed"));
    expect(line).toContain(_id);
    expect(line).toContain("http 500");
    expect(deps.logLines.join()).not.toContain("secret");
  });

  test("or not set up yet hears of it once it is", async () => {
    await expiredBot();
    expect(await tellOfExpiries(depsWith({ ALERT_WEBHOOK_URL: "" }))).toBe(0);
    expect(await tellOfExpiries(deps)).toBe(1);
  });
});

test("many at once are told as fast as a group robot takes them, in whichever round", async () => {
  receiver.answerWith({ status: 200, body: '{"errcode":0}' });
  deps = depsWith({ ALERT_WEBHOOK_KIND: "wecom" });
  for (let count = 0; count < 20; count++) await expiredBot();
  expect(await tellOfExpiries(deps)).toBe(18);
  await deps.clock.advance(20_000);
  expect(await tellOfExpiries(deps)).toBe(0);
  await deps.clock.advance(40_000);
  expect(await tellOfExpiries(deps)).toBe(2);
  expect(receiver.bodies).toHaveLength(20);
});

test("a receiver without such a limit hears of all twenty in one round", async () => {
  for (let count = 0; count < 20; count++) await expiredBot();
  expect(await tellOfExpiries(deps)).toBe(20);
  expect(new Set(told().map(({ id }) => id)).size).toBe(20);
});

test("a slow receiver ends the round after 15 seconds, and the rest is told in the next", async () => {
  for (let count = 0; count < 4; count++) await expiredBot();
  let nowMs = deps.clock.now().getTime();
  // Each look at the clock is four seconds later.
  const now = () => new Date((nowMs += 4_000));
  expect(await tellOfExpiries({ ...deps, clock: { ...deps.clock, now } })).toBeLessThan(4);
  await deps.clock.advance(minuteMs);
  await tellOfExpiries(deps);
  expect(new Set(told().map(({ id }) => id)).size).toBe(4);
});
