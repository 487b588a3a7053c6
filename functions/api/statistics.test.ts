import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { pauseCalls, resumeCalls } from "#core/agent-runs/pause-calls.ts";
import type { StoredMessage } from "#core/messages/message.store.ts";
import { Review } from "#core/reviews/review.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { answering, pollingPerMonth } from "#core/statistics/cost.ts";
import { reachabilityOf } from "#core/statistics/reachability.ts";
import { startHermesSim } from "#local/hermes-sim/server.ts";
import { apiClient } from "#test/api-client.ts";
import {
  approvedAccount,
  begunRun,
  openConversation,
  operator,
  outboundMessage,
  waitingMessage,
} from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";

const database = withDatabase();
const { db } = database;
const hermes = await startHermesSim({ apiKey: "a-key-for-the-test" });
afterAll(() => hermes.stop());
const deps = testDeps(db(), {
  HERMES_API_BASE_URL: hermes.baseUrl,
  HERMES_API_KEY: hermes.apiKey,
  HERMES_PLACES: "2",
});
const api = apiClient(deps);
const shop = approvedAccount(deps, { name: "Shop", labels: ["shop"] });
const bank = approvedAccount(deps, { name: "Bank", labels: ["bank"] });

/** One question of a contact of its own, its run as it is to stand now. */
async function question(account: typeof shop, changed: Partial<AgentRun>): Promise<void> {
  const userId = `o${deps.newId("message")}@im.wechat`;
  const conversation = openConversation(deps, account._id, { userId });
  const message = waitingMessage(deps, conversation);
  const run = begunRun(deps, { account, conversation, messages: [message] }, changed);
  await db().collection<StoredMessage>("messages").insertOne(message);
  await db().collection<AgentRun>("agent_runs").insertOne(run);
}

beforeAll(async () => {
  for (const each of [shop, bank]) await accountStore(db()).insert(each);
  const now = deps.clock.now();
  const times = (seconds: number) => {
    const end = plusSeconds(now, seconds);
    return { hermesStartedAt: now, hermesEndedAt: end, acceptedAt: plusSeconds(end, 1) };
  };
  const usage = { total_tokens: 100 };
  await question(shop, { status: "sent", usage, ...times(2) });
  await question(shop, { status: "sent", usage, ...times(10) });
  await question(shop, { status: "error" });
  await question(bank, { status: "retry_pending", waitCause: "hermes_full" });
  const conversation = openConversation(deps, bank._id, { alias: "Mr Li" });
  await db().collection<Conversation>("conversations").insertOne(conversation);
  const lost = outboundMessage(deps, conversation, { failure: "dead" });
  await db().collection<StoredMessage>("messages").insertOne(lost);
});

