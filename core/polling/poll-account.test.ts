import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { watchOddAnswers } from "#core/accounts/odd-answers.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { createPolicyCache } from "#core/policies/policy-cache.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { startWechatSim, type WechatSim } from "#local/wechat-sim/server.ts";
import { approvedAccount } from "#test/records.ts";
import { createRunningClock, type RunningClock } from "#test/running-clock.ts";
import { scanBot } from "#test/small-hub.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { pollAccount, type HeldAccount, type PollContext } from "./poll-account.ts";
import { createPollLengths } from "./poll-lengths.ts";
import { createPusher } from "./pusher.ts";

/** A hold of 35 s lasts 1 s here, its margin 150 ms. */
const settings = { POLL_HOLD_SECONDS: "1", POLL_HOLD_MARGIN_MS: "150" };
const database = withDatabase();

let wechat: WechatSim;
let deps: Omit<TestDeps, "clock"> & { clock: RunningClock };
let held: HeldAccount;
let context: PollContext;
let botId: string;
let userId: string;
/** How long each poll was allowed to take, oldest first; waiting for the next one counts nothing. */
let allowedMs: number[];
let isOver: boolean;
let loop: Promise<void>;

beforeEach(async () => {
  wechat = await startWechatSim({ config: { polling: { holdMs: 200 } } });
  const clock = createRunningClock();
  const all = { ...settings, WECHAT_BASE_URL: wechat.url };
  deps = { ...testDeps(database.db(), all), clock, newId: idMaker(() => clock.now()) };
  const owner = wechat.createUser({ name: "owner" }).userId;
  userId = wechat.createUser({ name: "contact" }).userId;
  const scanned = await scanBot(wechat, owner);
  botId = scanned.botId;
  const account = approvedAccount(deps, {
    botId,
    ilinkUserId: owner,
    credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, scanned.botToken),
    baseUrl: wechat.url,
    lease: { id: "lse_1", pollerId: "plr_1", expiresAt: plusSeconds(clock.now(), 3600) },
  });
  await accountStore(deps.db).insert(account);
  held = heldOf(account);
  allowedMs = [];
  isOver = false;
  context = {
    pusher: createPusher(deps),
    policies: createPolicyCache(deps),
    lengths: createPollLengths(deps.settings.polling),
    oddAnswers: watchOddAnswers(deps),
    mayPoll(_held, timeoutMs) {
      if (isOver) return "no";
      if (held.retryAt <= clock.now()) allowedMs.push(timeoutMs);
      return "yes";
    },
    changed() {},
    signal: new AbortController().signal,
  };
});

afterEach(async () => {
  isOver = true;
  await wechat.stop();
  await loop;
});

function heldOf(account: Account): HeldAccount {
  return {
    ref: { accountId: account._id, leaseId: "lse_1", generation: account.generation },
    account,
    leaseUntil: account.lease.expiresAt,
    unwanted: false,
    lost: false,
    cursor: account.cursor,
    failures: 0,
    retryAt: new Date(0),
    lastGoodPollAt: null,
    polledSinceRenewal: false,
  };
}

function begin(): void {
  loop = pollAccount(deps, held, context);
}

function writes(words: string): void {
  wechat.userSends({ userId, botId, text: words });
}

async function stored(): Promise<InboundMessage[]> {
  const messages = deps.db.collection<InboundMessage>("messages");
  return messages.find({ accountId: held.ref.accountId }).sort({ _id: 1 }).toArray();
}

function isStored(...texts: string[]): Promise<void> {
  return vi.waitFor(async () => expect((await stored()).map(({ text }) => text)).toEqual(texts), {
    timeout: 10_000,
  });
}

function logged(event: string): Record<string, unknown>[] {
  return deps.logLines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
}

test("what WeChat leaves out, or nobody has told us of, is counted by kind and shown without text", async () => {
  wechat.configure({ inbound: { omitFields: ["context_token"] } });
  begin();
  writes("a secret of mine");
  writes("and another");
  await isStored("a secret of mine", "and another");
  wechat.userSends({ userId, botId, unknownItemType: 42 });
  await vi.waitFor(async () => expect(await stored()).toHaveLength(3), { timeout: 10_000 });
  const behaviour = { kind: "refuse", ret: -77, errmsg: "access denied for Mei" } as const;
  wechat.armFault({ endpoint: "getupdates", behaviour });
  await vi.waitFor(() => expect(logged("poll.failed")).toHaveLength(1), { timeout: 10_000 });

  const shown = logged("wechat.odd_answer");
  expect(shown.map(({ method, what }) => `${String(method)}: ${String(what)}`)).toEqual([
    "getupdates: no context_token",
    "getupdates: item of type 42",
    "getupdates: code -77",
  ]);
  expect(shown[0]?.shape).toContain('"text_item":{"text":"<16 chars>"}');
  expect(shown[2]?.shape).toContain("access denied for <3 chars>");
  expect(JSON.stringify(deps.logLines)).not.toContain("secret of mine");
  context.oddAnswers.tell();
  expect(logged("wechat.odd_answers")).toMatchObject([
    { what: "no context_token", times: 3 },
    { what: "item of type 42", times: 1 },
    { what: "code -77", times: 1 },
  ]);
});

