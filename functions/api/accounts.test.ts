import { beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { apiClient } from "#test/api-client.ts";
import {
  approvedAccount,
  begunRun,
  openConversation,
  outboundMessage,
  waitingMessage,
} from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const api = apiClient(deps);

beforeEach(async () => {
  for (const name of ["accounts", "conversations", "agent_runs", "messages"]) {
    await db().collection(name).deleteMany({});
  }
});

describe("duplicates", () => {
  test("are found among all bots that the caller may see, in any case", async () => {
    const [first, second] = [await create("Tea house", ["a"]), await create("TEA HOUSE", ["b"])];
    const other = await create("Bakery", ["a"]);
    const path = `/api/accounts/duplicates?ids=${first},${other}`;
    const { answer } = await api.call("GET", path);
    expect(answer).toMatchObject({
      items: [
        { _id: first, namesakes: [{ _id: second, name: "TEA HOUSE", status: "pending_login" }] },
        { _id: other, namesakes: [] },
      ],
    });
    const limited = await api.as("operator", ["a"]);
    const seen = await api.call("GET", path, undefined, limited);
    expect(JSON.stringify(seen.answer)).not.toContain(second);
    const outside = await api.call(
      "GET",
      `/api/accounts/duplicates?ids=${second}`,
      undefined,
      limited,
    );
    expect(outside.answer).toEqual({ items: [] });
  });

  test("are asked of 200 bots at once, and of one at least", async () => {
    for (const ids of [
      "",
      ",",
      "茶".repeat(2_000),
      Array.from({ length: 201 }, (_, at) => `acc_${at}`).join(),
    ]) {
      const { status } = await api.call("GET", `/api/accounts/duplicates?ids=${ids}`);
      expect(status).toBe(400);
    }
  });
});

async function create(name: string, labels: string[] = []): Promise<string> {
  const { answer } = await api.call("POST", "/api/accounts", { name, labels });
  return String(answer["_id"]);
}

async function namesOf(query: string, headers?: Record<string, string>): Promise<unknown[]> {
  return (await api.list(`/api/accounts?${query}`, headers)).items.map(({ name }) => name);
}

describe("the list of bots", () => {
  test("finds by the beginning of a name, of a word in it and of a label, in any case", async () => {
    await create("Harbour Tea House", ["tea"]);
    await create("云山面馆", ["noodles"]);
    await create("Lamp shop", ["north coast"]);
    expect(await namesOf("q=harb")).toEqual(["Harbour Tea House"]);
    expect(await namesOf("q=TEA")).toEqual(["Harbour Tea House"]);
    expect(await namesOf(`q=${encodeURIComponent("面馆")}`)).toEqual(["云山面馆"]);
    expect(await namesOf("q=coast")).toEqual(["Lamp shop"]);
    expect(await namesOf("q=arbour")).toEqual([]);
  });

  test.each([
    ["name", ["Able", "bakery", "Cinema", "dairy", "East"]],
    ["newest", ["East", "dairy", "Cinema", "bakery", "Able"]],
    ["last-inbound", ["bakery", "dairy", "East", "Cinema", "Able"]],
    ["last-poll", ["dairy", "bakery", "East", "Cinema", "Able"]],
  ])("by %s comes page after page, each bot once", async (sort, wanted) => {
    const ids = new Map<string, string>();
    for (const name of ["Able", "bakery", "Cinema", "dairy", "East"]) {
      ids.set(name, await create(name));
    }
    const set = (name: string, fields: object) =>
      accountStore(db()).changeWhere({ _id: ids.get(name) ?? "" }, { $set: fields });
    const now = deps.clock.now();
    await set("bakery", { lastInboundAt: now, lastGoodPollAt: plusSeconds(now, -50) });
    await set("dairy", { lastInboundAt: plusSeconds(now, -60), lastGoodPollAt: now });
    const seen: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await api.list(`/api/accounts?limit=2&sort=${sort}${more}`);
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor ?? null;
    }
    expect(seen).toEqual(wanted);
  });

  test("takes no cursor of another sort", async () => {
    await create("one");
    const { nextCursor } = await api.list("/api/accounts?limit=1&sort=name");
    const path = `/api/accounts?limit=1&sort=newest&cursor=${nextCursor}`;
    expect(await api.call("GET", path)).toMatchObject({
      status: 400,
      answer: { error: { code: "request.cursor" } },
    });
  });

  test("since a time holds what changed since, with an overlap", async () => {
    const changed = await create("changed");
    await create("left alone");
    await deps.clock.advance(60_000);
    const since = deps.clock.now().toISOString();
    await api.call("PUT", `/api/accounts/${changed}`, { owner: "the desk" });
    expect(await namesOf(`since=${since}`)).toEqual(["changed"]);
  });

  test("filters by status, label, policy and polling, and shows a caller's own labels only", async () => {
    const store = accountStore(db());
    await store.insert(approvedAccount(deps, { name: "polled", labels: ["clinic"] }));
    await create("new", ["shop"]);
    expect(await namesOf("status=approved")).toEqual(["polled"]);
    expect(await namesOf("polling=false")).toEqual(["new"]);
    expect(await namesOf("label=clinic&policyId=auto")).toEqual(["polled"]);
    expect(await namesOf("policyId=off")).toEqual([]);
    const limited = await api.as("viewer", ["shop"]);
    expect(await namesOf("", limited)).toEqual(["new"]);
    expect(await namesOf("label=clinic", limited)).toEqual([]);
    const labels = await api.call("GET", "/api/accounts/labels", undefined, limited);
    expect(labels.answer).toEqual({ items: [{ label: "shop", accounts: 1 }] });
    const found = await api.call("GET", "/api/accounts/labels?q=CLI");
    expect(found.answer).toEqual({ items: [{ label: "clinic", accounts: 1 }] });
  });

  test("says of each bot how many windows, drafts and failures it has", async () => {
    const account = approvedAccount(deps);
    await accountStore(db()).insert(account);
    const conversation = openConversation(deps, account._id);
    const old = openConversation(deps, account._id, {
      userId: "oOther@im.wechat",
      lastInboundAt: plusSeconds(deps.clock.now(), -90_000),
    });
    await db().collection<Conversation>("conversations").insertMany([conversation, old]);
    const messages = [waitingMessage(deps, conversation)];
    const draft = begunRun(
      deps,
      { account, conversation, messages },
      { status: "awaiting_review" },
    );
    const others = [waitingMessage(deps, old)];
    const failed = begunRun(deps, { account, conversation: old, messages: others });
    await db()
      .collection<AgentRun>("agent_runs")
      .insertMany([
        { ...draft, draft: true },
        { ...failed, status: "error" },
      ]);
    const lost = outboundMessage(deps, conversation, { failure: "dead" });
    await db().collection<OutboundMessage>("messages").insertOne(lost);
    const { items } = await api.list("/api/accounts");
    const health = { openWindows: 1, waitingDrafts: 1, undelivered: 1, unconfirmed: 0 };
    expect(items).toMatchObject([{ health: { ...health, failedRuns: 1 } }]);
    const read = await api.call("GET", `/api/accounts/${account._id}`);
    expect(read.answer).toMatchObject({ health: { waitingDrafts: 1 } });
    expect(JSON.stringify(read.answer)).not.toMatch(/credential|searchKeys|cursor|lease/);
  });
});

