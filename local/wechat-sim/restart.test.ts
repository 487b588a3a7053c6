import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createIlinkTestClient } from "./ilink-test-client.ts";
import { startWechatSim, type WechatSim, type WechatSimOptions } from "./server.ts";
import { logIn, textsOf } from "./sim-story.ts";

const shortHolds = { polling: { holdMs: 5 }, login: { statusHoldMs: 5 } };

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "wechat-sim-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "kept", "wechat.json");
}

/** A simulator on this file, which a restart stops and starts. */
function onFile(dataFile: string) {
  let running: WechatSim | undefined;
  onTestFinished(() => running?.stop());
  const start = async (options: WechatSimOptions = {}) => {
    running = await startWechatSim({ config: shortHolds, ...options, dataFile });
    return running;
  };
  return {
    start,
    restart: async (options: WechatSimOptions = {}) => {
      await running?.stop();
      return start(options);
    },
  };
}

/** The same simulator as it would be after a kill at this moment: what is on disk, and no more. */
async function startedFromCopy(dataFile: string): Promise<WechatSim> {
  const copy = `${dataFile}.copy`;
  await writeFile(copy, await readFile(dataFile));
  const sim = await startWechatSim({ config: shortHolds, dataFile: copy });
  onTestFinished(() => sim.stop());
  return sim;
}