test("what the contact writes is stored, whenever it comes", async () => {
  begin();
  writes("one");
  await isStored("one");
  writes("two");
  await isStored("one", "two");
  const { cursor } = await accountStore(deps.db).get(held.ref.accountId);
  expect(cursor).toBe(held.cursor);
  expect(held.lastGoodPollAt).not.toBeNull();
});

describe("WeChat is told that the bot is online", () => {
  function isOnline(): boolean | undefined {
    return wechat.state().bots.find((bot) => bot.botId === botId)?.online;
  }
  const notified = () => wechat.calls().filter(({ endpoint }) => endpoint === "notifystart");

  test("when a login is polled for the first time, and not at a hand-over", async () => {
    begin();
    await vi.waitFor(() => expect(isOnline()).toBe(true));
    isOver = true;
    await loop;
    held = heldOf({ ...held.account, cursor: "later", lastGoodPollAt: deps.clock.now() });
    isOver = false;
    begin();
    await vi.waitFor(() => expect(allowedMs.length).toBeGreaterThan(3), { timeout: 10_000 });
    expect(notified()).toHaveLength(1);
  });

  test("again after a pause", async () => {
    const lastGoodPollAt = plusSeconds(deps.clock.now(), -700);
    held = heldOf({ ...held.account, cursor: "later", lastGoodPollAt });
    begin();
    await vi.waitFor(() => expect(isOnline()).toBe(true));
  });

  test("and polled all the same when it will not hear it", async () => {
    wechat.armFault({ endpoint: "notifystart", behaviour: { kind: "refuse", ret: -1 } });
    begin();
    writes("hello");
    await isStored("hello");
    expect(logged("notify.failed")).toHaveLength(1);
    expect(isOnline()).toBe(false);
  });
});

describe("a poll that fails", () => {
  test("is tried again after 2 s, 2 s and 30 s, over and over, until one is answered", async () => {
    wechat.armFault({
      endpoint: "getupdates",
      times: 7,
      behaviour: { kind: "drop-connection" },
    });
    const waits: number[] = [];
    begin();
    for (let failures = 1; failures <= 7; failures++) {
      await vi.waitFor(() => expect(held.failures).toBe(failures), { timeout: 10_000 });
      const [at] = logged("poll.failed").slice(-1);
      expect(at).toMatchObject({ failures });
      waits.push(Math.round((held.retryAt.getTime() - deps.clock.now().getTime()) / 1000));
      expect(wechat.pollStats({ botId }).count).toBe(failures);
      deps.clock.moveOn(30_000);
    }
    expect(waits).toEqual([2, 2, 30, 2, 2, 30, 2]);
    writes("still here");
    await isStored("still here");
    expect(held.failures).toBe(0);
  });

  test.each(["html", "not-json", "refuse"] as const)("as %s is a failure too", async (kind) => {
    wechat.armFault({ endpoint: "getupdates", behaviour: { kind } });
    begin();
    await vi.waitFor(() => expect(logged("poll.failed")).toHaveLength(1), { timeout: 10_000 });
    expect(held.lost).toBe(false);
  });
});

describe("-14", () => {
  test("ends the login and the polling, and is not retried", async () => {
    begin();
    await vi.waitFor(() => expect(wechat.openPolls()[botId]).toBe(1));
    wechat.expireLogin({ botId });
    await loop;
    expect(held.lost).toBe(true);
    expect(await accountStore(deps.db).get(held.ref.accountId)).toMatchObject({
      status: "login_expired",
      statusBeforeExpiry: "approved",
      scheduleWanted: "off",
      scheduleDiffers: true,
      lease: { id: null },
    });
    expect(logged("account.login_expired")).toHaveLength(1);
  });

  test("to the older of two polls does not end the login that the other holder uses", async () => {
    begin();
    await vi.waitFor(() => expect(wechat.openPolls()[botId]).toBe(1));
    const accounts = deps.db.collection<Account>("accounts");
    await accounts.updateOne({ _id: held.ref.accountId }, { $set: { "lease.id": "lse_2" } });
    wechat.expireLogin({ botId });
    await loop;
    expect(held.lost).toBe(true);
    expect(await accountStore(deps.db).get(held.ref.accountId)).toMatchObject({
      status: "approved",
      lease: { id: "lse_2" },
    });
  });
});