describe("a bot", () => {
  test("made twice under one key is one bot; under none it is two", async () => {
    const body = { name: "once", labels: [] };
    const headers = {
      authorization: `Bearer ${deps.settings.api.API_TOKEN}`,
      "idempotency-key": "key-of-the-form-1",
    };
    const made = await Promise.all(
      [1, 2, 3].map(() => api.call("POST", "/api/accounts", body, headers)),
    );
    expect(new Set(made.map(({ answer }) => answer["_id"])).size).toBe(1);
    expect(await namesOf("")).toEqual(["once"]);
    await create("once");
    expect(await namesOf("")).toEqual(["once", "once"]);
  });

  test("is renamed with one audit line, found by its new name, and not changed by a repeat", async () => {
    const id = await create("Old name", ["shop"]);
    const change = { name: "New name", labels: ["shop", "north"] };
    const { answer } = await api.call("PUT", `/api/accounts/${id}`, change);
    expect(answer).toMatchObject({ ...change, version: 2 });
    await api.call("PUT", `/api/accounts/${id}`, change);
    expect(await namesOf("q=new")).toEqual(["New name"]);
    expect(await namesOf("q=old")).toEqual([]);
    const lines = await auditStore(db()).listOf(id, 10);
    expect(lines.map(({ action }) => action)).toEqual(["account.described", "account.created"]);
    expect(lines[0]?.details["before"]).toContain("Old name");
  });

  test("keeps a label of whoever is limited to labels", async () => {
    const limited = await api.as("operator", ["shop"]);
    const call = (method: string, path: string, body: object) =>
      api.call(method, path, body, limited);
    expect((await call("POST", "/api/accounts", { name: "a" })).status).toBe(403);
    expect((await call("POST", "/api/accounts", { name: "a", labels: ["bank"] })).status).toBe(403);
    const made = await call("POST", "/api/accounts", { name: "a", labels: ["shop"] });
    expect(made.status).toBe(200);
    const path = `/api/accounts/${String(made.answer["_id"])}`;
    expect((await call("PUT", path, { labels: ["bank", "shop"] })).status).toBe(403);
    expect((await call("PUT", path, { labels: [] })).status).toBe(403);
    expect((await call("PUT", path, { name: "b" })).status).toBe(200);
    const foreign = await create("theirs", ["bank"]);
    expect((await call("PUT", `/api/accounts/${foreign}`, { name: "mine" })).status).toBe(404);
  });

  test("that is rejected is cleaned up and keeps the reason; a repeat changes nothing", async () => {
    const account = approvedAccount(deps, { status: "pending_approval", polling: false });
    await accountStore(db()).insert(account);
    const path = `/api/accounts/${account._id}/reject`;
    const rejected = await api.call("POST", path, { reason: "scanned by mistake" });
    expect(rejected.answer).toMatchObject({
      status: "retiring",
      live: false,
      rejectedFor: "scanned by mistake",
    });
    expect((await api.call("POST", path, { reason: "again" })).answer).toMatchObject({
      rejectedFor: "scanned by mistake",
    });
    expect((await accountStore(db()).get(account._id)).credential).toBeUndefined();
    const lines = await auditStore(db()).listOf(account._id, 10);
    expect(lines).toMatchObject([
      { action: "account.rejected", details: { reason: "scanned by mistake" } },
    ]);
  });

  test("that works cannot be rejected", async () => {
    const account = approvedAccount(deps);
    await accountStore(db()).insert(account);
    const path = `/api/accounts/${account._id}/reject`;
    expect((await api.call("POST", path, { reason: "late" })).status).toBe(409);
    expect((await api.call("POST", path, {})).status).toBe(400);
    expect((await accountStore(db()).get(account._id)).status).toBe("approved");
  });

  test("is approved under the policy that is given, with a body or without", async () => {
    const first = approvedAccount(deps, { status: "pending_approval" });
    const second = approvedAccount(deps, { status: "pending_approval" });
    await accountStore(db()).insert(first);
    await accountStore(db()).insert(second);
    const body = { policyId: "manual-review" };
    expect(
      (await api.call("POST", `/api/accounts/${first._id}/approve`, body)).answer,
    ).toMatchObject({ status: "approved", policyId: "manual-review" });
    expect((await api.call("POST", `/api/accounts/${second._id}/approve`)).answer).toMatchObject({
      status: "approved",
      policyId: "auto",
    });
  });

  test("keeps the policy of who approved it first, whatever a later one asks for", async () => {
    const bot = approvedAccount(deps, { status: "pending_approval" });
    const off = approvedAccount(deps, { status: "suspended", policyId: "off" });
    for (const account of [bot, off]) await accountStore(db()).insert(account);
    const under = (account: Account, policyId: string) =>
      api.call("POST", `/api/accounts/${account._id}/approve`, { policyId });
    expect((await under(bot, "manual-review")).status).toBe(200);
    expect((await under(bot, "manual-review")).status, "a repeat").toBe(200);
    expect((await under(bot, "auto")).status).toBe(409);
    expect((await under(off, "auto")).status).toBe(409);
    expect(await accountStore(db()).get(bot._id)).toMatchObject({ policyId: "manual-review" });
    expect(await accountStore(db()).get(off._id)).toMatchObject({ policyId: "off" });
  });

  test("shows what a clean-up takes, and takes nothing yet", async () => {
    const account = approvedAccount(deps);
    await accountStore(db()).insert(account);
    const conversation = openConversation(deps, account._id);
    await db().collection<Conversation>("conversations").insertOne(conversation);
    const { answer } = await api.call("GET", `/api/accounts/${account._id}/clean-up`);
    expect(answer).toMatchObject({ conversations: 1, messages: 0, unfinishedRuns: 0 });
    expect((await accountStore(db()).get(account._id)).status).toBe("approved");
  });
});

