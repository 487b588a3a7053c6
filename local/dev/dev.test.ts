import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, inject, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { eventually } from "../eventually.ts";
import { startHermesSim } from "../hermes-sim/server.ts";
import type { HubClient } from "../hub-client.ts";
import { isAlive } from "../lambda/testing.ts";
import { startWechatSim } from "../wechat-sim/server.ts";
import { startDevProcess, type DevProcess } from "./dev-process.ts";

const scratch = await mkdtemp(join(tmpdir(), "hub-dev-test-"));
const running = new Set<DevProcess>();
afterAll(async () => {
  for (const dev of running) await dev.ended("SIGKILL");
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

function start(options: Parameters<typeof startDevProcess>[0]): DevProcess {
  const dev = startDevProcess(options);
  running.add(dev);
  void dev.ended().then(() => running.delete(dev));
  return dev;
}

/** The simulator's control over HTTP, as its page and scripts use it. */
function controlOf(wechatUrl: string) {
  const call = async <S extends z.ZodType>(verb: string, input: object, schema: S) => {
    const response = await fetch(`${wechatUrl}/_sim/${verb}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(input),
    });
    return schema.parse(await response.json());
  };
  const none = z.object({});
  return {
    createUser: async () =>
      (await call("create-user", {}, z.object({ userId: z.string() }))).userId,
    async scan(qr: string, userId: string) {
      await call("scan", { qr, userId }, none);
      await call("confirm", { qr }, none);
    },
    write: (userId: string, botId: string, text: string) =>
      call("user-sends", { userId, botId, text }, none),
    reads: async (userId: string) =>
      (await call("bubbles", { userId }, z.array(z.object({ text: z.string() })))).map(
        ({ text }) => text,
      ),
  };
}

type Control = ReturnType<typeof controlOf>;

/** A bot that is scanned, approved and polled. */
async function addBot(client: HubClient, scan: (qr: string) => Promise<void>) {
  const { _id } = await client.createBot({ name: "Tea shop" });
  const login = await client.startLogin(_id);
  await scan(login.qrContent);
  await eventually("the scan has arrived", async () =>
    (await client.account(_id)).status === "pending_approval" ? true : null,
  );
  await client.change(_id, "approve");
  await client.change(_id, "start-polling");
  const { botId = "" } = await client.account(_id);
  return { _id, botId };
}

/** A job that a kill interrupted comes back after its visibility, which makes the next one wait. */
async function isAnswered(control: Control, userId: string, question: string): Promise<void> {
  await eventually(
    `"${question}" is answered`,
    async () =>
      (await control.reads(userId)).some((text) => text.includes(question)) ? true : null,
    75_000,
  );
}

async function nobodyLeft(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 });
}

describe("npm run dev, started again and again on one folder", () => {
  const dataDir = join(scratch, "kept");
  let bot = { _id: "", botId: "" };
  let contact = "";

  test("answers a contact, and stops on Ctrl-C with nothing left running", async () => {
    const dev = start({ dataDir: await madeFolder(dataDir) });
    const { client, wechatUrl } = await dev.started();
    const control = controlOf(wechatUrl);
    const owner = await control.createUser();
    contact = await control.createUser();
    bot = await addBot(client, (qr) => control.scan(qr, owner));
    await control.write(contact, bot.botId, "Are you open?");
    await isAnswered(control, contact, "Are you open?");

    const [, password = ""] =
      /sign in +name owner, password (\S+)/.exec(dev.lines.join("\n")) ?? [];
    const who = await client.call("POST", "/api/sign-in", z.object({ role: z.string() }), {
      name: "owner",
      password,
    });
    expect(who.role).toBe("owner");

    const second = start({ dataDir });
    expect(await second.ended()).toBe(1);
    expect(second.lines.join("\n")).toMatch(/A hub runs already on .*process \d+, api http:/);
    expect(second.lines.join("\n")).toContain(`kill ${dev.pid}`);

    const children = dev.children();
    expect(children.length).toBeGreaterThan(2);
    // npm passes on what the terminal has sent already.
    process.kill(dev.pid, "SIGINT");
    expect(await dev.ended("SIGINT")).toBe(0);
    expect(dev.lines.at(-1)).toBe("Stopped; nothing is left running.");
    expect(dev.lines.filter((line) => line.includes("✗"))).toEqual([]);
    await nobodyLeft(children);
  }, 200_000);

  test("has everything the next time, and answers without a new scan, until it is killed", async () => {
    const dev = start({ dataDir });
    const { client, wechatUrl } = await dev.started();
    const control = controlOf(wechatUrl);
    expect(dev.lines).toContain("From earlier starts: 1 bot, 1 of them polled.");
    expect(dev.lines.join("\n")).toContain("sign in      as at the first start");
    expect(await client.account(bot._id)).toMatchObject({ status: "approved", botId: bot.botId });
    expect(await client.runs(bot._id)).toMatchObject([
      { inputText: "Are you open?", status: "sent" },
    ]);
    expect((await client.messages(bot._id)).map(({ direction }) => direction).sort()).toEqual([
      "inbound",
      "outbound",
    ]);
    await control.write(contact, bot.botId, "And tomorrow?");
    await isAnswered(control, contact, "And tomorrow?");
    await eventually("the run is known to be sent", async () =>
      (await client.runs(bot._id)).every(({ status }) => status === "sent") ? true : null,
    );

    const children = dev.children();
    expect(children.length).toBeGreaterThan(2);
    await dev.ended("SIGKILL");
    await nobodyLeft(children);
  }, 200_000);

  test("goes on after the kill, and stops on SIGTERM as well", async () => {
    const dev = start({ dataDir });
    const { client, wechatUrl } = await dev.started();
    const control = controlOf(wechatUrl);
    await control.write(contact, bot.botId, "And on Sunday?");
    await isAnswered(control, contact, "And on Sunday?");
    expect((await client.runs(bot._id)).map(({ inputText }) => inputText)).toEqual([
      "And on Sunday?",
      "And tomorrow?",
      "Are you open?",
    ]);
    expect((await control.reads(contact)).length).toBe(3);
    const children = dev.children();
    expect(await dev.ended("SIGTERM")).toBe(0);
    await nobodyLeft(children);
  }, 200_000);
});

describe("npm run dev with other parts than its own", () => {
  test("uses the MongoDB, WeChat and Hermes that the settings name", async () => {
    const wechat = await startWechatSim({
      config: { polling: { holdMs: 500 }, login: { statusHoldMs: 500 } },
    });
    onTestFinished(() => wechat.stop());
    const hermes = await startHermesSim({ apiKey: "a-key-of-its-own" });
    onTestFinished(() => hermes.stop());
    hermes.setAnswer(({ text }) => ({ kind: "ok", text: `The real one says: ${text}` }));
    const dev = start({
      dataDir: await madeFolder(join(scratch, "real")),
      env: {
        MONGODB_URI: inject("databaseUri"),
        MONGODB_DATABASE: `dev_${randomUUID().slice(0, 8)}`,
        WECHAT_BASE_URL: wechat.url,
        HERMES_API_BASE_URL: hermes.baseUrl,
        HERMES_API_KEY: hermes.apiKey,
      },
    });
    const { client } = await dev.started();
    const output = dev.lines.join("\n");
    expect(output).toContain(`WeChat       ${wechat.url}  the real WeChat`);
    expect(output).toContain(`Hermes       ${hermes.baseUrl}  the real Hermes`);
    expect(output).toContain("Database: MONGODB_URI, at 127.0.0.1:");
    const { userId } = wechat.createUser();
    const { botId } = await addBot(client, async (qr) => {
      wechat.scan({ qr, userId });
      wechat.confirm({ qr });
    });
    wechat.userSends({ userId, botId, text: "hi" });
    await wechat.waitFor(() => wechat.bubbles({ userId }).length > 0, 30_000);
    expect(wechat.bubbles({ userId })).toMatchObject([{ text: "The real one says: hi" }]);
    expect(await dev.ended("SIGINT")).toBe(0);
  }, 200_000);

  test("says which settings are wrong, and starts nothing", async () => {
    const dev = start({
      dataDir: await madeFolder(join(scratch, "wrong")),
      env: { HERMES_API_BASE_URL: "http://127.0.0.1:8642", MONGODB_URI: "postgres://me:secret@x" },
    });
    expect(await dev.ended()).toBe(1);
    const output = dev.lines.join("\n");
    expect(output).toContain("- HERMES_API_BASE_URL: end it in /v1");
    expect(output).toContain("- HERMES_API_KEY: is missing");
    expect(output).toContain("- MONGODB_URI: write a mongodb://");
    expect(output).not.toContain("secret");
  });
});

async function madeFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return folder;
}
