import { describe, expect, it } from "vitest";
import { createIlinkTestClient } from "./ilink-test-client.ts";
import { logIn, settle, withSim } from "./sim-story.ts";

async function newQr(options: Parameters<typeof withSim>[0] = {}) {
  const sim = await withSim(options);
  const client = createIlinkTestClient(sim.url);
  const { qrcode, qrcode_img_content } = await client.getQrCode();
  return { sim, client, qr: qrcode, qrUrl: qrcode_img_content, ...sim.createUser() };
}

describe("making a QR code", () => {
  it("answers POST and GET alike, with a poll key and a URL to draw", async () => {
    const { sim, qr, qrUrl } = await newQr();
    const got = await fetch(`${sim.url}/ilink/bot/get_bot_qrcode?bot_type=3`);
    expect(await got.json()).toMatchObject({
      ret: 0,
      qrcode: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(qr).toMatch(/^[0-9a-f]{32}$/);
    expect(new URL(qrUrl).searchParams.get("qrcode")).toBe(qr);
  });

  it("answers ret 2 to an unknown bot_type", async () => {
    const { client } = await newQr();
    const answer = await client.post("get_bot_qrcode?bot_type=9", {});
    expect(JSON.parse(answer.text)).toMatchObject({ ret: 2 });
  });
});

describe("the status of a login", () => {
  it("is held while nothing happens, and wakes at once when the phone scans", async () => {
    const { sim, client, qr, userId } = await newQr();
    const held = client.getStatus(qr);
    await sim.waitFor(({ logins }) => logins[0]?.polling);
    sim.scan({ qr, userId });
    expect(await held).toEqual({ ret: 0, status: "scaned" });
  });

  it("is wait at the end of the hold", async () => {
    const { client, qr } = await newQr({ config: { login: { statusHoldMs: 10 } } });
    expect(await client.getStatus(qr)).toEqual({ ret: 0, status: "wait" });
  });

  it("hands out credentials on confirmation, with the case of the user id kept", async () => {
    const { sim, client, qr, qrUrl, userId } = await newQr();
    sim.scan({ qr: qrUrl, userId });
    const { botId } = sim.confirm({ qr: qrUrl });
    const status = await client.getStatus(qr);
    expect(status).toEqual({
      ret: 0,
      status: "confirmed",
      bot_token: expect.stringMatching(new RegExp(`^${botId}:`)),
      ilink_bot_id: expect.stringMatching(/^[0-9a-f]+@im\.bot$/),
      baseurl: sim.url,
      ilink_user_id: userId,
    });
    expect(userId).not.toBe(userId.toLowerCase());
  });

  it("hands them out once only, unless told otherwise", async () => {
    const { sim, client, qr, userId } = await newQr();
    sim.scan({ qr, userId });
    sim.confirm({ qr });
    await client.getStatus(qr);
    expect(await client.getStatus(qr)).toMatchObject({ status: "expired" });
    sim.configure({ login: { confirmedOnce: false } });
    expect(await client.getStatus(qr)).toMatchObject({ status: "confirmed" });
  });

  it("is expired after 120 s, for a code that was denied, and for one that never was", async () => {
    const { sim, client, qr, userId } = await newQr();
    const other = await client.getQrCode();
    sim.scan({ qr: other.qrcode, userId });
    sim.deny({ qr: other.qrcode });
    expect(await client.getStatus(other.qrcode)).toMatchObject({ status: "expired" });
    expect(await client.getStatus("never")).toMatchObject({ status: "expired" });
    sim.advanceClock(120_000);
    expect(await client.getStatus(qr)).toMatchObject({ status: "expired" });
  });
});

describe("a verify code", () => {
  it("is asked for until the right one comes, then the person still has to confirm", async () => {
    const { sim, client, qr, userId } = await newQr();
    const { verifyCode = "" } = sim.scan({ qr, userId, withVerifyCode: true });
    expect(verifyCode).toMatch(/^\d{6}$/);
    expect(await client.getStatus(qr)).toMatchObject({ status: "need_verifycode" });
    expect(await client.getStatus(qr, "wrong")).toMatchObject({ status: "need_verifycode" });
    expect(await client.getStatus(qr, verifyCode)).toMatchObject({ status: "scaned" });
    sim.confirm({ qr });
    expect(await client.getStatus(qr)).toMatchObject({ status: "confirmed" });
  });

  it("blocks the QR code after too many wrong ones", async () => {
    const { sim, client, qr, userId } = await newQr({
      config: { login: { verifyCodeAttempts: 2 } },
    });
    sim.scan({ qr, userId, withVerifyCode: true });
    await client.getStatus(qr, "1");
    expect(await client.getStatus(qr, "2")).toMatchObject({ status: "verify_code_blocked" });
  });
});

describe("wrong use of the control", () => {
  it("is refused with a reason and changes nothing", async () => {
    const { sim, qr, userId } = await newQr();
    expect(() => sim.confirm({ qr })).toThrow(/is wait and cannot be confirmed/);
    expect(() => sim.scan({ qr, userId: userId.toLowerCase() })).toThrow(/case-sensitive/);
    expect(() => sim.scan({ qr: "nothing", userId })).toThrow(/No such QR code/);
    expect(sim.state().logins[0]?.status).toBe("wait");
  });
});

describe("a second scan by the same user", () => {
  it("gives a new bot and makes the older token answer -14", async () => {
    const sim = await withSim();
    const first = await logIn(sim);
    const second = await logIn(sim, first.userId);
    expect(second.botId).not.toBe(first.botId);
    const { ret, errcode } = await first.client.notify("start");
    expect([ret, errcode]).toContain(-14);
    expect(await second.client.notify("start")).toEqual({ ret: 0 });
  });

  it("answers the older bot's pending poll after 29 s", async () => {
    const sim = await withSim();
    const first = await logIn(sim);
    const held = first.client.getUpdates("");
    await sim.waitFor(() => sim.openPolls()[first.botId] === 1);
    await logIn(sim, first.userId);
    sim.advanceClock(25_000);
    await settle();
    expect(sim.openPolls()[first.botId]).toBe(1);
    sim.advanceClock(4_000);
    const { ret, errcode } = await held;
    expect([ret, errcode]).toContain(-14);
  });

  it("can happen somewhere else, and only for a user there is", async () => {
    const sim = await withSim();
    const { userId, client } = await logIn(sim);
    const { botId } = sim.scanElsewhere({ userId });
    const { ret, errcode } = await client.notify("start");
    expect([ret, errcode]).toContain(-14);
    expect(sim.state().bots.at(-1)).toMatchObject({ botId, generation: 2, status: "live" });
    expect(() => sim.scanElsewhere({ userId: "nobody" })).toThrow(/No user nobody/);
    expect(sim.state().logins).toHaveLength(2);
  });

  it("is a no-op when the client showed the live token", async () => {
    const sim = await withSim();
    const { token, userId, botId, client } = await logIn(sim);
    const { qrcode: qr } = await client.getQrCode([token]);
    sim.scan({ qr, userId });
    expect(sim.confirm({ qr })).toEqual({ botId });
    expect(await client.getStatus(qr)).toEqual({ ret: 0, status: "binded_redirect" });
    expect(await client.notify("start")).toEqual({ ret: 0 });
  });
});

describe("login profiles", () => {
  it("can leave out the bot id, and the base URL or name another", async () => {
    const { sim, client, qr, userId } = await newQr({
      config: { login: { omitBotId: true, baseurl: "omit", confirmedOnce: false } },
    });
    sim.scan({ qr, userId });
    sim.confirm({ qr });
    expect(Object.keys(await client.getStatus(qr))).toEqual([
      "ret",
      "status",
      "bot_token",
      "ilink_user_id",
    ]);
    sim.configure({ login: { baseurl: "http://127.0.0.1:9" } });
    expect(await client.getStatus(qr)).toMatchObject({ baseurl: "http://127.0.0.1:9" });
  });

  it("can be stuck in wait whatever the phone does", async () => {
    const { sim, client, qr, userId } = await newQr({
      config: { login: { stuckInWait: true, statusHoldMs: 5 } },
    });
    sim.scan({ qr, userId });
    expect(await client.getStatus(qr)).toEqual({ ret: 0, status: "wait" });
  });

  it("can send a login to another host, where it goes on", async () => {
    const { sim, client, qr, userId } = await newQr();
    sim.redirect({ qr });
    const { status, redirect_host } = await client.getStatus(qr);
    expect(status).toBe("scaned_but_redirect");
    expect(redirect_host).toBe(new URL(sim.redirectUrl).host);
    const there = createIlinkTestClient(sim.redirectUrl);
    sim.scan({ qr, userId });
    expect(await there.getStatus(qr)).toMatchObject({ status: "scaned" });
    sim.confirm({ qr });
    expect(await there.getStatus(qr)).toMatchObject({ status: "confirmed" });
  });
});
