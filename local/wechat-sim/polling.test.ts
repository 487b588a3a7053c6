import { describe, expect, it } from "vitest";
import { logIn, settle, textsOf, withSim } from "./sim-story.ts";

describe("getupdates", () => {
  it("is held 35 s while nobody writes, then answers empty with a cursor", async () => {
    const sim = await withSim();
    const { client, botId } = await logIn(sim);
    const held = client.getUpdates("");
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    sim.advanceClock(30_000);
    await settle();
    expect(sim.openPolls()[botId]).toBe(1);
    sim.advanceClock(5_000);
    const answer = await held;
    expect(answer).toEqual({ ret: 0, msgs: [], get_updates_buf: expect.stringMatching(/.+/) });
  });

  it("gives the presented cursor back when it stays empty", async () => {
    const sim = await withSim({ config: { polling: { holdMs: 5 } } });
    const { client } = await logIn(sim);
    const { get_updates_buf: cursor = "" } = await client.getUpdates("");
    expect(await client.getUpdates(cursor)).toMatchObject({ get_updates_buf: cursor });
  });

  it("tells which messages were handed out, and when", async () => {
    const sim = await withSim();
    const { client, botId, userId } = await logIn(sim);
    const { messageId } = sim.userSends({ userId, botId, text: "one" });
    expect(sim.handedOut({ botId })).toEqual([{ messageId, handedAt: null }]);
    const before = Date.now();
    await client.getUpdates("");
    const { messageId: later } = sim.userSends({ userId, botId, text: "two" });
    const [first, second] = sim.handedOut({ botId });
    expect(first?.handedAt).toBeGreaterThanOrEqual(before);
    expect(second).toEqual({ messageId: later, handedAt: null });
  });

  it("wakes at once when somebody writes, whoever it is", async () => {
    const sim = await withSim();
    const { client, botId, userId } = await logIn(sim);
    const held = client.getUpdates("");
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    const stranger = sim.createUser({ name: "Li" });
    const { messageId } = sim.userSends({ userId: stranger.userId, botId, text: "你好" });
    const answer = await held;
    expect(textsOf(answer)).toEqual(["你好"]);
    expect(answer.msgs?.[0]).toMatchObject({
      from_user_id: stranger.userId,
      to_user_id: botId,
      message_type: 1,
      message_state: 2,
    });
    expect(stranger.userId).not.toBe(userId);
    expect(messageId).toMatch(/^\d+$/);
  });

  it("writes message ids above 2^53 as bare numbers, and as strings when told", async () => {
    const sim = await withSim();
    const { client, userId } = await logIn(sim);
    const { messageId } = sim.userSends({ userId, text: "a" });
    const bare = await client.post("getupdates", { get_updates_buf: "" });
    expect(bare.text).toContain(`"message_id":${messageId},`);
    expect(BigInt(Number(messageId))).not.toBe(BigInt(messageId));
    sim.configure({ transport: { inboundMessageId: "string" } });
    const other = sim.userSends({ userId, text: "b" });
    const quoted = await client.post("getupdates", { get_updates_buf: "" });
    expect(quoted.text).toContain(`"message_id":"${other.messageId}",`);
  });

  it("gives several messages in one answer, in order, with a fresh context token each", async () => {
    const sim = await withSim();
    const { client, userId } = await logIn(sim);
    for (const text of ["one", "two", "three"]) sim.userSends({ userId, text });
    const answer = await client.getUpdates("");
    expect(textsOf(answer)).toEqual(["one", "two", "three"]);
    expect(answer.msgs?.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(new Set(answer.msgs?.map((message) => message.context_token)).size).toBe(3);
  });

  it("answers -14 without a token, with a wrong one, and without AuthorizationType", async () => {
    const sim = await withSim({ config: { transport: { sessionTimeoutField: "by-endpoint" } } });
    const { client } = await logIn(sim);
    const expired = { errcode: -14, errmsg: "session timeout" };
    const wrong: Record<string, string>[] = [
      { authorization: "" },
      { authorization: "Bearer x" },
      { authorizationtype: "" },
    ];
    for (const headers of wrong) {
      expect(await client.getUpdates("", { headers })).toEqual(expired);
    }
  });

  it("answers -14 at once when the login expires during a hold", async () => {
    const sim = await withSim({ config: { transport: { sessionTimeoutField: "ret" } } });
    const { client, botId } = await logIn(sim);
    const held = client.getUpdates("");
    await sim.waitFor(() => sim.openPolls()[botId] === 1);
    sim.expireLogin({ botId });
    expect(await held).toEqual({ ret: -14, errmsg: "session timeout" });
    expect(await client.getUpdates("")).toEqual({ ret: -14, errmsg: "session timeout" });
  });
});

describe("the cursor", () => {
  it("is one-way by default: what was returned never comes again", async () => {
    const sim = await withSim({ config: { polling: { holdMs: 5 } } });
    const { client, userId } = await logIn(sim);
    sim.userSends({ userId, text: "once" });
    await client.getUpdates("");
    expect(textsOf(await client.getUpdates(""))).toEqual([]);
  });

  it("replays from the cursor presented under the other profile", async () => {
    const sim = await withSim({ config: { polling: { holdMs: 5, cursor: "replay" } } });
    const { client, userId } = await logIn(sim);
    sim.userSends({ userId, text: "first" });
    const { get_updates_buf: cursor = "" } = await client.getUpdates("");
    sim.userSends({ userId, text: "second" });
    expect(textsOf(await client.getUpdates(cursor))).toEqual(["second"]);
    expect(textsOf(await client.getUpdates(cursor))).toEqual(["second"]);
    expect(textsOf(await client.getUpdates(""))).toEqual(["first", "second"]);
  });

  it("of another login reads from the start, answers empty, or -14, as told", async () => {
    const sim = await withSim({ config: { transport: { sessionTimeoutField: "ret" } } });
    const { client: old, userId } = await logIn(sim);
    sim.userSends({ userId, text: "before" });
    const { get_updates_buf: oldCursor = "" } = await old.getUpdates("");
    const { client } = await logIn(sim, userId);
    sim.userSends({ userId, text: "after" });
    sim.configure({ polling: { oldCursor: "session-timeout" } });
    expect(await client.getUpdates(oldCursor)).toMatchObject({ ret: -14 });
    sim.configure({ polling: { oldCursor: "empty" } });
    expect(textsOf(await client.getUpdates(oldCursor))).toEqual([]);
    sim.configure({ polling: { oldCursor: "from-start" } });
    expect(textsOf(await client.getUpdates(oldCursor))).toEqual(["after"]);
  });
});
