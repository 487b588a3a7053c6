import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { deadJobStore } from "#core/queue/dead-job.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { createToken } from "#core/users/tokens.ts";
import { createUser } from "#core/users/manage-users.ts";
import type { Role } from "#core/users/user.ts";
import { answerOf, openChat, type Chat } from "#test/chat.ts";
import { operator } from "#test/records.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { createApp } from "./app.ts";

const { db } = withDatabase();
let hub: SmallHub;
let app: ReturnType<typeof createApp>;
let mei: string;
let lin: string;
let stranger: string;
beforeAll(async () => {
  hub = await startSmallHub(db());
  app = createApp({
    ...hub.deps,
    schedules: { put: async () => {}, remove: async () => {} },
    pollStarter: { watchLogin: async () => {} },
  });
  mei = await tokenOf("Mei", "operator", ["shop"]);
  lin = await tokenOf("Lin", "operator", ["shop", "clinic"]);
  stranger = await tokenOf("Stranger", "operator", ["clinic"]);
});
afterAll(() => hub.stop());

let chat: Chat;
beforeEach(async () => {
  chat = await openChat(hub, db(), { policyId: "manual-review" });
});

async function tokenOf(name: string, role: Role, labels: string[] | null): Promise<string> {
  const wanted = { name, role, labels, password: "a long password" };
  const user = await createUser(hub.deps, operator, wanted);
  const token = { name: "test", role, expiresAt: null };
  return (await createToken(hub.deps, operator, user, token)).secret;
}

const Answer = z.looseObject({});
const Page = z.object({
  items: z.array(z.looseObject({ _id: z.string() })),
  nextCursor: z.string().nullable(),
  asOf: z.iso.datetime(),
  accounts: z.record(z.string(), z.object({ name: z.string(), labels: z.array(z.string()) })),
});
const Problem = z.object({
  error: z.object({ code: z.string(), message: z.string(), whatToDo: z.string() }),
});