describe("the overview", () => {
  test("counts what there is, and names what needs a person", async () => {
    const { answer } = await api.call("GET", "/api/statistics/overview");
    expect(answer).toMatchObject({
      tiles: {
        accounts: 2,
        polling: 2,
        waitingForHermes: 1,
        failedToday: 1,
        undelivered: 1,
        unconfirmed: 0,
      },
      needsYou: [{ kind: "undelivered", accountName: "Bank", contact: { alias: "Mr Li" } }],
      firstUse: { botCreated: true, botApproved: true, messageReceived: false, answerSent: true },
    });
  });

  test("of many drafts none hides a bot that has to be scanned, and one that is put off is none", async () => {
    const desk = approvedAccount(deps, { name: "Desk", labels: ["desk"] });
    const silent = approvedAccount(deps, {
      name: "Silent",
      labels: ["desk"],
      status: "login_expired",
      loginExpiredAt: deps.clock.now(),
    });
    for (const each of [desk, silent]) await accountStore(db()).insert(each);
    const inHours = (hours: number) => plusSeconds(deps.clock.now(), hours * 3600);
    const draft = (review: object) =>
      question(desk, { status: "awaiting_review", draft: true, review: Review.parse(review) });
    for (let n = 1; n <= 25; n++) await draft({ windowEndsAt: inHours(n) });
    await draft({ windowEndsAt: inHours(1), snoozedUntil: inHours(1) });
    const own = await api.as("viewer", ["desk"]);
    const { answer } = await api.call("GET", "/api/statistics/overview", undefined, own);
    expect(answer).toMatchObject({ tiles: { drafts: 25, loginExpired: 1 } });
    const needs = z.array(z.looseObject({ kind: z.string() })).parse(answer["needsYou"]);
    expect(needs.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 19 }, () => "review"),
      "login_expired",
    ]);
    const accountId = { $in: [desk._id, silent._id] };
    for (const name of ["agent_runs", "messages"])
      await db().collection(name).deleteMany({ accountId });
    await db().collection<Account>("accounts").deleteMany({ _id: accountId });
  });

  test("shows a caller's own bots only", async () => {
    const limited = await api.as("viewer", ["shop"]);
    const { answer } = await api.call("GET", "/api/statistics/overview", undefined, limited);
    expect(answer).toMatchObject({
      tiles: { accounts: 1, waitingForHermes: 0, undelivered: 0, failedToday: 1 },
      needsYou: [],
    });
  });

  test("left open for an hour in ten tabs, it costs few statements", async () => {
    const client = new MongoClient(database.uri, { monitorCommands: true });
    let commands = 0;
    client.on("commandStarted", ({ commandName }) => {
      if (commandName !== "endSessions") commands++;
    });
    const counted = apiClient({ ...deps, db: client.db(database.name) });
    const asks = 120;
    for (let at = 0; at < asks; at++) {
      await Promise.all(
        Array.from({ length: 10 }, () => counted.call("GET", "/api/statistics/overview")),
      );
      await counted.call("GET", "/api/statistics/series");
      await deps.clock.advance(30_000);
    }
    await client.close();
    // Nine for the tiles each time they are asked for, two for the series each minute.
    expect(commands).toBeLessThanOrEqual(asks * 9 + (asks / 2) * 2);
  });
});

test("the series tells by hour what came in and what became of it", async () => {
  const client = apiClient(deps);
  const { answer } = await client.call("GET", "/api/statistics/series?range=7d");
  const { items } = await client.list("/api/statistics/series?range=7d");
  expect(items).toHaveLength(168);
  const filled = items.filter(({ messagesIn }) => messagesIn !== 0);
  expect(filled).toMatchObject([{ messagesIn: 4, answered: 2, held: 0, waiting: 1, failed: 1 }]);
  expect(answer["asOf"]).toBe(deps.clock.now().toISOString());
});

test("speed by bot has median and 95th percentile", async () => {
  const { items } = await apiClient(deps).list("/api/statistics/accounts");
  expect(items[0]).toMatchObject({
    name: "Shop",
    runs: 3,
    hermesP50Ms: 2_000,
    hermesP95Ms: 10_000,
    answerP95Ms: 11_000,
  });
  expect(items[1]).toMatchObject({ name: "Bank", runs: 1, hermesP50Ms: null });
});

describe("cost", () => {
  test("is counted by bot from what is stored, with the date of its prices", async () => {
    const { answer } = await api.call("GET", "/api/cost");
    expect(answer).toMatchObject({
      currency: "USD",
      pricesAsOf: "2026-09-19",
      items: expect.arrayContaining([
        expect.objectContaining({
          name: "Shop",
          messagesIn: 3,
          messagesOut: 0,
          runs: 3,
          hermesSeconds: 12,
          tokens: 200,
        }),
        expect.objectContaining({ name: "Bank", messagesOut: 1 }),
      ]),
    });
    const limited = await api.as("viewer", ["bank"]);
    const { items } = await api.list("/api/cost", limited);
    expect(items.map(({ name }) => name)).toEqual(["Bank"]);
    expect((await api.call("GET", "/api/cost?month=2026-13")).status).toBe(400);
  });

  test("of polling and answering is as the price table's source reckons", () => {
    // 50 accounts share one poller that always waits: about 0.17 $ each, and 0.06 $ of ticks.
    expect(pollingPerMonth(50)).toBeGreaterThan(0.2);
    expect(pollingPerMonth(50)).toBeLessThan(0.3);
    // 3,000 questions of 30 s: 0.31 $ of waiting.
    expect(answering(3_000, 90_000)).toBeGreaterThan(0.3);
    expect(answering(3_000, 90_000)).toBeLessThan(0.36);
  });
});

