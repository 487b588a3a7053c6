import { MongoClient } from "mongodb";
import type { Browser, Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { AuditLine } from "#core/audit/audit-line.ts";
import { openChat, type Chat } from "#test/chat.ts";
import { withDatabase } from "#test/with-database.ts";
import { openPage } from "./console-story.ts";
import { launchBrowser, signedIn } from "./open-console.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

const { uri, name } = withDatabase();
const client = new MongoClient(uri, { ignoreUndefined: true, monitorCommands: true });
const db = client.db(name);
let served: ServedHub;
let browser: Browser;
let chat: Chat;
let commands = 0;
const quiet = new Set(["hello", "ping", "endSessions", "isMaster"]);
client.on("commandStarted", ({ commandName }) => {
  if (!quiet.has(commandName)) commands += 1;
});

beforeAll(async () => {
  served = await serveHub(db, inject("consoleDist"));
  browser = await launchBrowser();
  chat = await openChat(served.hub, db);
  await chat.isAnswered("Hello", "Hello!");
});
afterAll(async () => {
  await browser?.close();
  await served?.stop();
  await client.close();
});

let page: Page;
let requests: string[];
let underWay: Set<Request>;
beforeEach(async () => {
  ({ page } = await signedIn(served, browser));
  requests = [];
  underWay = new Set();
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith("/api/")) return;
    requests.push(pathname.replace(/cnv_\w+/, "{id}"));
    underWay.add(request);
  });
  page.on("requestfinished", (request) => underWay.delete(request));
  page.on("requestfailed", (request) => underWay.delete(request));
  await page.clock.install();
});
afterEach(() => page.context().close());

const hourMs = 3_600_000;
/** Each second of the hour is drawn. */
const longMs = 600_000;

/** Lets an hour pass for the page and for the hub, step by step, each with its answers. */
async function leaveOpen(stepMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < hourMs; passedMs += stepMs) {
    served.hub.deps.clock.moveOn(stepMs);
    await page.clock.runFor(stepMs);
    while (underWay.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The step is no longer than what the page waits between two looks. */
async function countedOn(path: string, stepMs: number) {
  await openPage(page, path);
  await page.clock.runFor(1_000);
  const lines = () => db.collection<AuditLine>("audit_log").countDocuments();
  const before = { lines: await lines(), commands };
  requests = [];
  await leaveOpen(stepMs);
  const counted = {
    requests: requests.length,
    commands: commands - before.commands,
    auditLines: (await lines()) - before.lines,
  };
  process.stdout.write(
    `an hour of ${path.replace(/cnv_\w+/, "{id}")}: ${JSON.stringify(counted)}\n`,
  );
  return counted;
}

test(
  "an inbox left open for an hour asks so often, and is noted once in a quarter of an hour",
  { timeout: longMs },
  async () => {
    const counted = await countedOn(`/inbox/${chat.conversationId}`, 4_000);
    // The list and the conversation each 5 s, the thread each 4 s, whoever is signed in now and then.
    expect(counted.requests).toBeGreaterThan(1_000);
    expect(counted.requests).toBeLessThan(2_600);
    expect(counted.commands).toBeLessThan(counted.requests * 6);
    expect(counted.auditLines).toBeGreaterThanOrEqual(4);
    expect(counted.auditLines).toBeLessThanOrEqual(5);
  },
);

test(
  "an overview left open for an hour asks so often, and is not noted",
  { timeout: longMs },
  async () => {
    const counted = await countedOn("/", 15_000);
    expect(counted.requests).toBeGreaterThan(60);
    expect(counted.requests).toBeLessThan(1_000);
    expect(counted.commands).toBeLessThan(counted.requests * 30);
    expect(counted.auditLines).toBe(0);
  },
);

test("a hidden tab asks nothing", async () => {
  await openPage(page, `/inbox/${chat.conversationId}`);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    Object.defineProperty(document, "hidden", { get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.clock.runFor(5_000);
  requests = [];
  await leaveOpen(60_000);
  expect(requests).toEqual([]);
});