function call(token: string, method: string, path: string, body?: unknown) {
  return app.request(path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function ok(token: string, method: string, path: string, body?: unknown) {
  const answer = await call(token, method, path, body);
  const json = await answer.json();
  expect(answer.status, `${method} ${path}: ${JSON.stringify(json)}`).toBe(200);
  return Answer.parse(json);
}

async function listed(token: string, path: string) {
  return Page.parse(await ok(token, "GET", path));
}

async function refused(token: string, method: string, path: string, body?: unknown) {
  const answer = await call(token, method, path, body);
  return { status: answer.status, ...Problem.parse(await answer.json()).error };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64url");
}

async function lookAgain(): Promise<void> {
  hub.deps.clock.moveOn(6_000);
  await chat.look();
}

async function draftOf(question: string, answer: string): Promise<string> {
  await chat.isAnswered(question, answer);
  const run = (await chat.runs()).at(-1);
  return run?._id ?? "";
}

describe("the review queue", () => {
  test("goes from claim to the phone, and tells the second reviewer by whom", async () => {
    const runId = await draftOf("Do you have tea?", "###### Yes\n\nwe do");
    const queue = await listed(mei, "/api/reviews");
    expect(queue.items).toContainEqual(
      expect.objectContaining({ _id: runId, bubbles: ["Yes\n\nwe do"], contextChanged: false }),
    );
    expect(Object.values(queue.accounts)).toContainEqual({ name: "front desk", labels: ["shop"] });
    const claimed = await ok(mei, "POST", `/api/reviews/${runId}/claim`);
    expect(claimed).toMatchObject({ claimedByName: "Mei" });
    const detail = await ok(mei, "GET", `/api/reviews/${runId}`);
    expect(detail).toMatchObject({
      policy: { _id: "manual-review" },
      conversation: { window: { shut: null, creditsLeft: 10 } },
      account: { name: "front desk" },
      messages: [{ text: "Do you have tea?" }],
    });
    expect(await refused(lin, "POST", `/api/reviews/${runId}/approve`, {})).toMatchObject({
      status: 409,
      code: "review.taken",
      message: expect.stringContaining("Mei has this draft open"),
    });
    const approval = { text: "Yes, green tea.", version: claimed["version"] };
    const approved = await ok(mei, "POST", `/api/reviews/${runId}/approve`, approval);
    expect(approved).toMatchObject({ approvedByName: "Mei", bubbles: ["Yes, green tea."] });
    expect(await refused(lin, "POST", `/api/reviews/${runId}/approve`, {})).toMatchObject({
      status: 409,
      message: expect.stringContaining("Mei approved this draft"),
    });
    await ok(mei, "POST", `/api/reviews/${runId}/withdraw`);
    await ok(mei, "POST", `/api/reviews/${runId}/approve`, { text: "Yes, green tea." });
    await lookAgain();
    expect(chat.reads()).toEqual(["Yes, green tea."]);
    expect((await refused(lin, "POST", `/api/reviews/${runId}/approve`, {})).message).toContain(
      "Mei approved this draft",
    );
  });

  test("is asked page by page, and no cursor of somebody's making is taken", async () => {
    await draftOf("one more", "yes");
    const seen: string[] = [];
    let path = "/api/reviews?limit=1";
    for (let page = 0; page < 50; page++) {
      const { items, nextCursor } = await listed(mei, path);
      seen.push(...items.map(({ _id }) => _id));
      if (nextCursor === null) break;
      path = `/api/reviews?limit=1&cursor=${nextCursor}`;
    }
    const all = await listed(mei, "/api/reviews?limit=200");
    expect(seen).toEqual(all.items.map(({ _id }) => _id));
    for (const cursor of ["x", "W10", ...['["a",1]', '[1e18,"a"]', '[-1,"a"]'].map(base64)]) {
      const path = `/api/reviews?cursor=${cursor}`;
      expect(await refused(mei, "GET", path)).toMatchObject({
        status: 400,
        code: "request.cursor",
      });
    }
  });

  test("rejects, snoozes, releases and regenerates over the same address", async () => {
    const runId = await draftOf("Do you have milk?", "No.");
    const at = `/api/reviews/${runId}`;
    await ok(mei, "POST", `${at}/claim`);
    await ok(mei, "POST", `${at}/release`);
    const until = new Date(hub.deps.clock.now().getTime() + 60_000).toISOString();
    await ok(mei, "POST", `${at}/snooze`, { until });
    const ids = async (query: string) =>
      (await listed(mei, `/api/reviews?limit=200${query}`)).items.map(({ _id }) => _id);
    expect(await ids("")).not.toContain(runId);
    expect(await ids("&snoozed=true")).toContain(runId);
    await ok(mei, "POST", `${at}/regenerate`, { hint: "friendlier" });
    await chat.look();
    const again = (await chat.runs()).at(-1);
    expect(again).toMatchObject({ hint: "friendlier", replacesRunId: runId });
    const rejected = await ok(mei, "POST", `/api/reviews/${again?._id}/reject`, { reason: "rude" });
    expect(rejected).toMatchObject({ status: "rejected" });
    expect(await refused(mei, "POST", `${at}/reject`, { reason: " " })).toMatchObject({
      status: 400,
    });
  });
});

describe("the inbox", () => {
  test("shows who answers, the window and the credits; people write, take over and hand back", async () => {
    await draftOf("hello", "Hi!");
    const at = `/api/conversations/${chat.conversationId}`;
    const alias = "<script>alert(1)</script> 王小明";
    await ok(mei, "PUT", at, { alias, note: "regular" });
    expect(await ok(mei, "POST", `${at}/take-over`)).toMatchObject({ takenOverByName: "Mei" });
    expect(await refused(lin, "POST", `${at}/take-over`)).toMatchObject({
      status: 409,
      message: expect.stringContaining("Mei took this conversation over"),
    });
    const message = { text: "It is me.", clientKey: "key-0001" };
    const [one, two] = await Promise.all(
      [1, 2].map(() => ok(mei, "POST", `${at}/messages`, message)),
    );
    expect(one?.["_id"]).toBe(two?.["_id"]);
    await chat.look();
    expect(chat.reads()).toEqual(["It is me."]);
    const read = await ok(mei, "GET", at);
    expect(read).toMatchObject({
      alias,
      note: "regular",
      takenOverByName: "Mei",
      window: { creditsLeft: 9, shut: null },
    });
    expect(read).not.toHaveProperty("contextToken");
    const thread = await listed(mei, `${at}/messages`);
    expect(thread.items).toMatchObject([
      { kind: "operator", chunks: [{ state: "accepted" }] },
      { text: "hello" },
    ]);
    expect(await ok(mei, "POST", `${at}/hand-back`)).toMatchObject({ takenOverBy: null });
    const fresh = await ok(mei, "POST", `${at}/fresh-session`, { from: 1 });
    expect(fresh).toMatchObject({ hermesSession: 2 });
    const repeated = await ok(mei, "POST", `${at}/fresh-session`, { from: 1 });
    expect(repeated).toMatchObject({ hermesSession: 2 });
  });

  test("says until when a Lambda that was killed holds a conversation; what a person wrote goes out then", async () => {
    await draftOf("hello", "Hi!");
    const at = `/api/conversations/${chat.conversationId}`;
    const expiresAt = plusSeconds(hub.deps.clock.now(), 150);
    await chat.setConversation({ turn: { id: "trn_killed", expiresAt } });
    const held = { turnUntil: expiresAt.toISOString() };
    expect(await ok(mei, "POST", `${at}/take-over`)).toMatchObject(held);
    expect(await ok(mei, "GET", at)).toMatchObject(held);
    const { items } = await listed(mei, `/api/conversations?accountId=${chat.account._id}`);
    expect(items).toMatchObject([held]);
    await ok(mei, "POST", `${at}/messages`, { text: "It is me.", clientKey: "key-0001" });
    expect(chat.reads()).toEqual([]);
    hub.deps.clock.moveOn(151_000);
    expect(await ok(mei, "GET", at)).toMatchObject({ turnUntil: null });
    await chat.look();
    expect(chat.reads()).toEqual(["It is me."]);
  });

  test("is found by a beginning of the contact's name and filtered by what it waits for", async () => {
    await draftOf("hello", "Hi!");
    const at = `/api/conversations/${chat.conversationId}`;
    await ok(mei, "PUT", at, { alias: `门店 李雷 ${chat.account._id.slice(-6)}` });
    const of = `accountId=${chat.account._id}`;
    const ids = async (query: string) =>
      (await listed(mei, `/api/conversations?${of}&${query}`)).items.map(({ _id }) => _id);
    const mine = [chat.conversationId];
    expect(await ids("")).toEqual(mine);
    expect(await ids(`q=${encodeURIComponent("雷")}`)).toEqual(mine);
    expect(await ids("q=nobody")).toEqual([]);
    const set = { searchKeys: searchKeysOf(["front desk", "shop"]) };
    await db().collection("accounts").updateOne({ botId: chat.account.botId }, { $set: set });
    for (const q of ["desk", "SHOP"]) expect(await ids(`q=${q}`)).toEqual(mine);
    const named = await ok(mei, "GET", `/api/agent-runs?${of}&q=desk`);
    expect(named).toMatchObject({
      items: [{ conversationId: chat.conversationId }],
      contacts: { [chat.conversationId]: { alias: expect.stringContaining("李雷") } },
    });
    expect((await listed(stranger, "/api/conversations?q=desk")).items).toEqual([]);
    expect((await listed(stranger, "/api/agent-runs?q=desk")).items).toEqual([]);
    expect(await ids("state=waiting")).toEqual(mine);
    expect(await ids("state=open&sort=window")).toEqual(mine);
    expect(await ids("state=taken-over")).toEqual([]);
    expect(await ids("state=parked")).toEqual([]);
    await ok(mei, "POST", `${at}/take-over`);
    expect(await ids("state=taken-over")).toEqual(mine);
  });

  test("is asked page by page in either order", async () => {
    for (let n = 0; n < 3; n++) await (await openChat(hub, db())).isAnswered(`q${n}`, "a");
    for (const sort of ["last-inbound", "window"]) {
      const all = await listed(mei, `/api/conversations?limit=200&sort=${sort}`);
      const first = await listed(mei, `/api/conversations?limit=2&sort=${sort}`);
      const next = `/api/conversations?limit=2&sort=${sort}&cursor=${first.nextCursor}`;
      const second = await listed(mei, next);
      const seen = [...first.items, ...second.items].map(({ _id }) => _id);
      expect(seen).toEqual(all.items.slice(0, 4).map(({ _id }) => _id));
    }
  });

  test("notes who read which conversation once in a quarter of an hour", async () => {
    await draftOf("hello", "Hi!");
    const path = `/api/conversations/${chat.conversationId}/messages`;
    for (let n = 0; n < 3; n++) await listed(mei, path);
    await listed(lin, path);
    const lines = db().collection("audit_log").find({ subjectId: chat.conversationId });
    expect((await lines.toArray()).map(({ action }) => action)).toEqual([
      "messages.read",
      "messages.read",
    ]);
  });

  test("counts as read by whoever opens one of its runs or lists its bot's messages, not by a list of all", async () => {
    const runId = await draftOf("hello", "Hi!");
    const readers = async () => {
      const lines = db().collection("audit_log").find({ subjectId: chat.conversationId });
      return (await lines.toArray()).map(({ action, actor }) => [action, actor.id]);
    };
    await listed(mei, "/api/agent-runs");
    await listed(mei, "/api/conversations");
    expect(await readers()).toEqual([]);
    await ok(mei, "GET", `/api/agent-runs/${runId}`);
    await ok(mei, "GET", `/api/accounts/${chat.account._id}/agent-runs`);
    await ok(lin, "GET", `/api/accounts/${chat.account._id}/messages`);
    const lines = await readers();
    expect(lines.map(([action]) => action)).toEqual(["messages.read", "messages.read"]);
    expect(new Set(lines.map(([, who]) => who)).size).toBe(2);
  });
});

describe("agent runs", () => {
  test("are listed by status, class of failure, time and contact, and read with their timeline", async () => {
    const runId = await draftOf("hello", "Hi!");
    const of = `/api/agent-runs?accountId=${chat.account._id}`;
    const ids = async (query: string) =>
      (await listed(mei, `${of}&${query}`)).items.map(({ _id }) => _id);
    expect(await ids("status=awaiting_review")).toEqual([runId]);
    expect(await ids("status=error")).toEqual([]);
    expect(await ids("errorClass=hermes.away")).toEqual([]);
    expect(await ids(`to=${new Date(0).toISOString()}`)).toEqual([]);
    expect(await ids("q=nobody")).toEqual([]);
    await ok(mei, "POST", `/api/reviews/${runId}/approve`, {});
    await lookAgain();
    const detail = z
      .object({ run: Answer, timeline: z.array(z.looseObject({ what: z.string() })) })
      .parse(await ok(mei, "GET", `/api/agent-runs/${runId}`));
    expect(detail.run).toMatchObject({ status: "sent", policy: { mode: "manual-review" } });
    expect(detail.run["rawResponse"]).not.toBeNull();
    expect(detail.timeline.map(({ what }) => what)).toEqual([
      "message.received",
      "run.began",
      "hermes.asked",
      "hermes.answer",
      "review.approved",
      "answer.accepted",
    ]);
    expect(await refused(mei, "POST", `/api/agent-runs/${runId}/cancel`)).toMatchObject({
      status: 409,
      code: "run.status",
    });
  });

  test("that wait for Hermes are found by their class and cancelled", async () => {
    await hub.hermes.off();
    await hub.work(await chat.writes("hello"));
    await hub.hermes.on();
    await db().collection("hermes").deleteMany({});
    const path = `/api/agent-runs?accountId=${chat.account._id}&errorClass=hermes`;
    const away = await listed(mei, `/api/agent-runs?accountId=${chat.account._id}`);
    const error = z.string().parse(away.items[0]?.["error"]);
    const found = await listed(mei, path.replace(/hermes$/, error.split(":")[0] ?? ""));
    expect(found.items).toHaveLength(1);
    const id = found.items[0]?._id;
    await ok(mei, "POST", `/api/agent-runs/${id}/retry`);
    const cancelled = await ok(mei, "POST", `/api/agent-runs/${id}/cancel`);
    expect(cancelled).toMatchObject({ status: "cancelled", cancelReason: "ended_by_person" });
  });
});

describe("what was not delivered", () => {
  beforeEach(async () => {
    chat = await openChat(hub, db());
  });

  test("is listed by state and dropped or sent again, one by one and all of a class", async () => {
    chat.failSends({ kind: "refuse", ret: -3, errmsg: "no" }, { nth: 1, times: 1 });
    await chat.isAnswered("hello", "Hi!");
    const of = `accountId=${chat.account._id}`;
    const dead = await listed(mei, `/api/outbound?state=dead&${of}`);
    expect(dead.items).toHaveLength(1);
    const id = dead.items[0]?._id;
    expect((await listed(mei, `/api/outbound?state=dead&code=nothing&${of}`)).items).toEqual([]);
    await ok(mei, "POST", `/api/outbound/${id}/retry`);
    expect((await listed(mei, `/api/outbound?state=retrying&${of}`)).items).toHaveLength(1);
    await chat.look();
    expect(chat.reads()).toEqual(["Hi!"]);

    await chat.isAnswered("Tell me all", answerOf(11));
    expect((await listed(mei, `/api/outbound?state=parked&${of}`)).items).toHaveLength(1);
    const bulk = { verb: "drop", state: "parked", accountId: chat.account._id };
    expect(await ok(mei, "POST", "/api/outbound/bulk", bulk)).toMatchObject({
      results: [{ done: true, error: null }],
      nextCursor: null,
    });
    expect((await listed(mei, `/api/outbound?state=parked&${of}`)).items).toEqual([]);
  });

  test("tells of each of many what became of it", async () => {
    chat.failSends({ kind: "refuse", ret: -3, errmsg: "no" }, { nth: 1, times: 1 });
    await chat.isAnswered("hello", "Hi!");
    await chat.setConversation({ credits: 0 });
    const bulk = { verb: "retry", state: "dead", accountId: chat.account._id };
    expect(await ok(mei, "POST", "/api/outbound/bulk", bulk)).toMatchObject({
      results: [{ done: false, error: { code: "conversation.credits" } }],
    });
  });
});

describe("dead jobs", () => {
  async function die(name: string): Promise<string> {
    const { conversationId, account } = chat;
    const job = { version: 1, jobId: name, conversationId, do: "answer", ref: "msg_1" };
    await deadJobStore(db()).keep({
      sqsMessageId: name,
      why: "failed_too_often",
      body: JSON.stringify(job),
      conversationId,
      accountId: account._id,
      now: hub.deps.clock.now(),
    });
    return `dead_${name}`;
  }

  test("more than one answer takes are gone through by its cursor, those of a search alone", async () => {
    await db().collection("dead_jobs").deleteMany({});
    for (let n = 0; n < 203; n++) await die(`many-${n}`);
    const Bulk = z.object({ results: z.array(z.unknown()), nextCursor: z.string().nullable() });
    const remove = async (more: object) =>
      Bulk.parse(await ok(mei, "POST", "/api/dead-jobs/bulk", { verb: "delete", ...more }));
    expect((await remove({ q: "nobody" })).results).toEqual([]);
    expect((await remove({ accountId: "acc_other" })).results).toEqual([]);
    const first = await remove({ accountId: chat.account._id });
    expect(first.results).toHaveLength(200);
    const second = await remove({ accountId: chat.account._id, cursor: first.nextCursor });
    expect(second).toMatchObject({ results: { length: 3 }, nextCursor: null });
    expect((await listed(mei, "/api/dead-jobs")).items).toEqual([]);
  });

  test("200 of them, redriven by two tabs at the same time, come again once each", async () => {
    await db().collection("dead_jobs").deleteMany({});
    const names = Array.from({ length: 200 }, (_, n) => `poison-${n}`);
    for (const name of names) await die(name);
    expect((await listed(mei, "/api/dead-jobs?limit=200")).items).toHaveLength(200);
    const before = hub.deps.jobs.length;
    const Bulk = z.object({ results: z.array(z.object({ id: z.string(), done: z.boolean() })) });
    const both = await Promise.all(
      [mei, lin].map((token) => ok(token, "POST", "/api/dead-jobs/bulk", { verb: "redrive" })),
    );
    const done = both.flatMap((each) => Bulk.parse(each).results.filter(({ done }) => done));
    expect(done).toHaveLength(200);
    expect(new Set(done.map(({ id }) => id)).size).toBe(200);
    const pushed = hub.deps.jobs.slice(before);
    expect(pushed).toHaveLength(200);
    expect(new Set(pushed.map(({ jobId }) => jobId)).size).toBe(200);
    expect((await listed(lin, "/api/dead-jobs")).items).toEqual([]);
  });

  test("are redriven and deleted one by one", async () => {
    await db().collection("dead_jobs").deleteMany({});
    const began = new Date().toISOString();
    const [one, two] = [await die("single-1"), await die("single-2")];
    expect(await ok(mei, "POST", `/api/dead-jobs/${one}/redrive`)).toMatchObject({
      status: "redriven",
    });
    expect(await ok(mei, "POST", `/api/dead-jobs/${two}/delete`)).toMatchObject({
      status: "deleted",
    });
    expect((await refused(mei, "POST", `/api/dead-jobs/${two}/redrive`)).status).toBe(409);
    const { items } = await listed(mei, `/api/dead-jobs?since=${began}&limit=200`);
    expect(items.filter(({ _id }) => _id === one || _id === two)).toMatchObject([
      { _id: one, status: "redriven", version: 2 },
      { _id: two, status: "deleted", version: 2 },
    ]);
  });
});

test("whoever is limited to other labels finds none of it, by no address", async () => {
  const runId = await draftOf("secret question", "secret answer");
  await chat.isAnswered("hello", "Hi!");
  const conversation = `/api/conversations/${chat.conversationId}`;
  await ok(mei, "POST", `${conversation}/messages`, { text: "psst", clientKey: "key-0002" });
  const [message] = await chat.outbound("operator");
  const now = hub.deps.clock.now();
  const dead = { sqsMessageId: "foreign", why: "failed_too_often", body: "{}", now } as const;
  await deadJobStore(db()).keep({ ...dead, accountId: chat.account._id });
  const until = new Date(now.getTime() + 60_000).toISOString();
  const asked: [string, string, unknown?][] = [
    ["GET", conversation],
    ["PUT", conversation, { alias: "mine" }],
    ["GET", `${conversation}/messages`],
    ["POST", `${conversation}/messages`, { text: "hi", clientKey: "key-0003" }],
    ["POST", `${conversation}/take-over`],
    ["POST", `${conversation}/hand-back`],
    ["POST", `${conversation}/fresh-session`, { from: 1 }],
    ["GET", `/api/reviews/${runId}`],
    ["POST", `/api/reviews/${runId}/claim`],
    ["POST", `/api/reviews/${runId}/release`],
    ["POST", `/api/reviews/${runId}/snooze`, { until }],
    ["POST", `/api/reviews/${runId}/approve`, {}],
    ["POST", `/api/reviews/${runId}/withdraw`],
    ["POST", `/api/reviews/${runId}/reject`, { reason: "no" }],
    ["POST", `/api/reviews/${runId}/regenerate`, { hint: "no" }],
    ["GET", `/api/agent-runs/${runId}`],
    ["POST", `/api/agent-runs/${runId}/cancel`],
    ["POST", `/api/agent-runs/${runId}/retry`],
    ["POST", `/api/agent-runs/${runId}/regenerate`, { hint: "no" }],
    ["POST", `/api/outbound/${message?._id}/retry`],
    ["POST", `/api/outbound/${message?._id}/drop`],
    ["POST", "/api/dead-jobs/dead_foreign/redrive"],
    ["POST", "/api/dead-jobs/dead_foreign/delete"],
  ];
  for (const [method, path, body] of asked) {
    const { status, code } = await refused(stranger, method, path, body);
    expect([status, code.split(".")[1]], `${method} ${path}`).toEqual([404, "unknown"]);
  }
  const lists = [
    "/api/conversations",
    `/api/conversations?accountId=${chat.account._id}`,
    "/api/conversations?state=waiting",
    "/api/reviews?snoozed=true",
    "/api/agent-runs",
    `/api/agent-runs?accountId=${chat.account._id}`,
    "/api/outbound?state=retrying",
    `/api/outbound?state=retrying&accountId=${chat.account._id}`,
    "/api/dead-jobs",
  ];
  for (const path of lists) expect((await listed(stranger, path)).items, path).toEqual([]);
  const bulk = { verb: "drop", state: "retrying", accountId: chat.account._id };
  expect(await ok(stranger, "POST", "/api/outbound/bulk", bulk)).toMatchObject({ results: [] });
});
