import { beforeEach, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { openToken } from "#core/accounts/credentials.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { apiClient } from "#test/api-client.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { SavedWorld } from "#local/wechat-sim/saved-world.ts";
import { fillSample } from "./fill.ts";
import { sampleBot } from "./names.ts";

const { db } = withDatabase();
const deps = testDeps(db());

beforeEach(async () => {
  for (const name of ["accounts", "conversations", "agent_runs", "messages", "hermes"]) {
    await db().collection(name).deleteMany({});
  }
});

test.each([0, 1, 300])(
  "fills a database with %d bots that the hub can read",
  async (accounts) => {
    const counts = await fillSample(deps, accounts);
    expect(counts.accounts).toBe(accounts);
    const bot = await db().collection<Account>("accounts").findOne({});
    expect(bot === null).toBe(accounts === 0);
    if (bot) await accountStore(db()).get(bot._id);
    const runs = await agentRunStore(db()).list({ limit: 200 });
    expect(runs.length).toBe(Math.min(200, counts.runs));
    if (bot) await messageStore(db()).list({ accountId: bot._id, limit: 50 });
  },
  180_000,
);

test("shows each kind of work: drafts, a failed send, what is parked, an outage, expired logins", async () => {
  await fillSample(deps, 30);
  const api = apiClient(deps);
  const { answer } = await api.call("GET", "/api/statistics/overview");
  expect(answer).toMatchObject({ tiles: { accounts: 30, pendingApproval: 3, loginExpired: 3 } });
  const tiles = JSON.stringify(answer["tiles"]);
  expect(tiles).not.toMatch(/"(drafts|parked|undelivered|failedToday)":0/);
  const { items } = await api.list("/api/hermes");
  expect(JSON.stringify(items[0]?.["reachability"])).toMatch(/"share":0\.\d/);
  for (const path of [
    "accounts",
    "conversations",
    "reviews",
    "agent-runs",
    "outbound?state=dead",
  ]) {
    expect((await api.call("GET", `/api/${path}`)).status, path).toBe(200);
    expect((await api.list(`/api/${path}`)).items.length, path).toBeGreaterThan(0);
  }
});

test("polls nothing and has a name of its own for each of a thousand bots", async () => {
  await fillSample(deps, 30);
  expect(await accountStore(db()).listScheduledIds()).toEqual([]);
  const names = Array.from({ length: 1_000 }, (_, number) => sampleBot(number).name);
  expect(new Set(names).size).toBe(1_000);
});

test("WeChat's simulator is told of the same bots, contacts and words", async () => {
  const options = { wechatUrl: "http://127.0.0.1:1" };
  const { world, live, scheduled } = await fillSample(deps, 30, options);
  expect(SavedWorld.safeParse(world).error).toBeUndefined();
  expect(Map.groupBy(world.bots, ({ status }) => status).get("expired")).toHaveLength(3);
  expect((await accountStore(db()).listScheduledIds()).toSorted()).toEqual(scheduled.toSorted());
  for (const accountId of scheduled) {
    const { botId, credential = "" } = await accountStore(db()).get(accountId);
    const bot = world.bots.find((each) => each.botId === botId);
    const { CREDENTIAL_KEY } = deps.settings.credentials;
    expect(openToken(CREDENTIAL_KEY, botId ?? "", credential)).toBe(bot?.token);
    const talks = await db()
      .collection<Conversation>("conversations")
      .find({ accountId })
      .toArray();
    const known = new Map(bot?.contacts.map((each) => [each.userId, each.sentSinceInbound]));
    expect(known).toEqual(new Map(talks.map(({ userId, credits }) => [userId, 10 - credits])));
  }
  expect(live.some(({ contacts }) => contacts.length > 0)).toBe(true);
});

test("the same seed gives the same words, another one others", async () => {
  const wordsOf = async (seed: number) => {
    const { world } = await fillSample(deps, 2, { seed });
    await db().collection("accounts").deleteMany({});
    return world.phoneMessages.map(({ text, at }) => `${at} ${text}`);
  };
  expect(await wordsOf(1)).toEqual(await wordsOf(1));
  expect(await wordsOf(1)).not.toEqual(await wordsOf(2));
});