describe("a simulator with a data file, stopped and started", () => {
  it("knows people, bots and their logins, and takes their tokens", async () => {
    const { start, restart } = onFile(await newFile());
    const before = await start();
    const { userId, botId, token } = await logIn(before);
    const old = await logIn(before, userId);
    const users = before.state().users;
    const after = await restart();
    expect(after.state().users).toEqual(users);
    expect(after.state().bots).toMatchObject([
      { botId, status: "superseded", generation: 1 },
      { botId: old.botId, status: "live", generation: 2 },
    ]);
    const client = createIlinkTestClient(after.url, old.token);
    expect(await client.getUpdates("")).toMatchObject({ ret: 0, msgs: [] });
    const dead = await createIlinkTestClient(after.url, token).getUpdates("");
    expect(dead.errcode ?? dead.ret).toBe(-14);
  });

  it.each(["one-way", "replay"] as const)(
    "hands out what nobody fetched, and goes on from the cursor (%s)",
    async (cursor) => {
      const { start, restart } = onFile(await newFile());
      const options = { config: { ...shortHolds, polling: { holdMs: 5, cursor } } };
      const before = await start(options);
      const { client, userId, token } = await logIn(before);
      before.userSends({ userId, text: "fetched" });
      const { get_updates_buf: position = "" } = await client.getUpdates("");
      const { messageId } = before.userSends({ userId, text: "not fetched" });
      const after = await restart(options);
      const again = createIlinkTestClient(after.url, token);
      const raw = await again.post("getupdates", { get_updates_buf: position });
      expect(raw.text).toContain(`"message_id":${messageId},`);
      expect(raw.text).not.toContain('"fetched"');
      after.userSends({ userId, text: "written later" });
      const { get_updates_buf: next = "" } = JSON.parse(raw.text);
      expect(textsOf(await again.getUpdates(next))).toEqual(["written later"]);
    },
  );

  it("shows the same chat, and goes on counting window, quota and burst", async () => {
    const { start, restart } = onFile(await newFile());
    const config = { ...shortHolds, send: { quota: 2 } };
    const before = await start({ config });
    const { client, userId, botId, token } = await logIn(before);
    before.userSends({ userId, text: "hi" });
    await client.sendText(userId, "one", { client_id: "same" });
    const contact = before.state().bots[0]?.contacts[0];
    const chat = before.chat({ userId, botId });
    const after = await restart({ config });
    expect(after.chat({ userId, botId })).toEqual(chat);
    expect(after.attempts()).toMatchObject([{ verdict: "accepted", text: "one" }]);
    expect(after.state().bots[0]?.contacts[0]).toEqual(contact);
    const again = createIlinkTestClient(after.url, token);
    await again.sendText(userId, "one", { client_id: "same" });
    expect(after.bubbles({ userId }), "a client_id seen before").toHaveLength(1);
    await again.sendText(userId, "two");
    expect(await again.sendText(userId, "three")).toMatchObject({ ret: -2 });
  });

  it("goes on with a QR code where it was, and hands the token out once", async () => {
    const { start, restart } = onFile(await newFile());
    const before = await start();
    const { userId } = before.createUser();
    const { qrcode: qr } = await createIlinkTestClient(before.url).getQrCode();
    before.scan({ qr, userId });
    const between = await restart();
    expect(await createIlinkTestClient(between.url).getStatus(qr)).toMatchObject({
      status: "scaned",
    });
    between.confirm({ qr });
    expect(await createIlinkTestClient(between.url).getStatus(qr)).toMatchObject({
      status: "confirmed",
    });
    const after = await restart();
    expect(await createIlinkTestClient(after.url).getStatus(qr)).toMatchObject({
      status: "expired",
    });
  });

  it("lets what waits for its time happen then: an unscanned QR code, a late message", async () => {
    const { start, restart } = onFile(await newFile());
    const before = await start();
    const { client, userId } = await logIn(before);
    before.userSends({ userId, text: "hi" });
    before.armFault({
      endpoint: "sendmessage",
      behaviour: { kind: "late", deliverAfterMs: 60_000 },
    });
    await client.sendText(userId, "late");
    const { qrcode } = await client.getQrCode();
    const after = await restart();
    expect(after.bubbles()).toEqual([]);
    after.advanceClock(60_000);
    expect(after.bubbles()).toMatchObject([{ text: "late" }]);
    after.advanceClock(60_000);
    expect(await createIlinkTestClient(after.url).getStatus(qrcode)).toMatchObject({
      status: "expired",
    });
  });

  it("keeps changed rules, over those it is started with, and its time", async () => {
    const { start, restart } = onFile(await newFile());
    const before = await start({ config: { send: { quota: 3, burstLimit: 5 } } });
    before.configure({ send: { quota: 7 } });
    before.configure({
      send: { windowRefusal: { style: "drop", answer: "empty-body" }, windowMs: 1_000 },
    });
    before.advanceClock(3_600_000);
    const after = await restart({ config: { send: { quota: 3, burstLimit: 6 } } });
    expect(after.config.send).toMatchObject({
      quota: 7,
      burstLimit: 6,
      windowMs: 1_000,
      windowRefusal: { style: "drop", answer: "empty-body" },
    });
    expect(after.state().clockOffsetMs).toBe(3_600_000);
  });

  it("gives out no id twice, although the seed is the same", async () => {
    const { start, restart } = onFile(await newFile());
    const before = await start({ seed: 7 });
    const first = Array.from({ length: 20 }, () => before.createUser().userId);
    const after = await restart({ seed: 7 });
    const second = Array.from({ length: 20 }, () => after.createUser().userId);
    expect(new Set([...first, ...second]).size).toBe(40);
  });

  it("begins anew with figures about polls, armed faults and typing", async () => {
    const { start, restart } = onFile(await newFile());
    const before = await start();
    const { client, userId, botId } = await logIn(before);
    before.userSends({ userId, text: "hi" });
    await client.getUpdates("");
    const { typing_ticket: ticket = "" } = await client.getConfig(userId);
    await client.sendTyping(userId, ticket, 1);
    before.armFault({ endpoint: "any", behaviour: { kind: "hang" } });
    const after = await restart();
    expect(after.pollStats({ botId })).toMatchObject({ count: 0, firstOpenedAt: null });
    expect(after.typing({ botId, userId }).on).toBe(false);
    expect(after.state()).toMatchObject({ faults: [], counts: { calls: 0 } });
  });
});

