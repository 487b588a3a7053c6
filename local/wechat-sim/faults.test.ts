import { describe, expect, it } from "vitest";
import type { ConfigPatch } from "./config-patch.ts";
import { logIn, textsOf, withSim } from "./sim-story.ts";

async function conversation(config: ConfigPatch = {}) {
  const sim = await withSim({
    config: { transport: { sessionTimeoutField: "ret" }, ...config },
  });
  const bot = await logIn(sim);
  sim.userSends({ userId: bot.userId, text: "hello" });
  const bubbles = () => sim.bubbles({ botId: bot.botId }).map(({ text }) => text);
  return { sim, ...bot, bubbles };
}

describe("when a fault strikes", () => {
  it("is the nth matching call, so many times, and then never again", async () => {
    const { sim, client, userId } = await conversation();
    sim.armFault({
      endpoint: "sendmessage",
      nth: 2,
      times: 2,
      behaviour: { kind: "refuse", ret: -2, errmsg: "unknown error" },
    });
    const codes = [];
    for (let calls = 0; calls < 4; calls += 1) codes.push((await client.sendText(userId, "x")).ret);
    expect(codes).toEqual([0, -2, -2, 0]);
    expect(sim.state().faults).toEqual([]);
  });

  it("is only the bot and the user it names", async () => {
    const { sim, client, userId, botId } = await conversation();
    const other = await logIn(sim);
    const friend = sim.createUser().userId;
    sim.userSends({ userId: friend, botId, text: "hi" });
    sim.userSends({ userId: other.userId, text: "hi" });
    const rule = { endpoint: "sendmessage", botId, userId: friend, times: null } as const;
    sim.armFault({ ...rule, behaviour: { kind: "refuse" } });
    expect(await client.sendText(userId, "x")).toMatchObject({ ret: 0 });
    expect(await other.client.sendText(other.userId, "x")).toMatchObject({ ret: 0 });
    expect(await client.sendText(friend, "x")).toMatchObject({ ret: -2 });
    expect(await client.sendText(friend, "x")).toMatchObject({ ret: -2 });
  });

  it("is by chance, the same chance for the same seed", async () => {
    const run = async () => {
      const { sim, client } = await conversation();
      sim.armFault({
        endpoint: "getconfig",
        times: null,
        probability: 0.5,
        behaviour: { kind: "refuse", ret: 5 },
      });
      const codes = [];
      for (let calls = 0; calls < 12; calls += 1) codes.push((await client.getConfig("u")).ret);
      return codes;
    };
    const codes = await run();
    expect(new Set(codes)).toEqual(new Set([5, -4]));
    expect(await run()).toEqual(codes);
  });

  it("is never after it was disarmed", async () => {
    const { sim, client, userId } = await conversation();
    const id = sim.armFault({ endpoint: "any", behaviour: { kind: "refuse" } });
    sim.disarmFault(id);
    expect(await client.sendText(userId, "x")).toMatchObject({ ret: 0 });
    expect(() => sim.disarmFault(id)).toThrow(/No armed fault/);
  });

  it("is refused where it makes no sense, and nothing is armed", async () => {
    const { sim } = await conversation();
    const behaviour = { kind: "silent-drop" } as const;
    expect(() => sim.armFault({ endpoint: "getupdates", behaviour })).toThrow(/sendmessage/);
    expect(sim.state().faults).toEqual([]);
  });
});

describe("faults of a send", () => {
  it("silent drop answers as success without message_id and shows nothing", async () => {
    const { sim, client, userId, bubbles } = await conversation();
    sim.armFault({ endpoint: "sendmessage", behaviour: { kind: "silent-drop" } });
    expect(await client.sendText(userId, "x")).toEqual({ ret: 0 });
    expect(bubbles()).toEqual([]);
    expect(sim.attempts()).toMatchObject([{ verdict: "dropped", rule: "fault", code: 0 }]);
  });

  it.each([
    { answer: "empty-object", text: "{}" },
    { answer: "empty-body", text: "" },
    { answer: "with-message-id", text: expect.stringContaining("message_id") },
  ] as const)("silent drop can answer $answer", async ({ answer, text }) => {
    const { sim, client, userId } = await conversation();
    sim.armFault({ endpoint: "sendmessage", behaviour: { kind: "silent-drop", answer } });
    const msg = { to_user_id: userId, item_list: [{ type: 1, text_item: { text: "x" } }] };
    expect(await client.post("sendmessage", { msg })).toEqual({ status: 200, text });
  });

  it("commit-then-disconnect: a retry with the same client_id shows nothing twice", async () => {
    const { sim, client, userId, bubbles } = await conversation();
    sim.armFault({ endpoint: "sendmessage", behaviour: { kind: "commit-then-disconnect" } });
    await expect(client.sendText(userId, "once", { client_id: "c" })).rejects.toThrow(
      /fetch failed/,
    );
    expect(bubbles()).toEqual(["once"]);
    expect(await client.sendText(userId, "once", { client_id: "c" })).toMatchObject({ ret: 0 });
    expect(bubbles()).toEqual(["once"]);
  });

  it("drop-connection and an uncommitted 524 leave no message", async () => {
    const { sim, client, userId, bubbles } = await conversation();
    sim.armFault({ endpoint: "sendmessage", behaviour: { kind: "drop-connection" } });
    await expect(client.sendText(userId, "a")).rejects.toThrow(/fetch failed/);
    sim.armFault({ endpoint: "sendmessage", behaviour: { kind: "http" } });
    expect(await client.post("sendmessage", {})).toMatchObject({ status: 524 });
    expect(bubbles()).toEqual([]);
    expect(sim.attempts()).toEqual([]);
  });

  it("late messages come together, and a retry meanwhile adds none", async () => {
    const { sim, client, userId, bubbles } = await conversation();
    const behaviour = { kind: "late", deliverAfterMs: 60_000 } as const;
    sim.armFault({ endpoint: "sendmessage", times: 3, behaviour });
    const first = await client.sendText(userId, "a", { client_id: "a" });
    sim.advanceClock(30_000);
    await client.sendText(userId, "b");
    expect(await client.sendText(userId, "a", { client_id: "a" })).toEqual(first);
    expect(bubbles()).toEqual([]);
    sim.advanceClock(30_000);
    expect(bubbles()).toEqual(["a", "b"]);
  });

  it("-14 on sends only leaves the poll alone, and a dead token beats a refusal", async () => {
    const { sim, client, userId, botId } = await conversation();
    sim.armFault({ endpoint: "sendmessage", behaviour: { kind: "session-timeout" } });
    expect(await client.sendText(userId, "x")).toEqual({ ret: -14, errmsg: "session timeout" });
    expect(textsOf(await client.getUpdates(""))).toEqual(["hello"]);
    sim.expireLogin({ botId });
    sim.armFault({ endpoint: "sendmessage", behaviour: { kind: "refuse", ret: -2 } });
    expect(await client.sendText(userId, "x")).toMatchObject({ ret: -14 });
    expect(sim.attempts()).toMatchObject([
      { verdict: "refused", code: -14, rule: "fault" },
      { verdict: "refused", code: -14, rule: "token" },
    ]);
  });
});