describe("a poll that is cut", () => {
  test("by 524 is an empty one, and the host's polls end before its gateway gives up", async () => {
    wechat.configure({ polling: { holdMs: 1_000, gatewayTimeoutAfterMs: 400 } });
    begin();
    await vi.waitFor(() => expect(logged("poll.cut").length).toBeGreaterThanOrEqual(4), {
      timeout: 10_000,
    });
    const cuts = logged("poll.cut").map(({ by }) => by);
    expect(cuts.slice(0, 2)).toEqual(["524", "524"]);
    expect(new Set(cuts.slice(2))).toEqual(new Set(["timeout"]));
    expect(allowedMs.slice(0, 2)).toEqual([1_150, 1_150]);
    expect(allowedMs[2]).toBeGreaterThanOrEqual(300);
    expect(allowedMs[2]).toBeLessThan(400);
    expect(held.failures).toBe(0);
    writes("through all that");
    await isStored("through all that");
    expect(wechat.pollStats({ botId }).overlaps).toBe(0);
  });

  test("because nothing came in time is an empty one, at the same cursor", async () => {
    wechat.armFault({ endpoint: "getupdates", behaviour: { kind: "hang" } });
    begin();
    await vi.waitFor(() => expect(logged("poll.cut")).toHaveLength(1), { timeout: 10_000 });
    expect(logged("poll.cut")).toMatchObject([{ by: "timeout" }]);
    expect(held.failures).toBe(0);
    writes("after the silence");
    await isStored("after the silence");
  });

  test("or answered at once over and over does not become a storm", async () => {
    wechat.armFault({
      endpoint: "getupdates",
      times: null,
      behaviour: { kind: "http", status: 524 },
    });
    const startedAt = deps.clock.now().getTime();
    begin();
    await vi.waitFor(() => expect(logged("poll.cut").length).toBeGreaterThan(0), {
      timeout: 10_000,
    });
    const retryMs = deps.settings.polling.POLL_RETRY_MS;
    expect(held.retryAt.getTime() - startedAt).toBeGreaterThanOrEqual(retryMs);
    const elapsedMs = deps.clock.now().getTime() - startedAt;
    const { count } = wechat.pollStats({ botId });
    expect(count).toBeLessThanOrEqual(1 + Math.floor(elapsedMs / retryMs));
  });
});

test("a hold that WeChat announces is what the next poll waits for", async () => {
  wechat.configure({ polling: { announcedHoldMs: 600 } });
  begin();
  writes("hello");
  await isStored("hello");
  await vi.waitFor(() => expect(allowedMs.length).toBeGreaterThan(1));
  expect(allowedMs[1]).toBe(750);
});

test("while the database refuses, nothing is polled, and what came is stored afterwards", async () => {
  await deps.db.command({ collMod: "messages", validator: { refuseAll: { $exists: true } } });
  begin();
  writes("keep me");
  try {
    await vi.waitFor(() => expect(logged("messages.not_stored").length).toBeGreaterThan(2), {
      timeout: 10_000,
    });
    expect(wechat.openPolls()[botId]).toBe(0);
  } finally {
    await deps.db.command({ collMod: "messages", validator: {} });
  }
  await isStored("keep me");
  await vi.waitFor(() => expect(context.pusher.nextDueAt()).not.toBeNull());
  await context.pusher.pushAll();
  expect(deps.jobs).toHaveLength(1);
});

test("a suspended account's running hold is not cut, and what it brings is not answered", async () => {
  begin();
  await vi.waitFor(() => expect(wechat.openPolls()[botId]).toBe(1));
  held.unwanted = true;
  writes("too late");
  await loop;
  expect(await stored()).toMatchObject([
    { text: "too late", unansweredReason: "account_not_approved" },
  ]);
  expect(deps.jobs).toEqual([]);
  expect(wechat.pollStats({ botId }).count).toBe(1);
});

test("empty answers write nothing, but the cursor they moved to goes with the next poll", async () => {
  const before = await accountStore(deps.db).get(held.ref.accountId);
  begin();
  await vi.waitFor(() => expect(wechat.pollStats({ botId }).count).toBeGreaterThan(2), {
    timeout: 10_000,
  });
  expect(held.cursor).not.toBe("");
  expect(await accountStore(deps.db).get(held.ref.accountId)).toEqual(before);
});
