import { describe, expect, it } from "vitest";
import type { ConfigPatch } from "./config-patch.ts";
import { logIn, settle, textsOf, withSim } from "./sim-story.ts";

async function poller(config: ConfigPatch = {}) {
  const sim = await withSim({ config: { transport: { sessionTimeoutField: "ret" }, ...config } });
  return { sim, ...(await logIn(sim)) };
}

describe("what an empty poll answers", () => {
  it("can leave fields out and announce its hold", async () => {
    const { client } = await poller({
      polling: {
        holdMs: 5,
        announcedHoldMs: 7000,
        emptyAnswerOmits: ["ret", "msgs", "get_updates_buf"],
      },
    });
    expect(await client.getUpdates("")).toEqual({ longpolling_timeout_ms: 7000 });
  });

  it("can be a gateway timeout before the hold ends", async () => {
    const { client } = await poller({ polling: { gatewayTimeoutAfterMs: 5 } });
    const answer = await client.post("getupdates", { get_updates_buf: "" });
    expect(answer.status).toBe(524);
    expect(answer.text).toMatch(/^<html>/);
  });
});

describe("two polls on one token", () => {
  it("share the messages, each going to exactly one, and count as an overlap", async () => {
    const { sim, client, botId, userId } = await poller();
    const held = [client.getUpdates(""), client.getUpdates("")];
    await sim.waitFor(() => sim.openPolls()[botId] === 2);
    sim.userSends({ userId, text: "one" });
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    sim.userSends({ userId, text: "two" });
    const texts = (await Promise.all(held)).flatMap(textsOf);
    expect(new Set(texts)).toEqual(new Set(["one", "two"]));
    await sim.waitFor(() => sim.overlaps()[botId] === 1);
  });

  it("displace each other when told: the newer wins, the older hears -14", async () => {
    const { sim, client, botId, userId } = await poller({
      polling: { concurrentPolls: "displace" },
    });
    const older = client.getUpdates("");
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    const newer = client.getUpdates("");
    expect(await older).toMatchObject({ ret: -14 });
    sim.userSends({ userId, text: "mine" });
    expect(textsOf(await newer)).toEqual(["mine"]);
    await sim.waitFor(() => sim.overlaps()[botId] === 1);
  });

  it("one after the other are no overlap, and leave the coverage to be computed", async () => {
    const { sim, client, botId } = await poller({ polling: { holdMs: 20, overlapGraceMs: 0 } });
    for (let polls = 0; polls < 3; polls += 1) await client.getUpdates("");
    const stats = sim.pollStats({ botId });
    expect(stats).toMatchObject({ count: 3, overlaps: 0 });
    expect(stats.coveredMs).toBeGreaterThanOrEqual(55);
    expect(stats.longestGapMs).toBeLessThan(stats.coveredMs);
  });
});

describe("a client that leaves during a hold", () => {
  async function leave(config: ConfigPatch) {
    const story = await poller(config);
    const { sim, client, botId } = story;
    const abort = new AbortController();
    const held = client.getUpdates("", { signal: abort.signal });
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    abort.abort();
    await expect(held).rejects.toThrow(/abort/);
    await sim.waitFor(() => sim.openPolls()[botId] === 0);
    return story;
  }

  it("finds its messages at the next poll, without an overlap", async () => {
    const { sim, client, userId, botId } = await leave({});
    sim.userSends({ userId, text: "kept" });
    expect(textsOf(await client.getUpdates(""))).toEqual(["kept"]);
    expect(sim.overlaps()[botId]).toBe(0);
  });

  it("loses what comes before the hold would end, under that profile", async () => {
    const { sim, client, userId } = await leave({ polling: { afterDisconnect: "lose" } });
    sim.userSends({ userId, text: "lost" });
    await sim.waitFor(({ bots }) => bots[0]?.undelivered === 0);
    sim.userSends({ userId, text: "kept" });
    expect(textsOf(await client.getUpdates(""))).toEqual(["kept"]);
  });
});

describe("messages nobody polls", () => {
  it("can be gone after a while", async () => {
    const { sim, client, userId } = await poller({ polling: { retentionMs: 60_000 } });
    sim.userSends({ userId, text: "old" });
    sim.advanceClock(60_001);
    sim.userSends({ userId, text: "new" });
    expect(textsOf(await client.getUpdates(""))).toEqual(["new"]);
  });

  it("come in answers of limited length", async () => {
    const { sim, client, userId } = await poller({ polling: { maxMessagesPerAnswer: 2 } });
    for (const text of ["1", "2", "3"]) sim.userSends({ userId, text });
    expect(textsOf(await client.getUpdates(""))).toEqual(["1", "2"]);
    expect(textsOf(await client.getUpdates(""))).toEqual(["3"]);
  });

  it("to a dead bot are queued or dropped, and never reach its held poll", async () => {
    const { sim, client, botId, userId } = await poller();
    const held = client.getUpdates("");
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    await logIn(sim, userId);
    expect(sim.userSends({ userId, botId, text: "late" }).queued).toBe(true);
    sim.configure({ inbound: { deadBot: "drop" } });
    expect(sim.userSends({ userId, botId, text: "later" }).queued).toBe(false);
    await settle();
    expect(sim.openPolls()[botId]).toBe(1);
    sim.advanceClock(29_000);
    expect(await held).toMatchObject({ ret: -14 });
  });
});

describe("a batch window", () => {
  it("collects what comes close together", async () => {
    const { sim, client, botId, userId } = await poller({ polling: { batchWindowMs: 1_000 } });
    const held = client.getUpdates("");
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    sim.userSends({ userId, text: "one" });
    sim.advanceClock(500);
    sim.userSends({ userId, text: "two" });
    sim.advanceClock(500);
    expect(textsOf(await held)).toEqual(["one", "two"]);
  });
});

describe("the token check", () => {
  it("may insist on the client's headers", async () => {
    const { client } = await poller({
      polling: { holdMs: 5 },
      transport: { strictClientHeaders: true, sessionTimeoutField: "errcode" },
    });
    expect(await client.getUpdates("")).toMatchObject({ ret: 0 });
    const headers = { "ilink-app-id": "" };
    expect(await client.getUpdates("", { headers })).toMatchObject({ errcode: -14 });
  });

  it("names -14 in either field by chance, so that clients have to read both", async () => {
    const { sim, client, botId } = await poller({ transport: { sessionTimeoutField: "random" } });
    sim.expireLogin({ botId });
    const fields = new Set<string>();
    for (let calls = 0; calls < 20; calls += 1) {
      for (const [key, value] of Object.entries(await client.notify("start"))) {
        if (value === -14) fields.add(key);
      }
    }
    expect([...fields].toSorted()).toEqual(["errcode", "ret"]);
  });
});