describe("faults of the poll", () => {
  it.each(["one-way", "replay"] as const)(
    "lost in flight waits for messages; under %s the old cursor decides their fate",
    async (cursor) => {
      const { sim, client, userId } = await conversation({ polling: { cursor, holdMs: 20 } });
      const { get_updates_buf: before = "" } = await client.getUpdates("");
      sim.armFault({ endpoint: "getupdates", behaviour: { kind: "lost-in-flight" } });
      expect(await client.getUpdates(before)).toMatchObject({ msgs: [] });
      sim.userSends({ userId, text: "gone?" });
      await expect(client.getUpdates(before)).rejects.toThrow(/fetch failed/);
      const again = textsOf(await client.getUpdates(before));
      expect(again).toEqual(cursor === "replay" ? ["gone?"] : []);
    },
  );

  it("answers HTML, half a JSON, nothing, or another status", async () => {
    const { sim, client } = await conversation();
    const next = async (behaviour: Parameters<typeof sim.armFault>[0]["behaviour"]) => {
      sim.armFault({ endpoint: "getupdates", behaviour });
      return client.post("getupdates", { get_updates_buf: "" });
    };
    expect(await next({ kind: "html" })).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^<!doctype/),
    });
    expect(await next({ kind: "not-json" })).toEqual({ status: 200, text: '{"ret":0,' });
    expect(await next({ kind: "empty-body" })).toEqual({ status: 200, text: "" });
    expect(await next({ kind: "http", status: 503, text: "busy" })).toEqual({
      status: 503,
      text: "busy",
    });
    expect(textsOf(await client.getUpdates(""))).toEqual(["hello"]);
  });

  it("can hang until the client gives up, as an open poll", async () => {
    const { sim, client, botId } = await conversation();
    sim.armFault({ endpoint: "getupdates", behaviour: { kind: "hang" } });
    const abort = new AbortController();
    const held = client.getUpdates("", { signal: abort.signal });
    await sim.waitFor(() => sim.calls().at(-1)?.outcome === "hang");
    expect(sim.openPolls()[botId]).toBe(1);
    abort.abort();
    await expect(held).rejects.toThrow(/abort/);
    await sim.waitFor(() => sim.openPolls()[botId] === 0);
  });

  it("can cut off after a while, as a gateway does", async () => {
    const { sim, client, botId } = await conversation();
    sim.armFault({ endpoint: "getupdates", behaviour: { kind: "http", afterMs: 16_500 } });
    const held = client.post("getupdates", { get_updates_buf: "" });
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    sim.advanceClock(16_500);
    expect(await held).toMatchObject({ status: 524 });
  });

  it("can delay a call, and change its answer", async () => {
    const { sim, client, userId } = await conversation();
    sim.armFault({ endpoint: "getconfig", behaviour: { kind: "delay", afterMs: 8_000 } });
    const slow = client.getConfig(userId);
    await sim.waitFor(() => sim.calls().at(-1)?.fault === "delay");
    sim.advanceClock(8_000);
    expect(await slow).toMatchObject({ ret: 0 });
    const behaviour = { kind: "edit-answer", set: { errcode: -2 }, omit: ["ret"] } as const;
    sim.armFault({ endpoint: "getupdates", behaviour: { ...behaviour, omit: ["ret"] } });
    const answer = await client.getUpdates("");
    expect(answer).not.toHaveProperty("ret");
    expect(answer).toMatchObject({ errcode: -2, msgs: [{ message_type: 1 }] });
  });
});

describe("stopping", () => {
  it("ends held and hanging calls at once", async () => {
    const { sim, client, botId } = await conversation();
    await client.getUpdates("");
    sim.armFault({ endpoint: "getconfig", behaviour: { kind: "hang" } });
    const open = [client.getUpdates(""), client.getConfig("x")];
    await sim.waitFor(() => sim.openPolls()[botId] === 1 && sim.calls().at(-1)?.outcome === "hang");
    const ended = Promise.allSettled(open);
    await sim.stop();
    for (const { status } of await ended) expect(status).toBe("rejected");
  });
});