describe("Hermes", () => {
  test("shows its state, places, speed, backlog and when that is worked off", async () => {
    const { items } = await apiClient(deps).list("/api/hermes");
    expect(items).toMatchObject([
      {
        id: hermes.baseUrl,
        isOwn: false,
        state: "up",
        places: { total: 2, inUse: 0 },
        backlog: 1,
        etaSeconds: 1,
      },
    ]);
  });

  test("is reachable as much of each hour as it was there", async () => {
    const now = new Date("2026-03-02T08:00:00.000Z");
    const at = (seconds: number) => plusSeconds(now, seconds);
    const changes = [
      { at: at(-5_400), state: "down" as const, cause: "refused" },
      { at: at(-2_700), state: "up" as const, cause: null },
    ];
    const health = { state: "up" as const, since: at(-2_700), changes };
    const hours = reachabilityOf(health, { now, hours: 3 });
    expect(hours.map(({ share }) => share)).toEqual([1, 0.5, 0.75]);
    const never = reachabilityOf(null, { now, hours: 2 });
    expect(never.map(({ share }) => share)).toEqual([1, 1]);
  });

  test("answers a test question, tells why it does not, and is not asked while paused", async () => {
    hermes.setAnswer(() => ({ kind: "ok", text: "I am here." }));
    const ask = () => api.call("POST", "/api/hermes/test-question", { question: "There?" });
    const seen = async () => (await apiClient(deps).list("/api/hermes")).items;
    expect(await seen(), "nobody reached it yet").toMatchObject([{ since: null }]);
    expect((await ask()).answer).toMatchObject({ answered: true, text: "I am here." });
    expect(await seen()).toMatchObject([{ state: "up", since: expect.any(String) }]);
    await pauseCalls(deps, operator, "test");
    expect(await ask()).toMatchObject({
      status: 409,
      answer: { error: { code: "hermes.calls_paused" } },
    });
    const { answer } = await apiClient(deps).call("GET", "/api/hermes");
    expect(answer).toMatchObject({ calls: { paused: true, reason: "test" } });
    await resumeCalls(deps, operator);
    await hermes.off();
    expect((await ask()).answer).toMatchObject({ answered: false, text: null });
    await hermes.on();
  });

  test("is paused by who sees all bots only", async () => {
    const limited = await api.as("operator", ["shop"]);
    const body = { reason: "mine" };
    expect((await api.call("POST", "/api/hermes/pause", body, limited)).status).toBe(403);
    expect((await api.call("POST", "/api/hermes/pause", {})).status).toBe(400);
    const seen = async () => (await api.call("GET", "/api/hermes")).answer;
    expect(await seen()).toMatchObject({ calls: { paused: false } });
    expect((await api.call("POST", "/api/hermes/pause", body)).answer).toMatchObject({
      paused: true,
    });
    expect(await seen(), "what was read a moment before is not told").toMatchObject({
      calls: { paused: true, reason: "mine" },
    });
    expect((await api.call("POST", "/api/hermes/resume")).answer).toMatchObject({ paused: false });
    expect(await seen()).toMatchObject({ calls: { paused: false } });
  });

  test("of a bot's own is set by an owner, its key never shown", async () => {
    const open = apiClient(testDeps(db(), { HERMES_ALLOW_PRIVATE: "true" }));
    const path = `/api/accounts/${bank._id}/hermes`;
    const body = { baseUrl: "http://127.0.0.1:9/v1", apiKey: "a-secret-key-1" };
    const { answer, status } = await open.call("PUT", path, body);
    expect(status).toBe(200);
    expect(JSON.stringify(answer)).not.toContain("a-secret-key-1");
    await hermesHealthStore(db()).keepCapabilities(body.baseUrl, false, deps.clock.now());
    const { items } = await open.list("/api/hermes");
    expect(items).toContainEqual(expect.objectContaining({ id: body.baseUrl, isOwn: true }));
    const theirs = await open.list("/api/hermes", await open.as("viewer", ["shop"]));
    expect(theirs.items).toHaveLength(1);
    expect((await open.call("DELETE", path)).answer).toMatchObject({ hermes: null });
  });
});