describe("the same for many bots", () => {
  test("has a result for each: done, refused, unknown and out of scope", async () => {
    const approved = approvedAccount(deps, { labels: ["shop"] });
    const pending = approvedAccount(deps, { labels: ["shop"], status: "pending_login" });
    const foreign = approvedAccount(deps, { labels: ["bank"] });
    for (const each of [approved, pending, foreign]) await accountStore(db()).insert(each);
    const limited = await api.as("operator", ["shop"]);
    const ids = [approved._id, pending._id, foreign._id, "acc_none"];
    const bulk = { verb: "suspend", ids };
    const { answer } = await api.call("POST", "/api/accounts/bulk", bulk, limited);
    expect(answer["results"]).toMatchObject([
      { id: approved._id, done: true, error: null },
      { id: pending._id, done: false, error: { code: "account.status" } },
      { id: foreign._id, done: false, error: { code: "account.unknown" } },
      { id: "acc_none", done: false, error: { code: "account.unknown" } },
    ]);
    expect((await accountStore(db()).get(foreign._id)).status).toBe("approved");
    expect((await accountStore(db()).get(approved._id)).status).toBe("suspended");
  });

  test("needs what its verb needs", async () => {
    const bulk = { ids: ["acc_1"] };
    const call = (body: object) => api.call("POST", "/api/accounts/bulk", { ...bulk, ...body });
    expect((await call({ verb: "reject" })).status).toBe(400);
    expect((await call({ verb: "set-policy" })).status).toBe(400);
    expect((await call({ verb: "explode" })).status).toBe(400);
  });
});