describe("a simulator that is killed", () => {
  it("has on disk what a client was told, at the moment it was told", async () => {
    const dataFile = await newFile();
    const sim = await onFile(dataFile).start();
    const { client, userId, botId, token } = await logIn(sim);
    expect((await startedFromCopy(dataFile)).state().bots).toMatchObject([{ botId }]);
    sim.userSends({ userId, text: "hi" });
    const { get_updates_buf: position = "" } = await client.getUpdates("");
    const fetched = await startedFromCopy(dataFile);
    expect(fetched.state().bots).toMatchObject([{ received: 1, undelivered: 0 }]);
    await client.sendText(userId, "answer");
    const answered = await startedFromCopy(dataFile);
    expect(answered.bubbles()).toMatchObject([{ text: "answer" }]);
    answered.userSends({ userId, botId, text: "next" });
    const next = await createIlinkTestClient(answered.url, token).getUpdates(position);
    expect(textsOf(next)).toEqual(["next"]);
  });

  it("has on disk what was done over HTTP when that is answered", async () => {
    const dataFile = await newFile();
    const sim = await onFile(dataFile).start();
    await fetch(`${sim.url}/_sim/create-user`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Li" }),
    });
    expect((await startedFromCopy(dataFile)).state().users).toMatchObject([{ name: "Li" }]);
  });

  it("writes what was done in process within a moment", async () => {
    const dataFile = await newFile();
    const sim = await onFile(dataFile).start();
    for (let number = 0; number < 50; number++) sim.createUser({ name: `User ${number}` });
    await expect
      .poll(async () => JSON.parse(await readFile(dataFile, "utf8")).users.length)
      .toBe(50);
    expect(await readdir(join(dataFile, ".."))).toEqual(["wechat.json"]);
  });

  it("has a whole file on disk at any moment", async () => {
    const dataFile = await newFile();
    const sim = await onFile(dataFile).start();
    const { client, userId } = await logIn(sim);
    for (let number = 0; number < 20; number++) {
      sim.userSends({ userId, text: "long ".repeat(10_000) });
    }
    const writing = async () => {
      for (let number = 0; number < 10; number++) await client.sendText(userId, `${number}`);
    };
    const reading = async () => {
      for (let number = 0; number < 100; number++) {
        expect((await readFile(dataFile, "utf8")).slice(-1)).toBe("}");
      }
    };
    await Promise.all([writing(), reading()]);
  });
});

describe("a data file that cannot be used", () => {
  async function fileWith(change: (text: string) => string): Promise<string> {
    const dataFile = await newFile();
    const sim = await startWechatSim({ dataFile });
    const { userId, token } = await logIn(sim);
    sim.userSends({ userId, text: "a secret of mine" });
    await sim.stop();
    const text = await readFile(dataFile, "utf8");
    expect(text).toContain(token);
    await writeFile(dataFile, change(text));
    return dataFile;
  }

  it.each([
    ["is cut off", (text: string) => text.slice(0, -200), "data-file.damaged", "no whole JSON"],
    ["is empty", () => "", "data-file.damaged", "no whole JSON"],
    [
      "lacks something",
      (text: string) => text.replace('"deliveredUpTo":0,', ""),
      "data-file.damaged",
      "deliveredUpTo",
    ],
    [
      "has a rule that is no more",
      (text: string) => text.replace('"configChanges":{}', '"configChanges":{"gone":1}'),
      "data-file.damaged",
      "gone",
    ],
    [
      "is older",
      (text: string) => text.replace('"format":1', '"format":0'),
      "data-file.other-format",
      "an older WeChat simulator (format 0, this one has 1)",
    ],
    [
      "is newer",
      (text: string) => text.replace('"format":1', '"format":2'),
      "data-file.other-format",
      "a newer WeChat simulator",
    ],
  ])("because it %s is named with what to do, and left as it is", async (_, change, code, why) => {
    const dataFile = await fileWith(change);
    const left = await readFile(dataFile, "utf8");
    const error = await startWechatSim({ dataFile }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringContaining(why) });
    expect(error).toMatchObject({ message: expect.stringContaining(`mv '${dataFile}'`) });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/secret of mine|@im\.bot:/);
    expect(await readFile(dataFile, "utf8")).toBe(left);
  });

  it("is left as it is when the port is taken", async () => {
    const dataFile = await newFile();
    const { url } = await onFile(dataFile).start();
    const other = await newFile();
    await expect(
      startWechatSim({ dataFile: other, port: Number(new URL(url).port) }),
    ).rejects.toThrow(/EADDRINUSE/);
    expect(existsSync(other)).toBe(false);
  });

  it("because it is a folder is told at the start, and at the stop when it cannot be written", async () => {
    const folder = await newFile();
    await mkdir(folder, { recursive: true });
    await expect(startWechatSim({ dataFile: folder })).rejects.toMatchObject({
      code: "data-file.unreadable",
    });
    const dataFile = await newFile();
    const sim = await startWechatSim({ dataFile });
    await rm(join(dataFile, ".."), { recursive: true });
    await writeFile(join(dataFile, ".."), "in the way");
    sim.createUser();
    await expect(sim.stop()).rejects.toMatchObject({
      code: "data-file.unwritten",
      message: expect.stringContaining(dataFile),
    });
  });
});
