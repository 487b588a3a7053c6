import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { openChat, type Chat } from "#test/chat.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { createApp } from "./app.ts";

const { db } = withDatabase();
let hub: SmallHub;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  hub = await startSmallHub(db());
  app = createApp({
    ...hub.deps,
    schedules: { put: async () => {}, remove: async () => {} },
    pollStarter: { watchLogin: async () => {} },
  });
});
afterAll(() => hub.stop());

let chat: Chat;
beforeEach(async () => {
  chat = await openChat(hub, db(), { policyId: "manual-review" });
});

const Page = z.object({
  items: z.array(z.looseObject({ _id: z.string(), version: z.number() })),
  nextCursor: z.string().nullable(),
});

const Items = z.object({ items: z.array(z.looseObject({ conversationId: z.string() })) });

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const { API_TOKEN } = hub.deps.settings.api;
  const answer = await app.request(path, {
    method,
    headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: unknown = await answer.json();
  expect(answer.status, `${method} ${path}: ${JSON.stringify(json)}`).toBe(200);
  return json;
}

async function since(list: string, at: Date, more = ""): Promise<z.infer<typeof Page>> {
  return Page.parse(await call("GET", `/api/${list}?since=${at.toISOString()}${more}`));
}

/** The database's clock; what changed within the overlap before it is told as well. */
function afterOverlap(): Date {
  return new Date(Date.now() + 11_000);
}

describe("a list that was read is kept up to date by what changed since", () => {
  test("a draft that is decided is told in the review queue, the runs and the conversations", async () => {
    const begun = new Date();
    await chat.isAnswered("do you deliver?", "We do.");
    const [run] = await chat.runs();
    const id = run?._id ?? "";
    const drafted = (await since("reviews", begun)).items.find(({ _id }) => _id === id);
    expect(drafted).toMatchObject({ status: "awaiting_review" });
    await call("POST", `/api/reviews/${id}/reject`, { reason: "not true" });
    for (const list of ["reviews", "agent-runs"]) {
      const told = (await since(list, begun)).items.find(({ _id }) => _id === id);
      expect(told, list).toMatchObject({ status: "rejected" });
      expect(told?.version).toBeGreaterThan(drafted?.version ?? 0);
    }
    const talks = await since("conversations", begun, "&state=taken-over");
    expect(talks.items).toContainEqual(expect.objectContaining({ _id: run?.conversationId }));
  });

  test("a message on its way is told among the outbound ones, whatever became of it", async () => {
    const begun = new Date();
    const { conversationId } = chat;
    await chat.writes("hello");
    const body = { text: "we open at nine", clientKey: "key-of-nine" };
    await call("POST", `/api/conversations/${conversationId}/messages`, body);
    await chat.look();
    const told = (await since("outbound", begun, "&state=parked")).items.filter(
      (message) => message["conversationId"] === conversationId,
    );
    expect(told).toMatchObject([{ kind: "operator", chunks: [{ state: "accepted" }] }]);
  });

  test.each(["conversations", "agent-runs", "reviews"])(
    "%s: page after page, each once, and nothing where nothing changed",
    async (list) => {
      const begun = new Date();
      for (const question of ["one?", "two?", "three?"]) {
        chat = await openChat(hub, db(), { policyId: "manual-review" });
        await chat.isAnswered(question, "yes");
      }
      const seen: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const more: string = cursor === "" ? "&limit=2" : `&limit=2&cursor=${cursor}`;
        const page = await since(list, begun, more);
        seen.push(...page.items.map(({ _id }) => _id));
        cursor = page.nextCursor;
      }
      expect(seen.length).toBeGreaterThanOrEqual(3);
      expect(new Set(seen).size).toBe(seen.length);
      expect((await since(list, afterOverlap())).items).toEqual([]);
    },
  );
});

describe("a conversation in the list shows what was said last", () => {
  async function preview(): Promise<unknown> {
    const id = chat.conversationId;
    const page = Page.parse(await call("GET", "/api/conversations?limit=200"));
    return page.items.find(({ _id }) => _id === id)?.["preview"];
  }

  test("the contact's words, cut and on one line, then Hermes' and then a person's", async () => {
    chat = await openChat(hub, db(), { policyId: "auto" });
    const long = `line one\nline two ${"好".repeat(100)}`;
    await chat.writes(long);
    const shown = { by: "contact", text: expect.stringMatching(/^line one line two 好{62}…$/) };
    expect(await preview()).toMatchObject(shown);
    await chat.isAnswered("price?", "$set costs {{nothing}}");
    expect(await preview()).toMatchObject({ by: "hermes", text: "$set costs {{nothing}}" });
    const id = chat.conversationId;
    const body = { text: "I am Mei.", clientKey: "key-of-mei" };
    await call("POST", `/api/conversations/${id}/messages`, body);
    await chat.look();
    expect(await preview()).toMatchObject({ by: "person", text: "I am Mei." });
  });
});

test("what is searched for in the review queue and among a bot's own is a bot or a contact", async () => {
  await chat.isAnswered("is it open?", "It is.");
  const id = chat.conversationId;
  await call("PUT", `/api/conversations/${id}`, { alias: "Frau Schröder" });
  const found = Page.parse(await call("GET", "/api/reviews?q=schr"));
  expect(found.items).toMatchObject([{ conversationId: id, outputText: "It is." }]);
  expect(Page.parse(await call("GET", "/api/reviews?q=nobody")).items).toEqual([]);
  const other = hub.addContact(chat.account);
  await hub.work(await other.writes("and tomorrow?"));
  const { _id: bot, name } = chat.account;
  for (const list of ["messages", "agent-runs"]) {
    const found = async (q: string) =>
      Items.parse(await call("GET", `/api/accounts/${bot}/${list}${q}`)).items.map(
        ({ conversationId }) => conversationId,
      );
    expect(new Set(await found("")), list).toEqual(new Set([id, other.conversationId]));
    expect(new Set(await found("?q=schr")), list).toEqual(new Set([id]));
    expect(new Set(await found(`?q=${encodeURIComponent(name)}`)).size, list).toBe(2);
    expect(await found("?q=nobody"), list).toEqual([]);
  }
});
