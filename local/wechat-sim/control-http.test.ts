import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createIlinkTestClient } from "./ilink-test-client.ts";
import { logIn, withSim } from "./sim-story.ts";

const UserId = z.object({ userId: z.string() });
const BotId = z.object({ botId: z.string() });

async function control() {
  const sim = await withSim();
  const post = async (verb: string, input?: unknown, type = "application/json") => {
    const response = await fetch(`${sim.url}/_sim/${verb}`, {
      method: "POST",
      headers: { "content-type": type },
      body: input === undefined ? null : JSON.stringify(input),
    });
    return { status: response.status, body: await response.json() };
  };
  const get = async (path: string) => {
    const response = await fetch(`${sim.url}/_sim/${path}`);
    return { status: response.status, body: await response.json() };
  };
  return { sim, post, get };
}

describe("the control API", () => {
  it("tells a whole story: user, scan, confirm, message, bubble", async () => {
    const { sim, post, get } = await control();
    const { userId } = UserId.parse((await post("create-user", { name: "Li" })).body);
    const client = createIlinkTestClient(sim.url);
    const { qrcode: qr } = await client.getQrCode();
    expect(await post("scan", { qr, userId })).toEqual({ status: 200, body: {} });
    const { botId } = BotId.parse((await post("confirm", { qr })).body);
    const { bot_token: token } = await client.getStatus(qr);
    const sent = await post("user-sends", { userId, text: "hi" });
    expect(sent.body).toMatchObject({ messageId: expect.stringMatching(/^\d+$/), queued: true });
    await createIlinkTestClient(sim.url, token).sendText(userId, "hello");
    expect((await get(`bubbles?userId=${userId}`)).body).toMatchObject([{ text: "hello" }]);
    expect((await get(`chat?userId=${userId}&botId=${botId}`)).body).toMatchObject([
      { from: "user", text: "hi" },
      { from: "bot", text: "hello" },
    ]);
    expect((await get("state")).body).toMatchObject({ users: [{ name: "Li" }], bots: [{ botId }] });
  });

  it("answers bad input with 400 and the field, and changes nothing", async () => {
    const { sim, post } = await control();
    const bad = await post("configure", { polling: { holdMs: -1 } });
    expect(bad).toMatchObject({
      status: 400,
      body: { error: { code: "bad-input", message: expect.stringContaining("polling.holdMs") } },
    });
    expect(await post("configure", { polling: { holdMS: 1 } })).toMatchObject({ status: 400 });
    expect(sim.config.polling.holdMs).toBe(35_000);
    expect(
      await post("arm-fault", { endpoint: "sendmesage", behaviour: { kind: "hang" } }),
    ).toMatchObject({ status: 400 });
  });

  it("answers 404 to an unknown verb or id, 409 to what cannot be now", async () => {
    const { sim, post, get } = await control();
    expect(await post("create-usr")).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining("create-user") } },
    });
    expect(await post("expire-login", { botId: "x" })).toMatchObject({ status: 404 });
    const { qrcode: qr } = await createIlinkTestClient(sim.url).getQrCode();
    expect(await post("confirm", { qr })).toMatchObject({ status: 409 });
    expect(await get("create-user")).toMatchObject({ status: 404 });
  });

  it("takes JSON only, so that no other site's page can use it", async () => {
    const { sim, post } = await control();
    expect(await post("create-user", {}, "text/plain")).toMatchObject({ status: 400 });
    expect(sim.state().users).toEqual([]);
  });

  it("keeps the other settings when one changes, and replaces a refusal whole", async () => {
    const { sim, post } = await control();
    await post("configure", { send: { quota: 3 } });
    await post("configure", { send: { quotaRefusal: { style: "drop" } } });
    expect(sim.config.send).toMatchObject({
      quota: 3,
      quotaRefusal: { style: "drop", answer: "no-message-id" },
      burstLimit: 12,
    });
  });

  it("describes config and faults in both languages", async () => {
    const { get } = await control();
    const quota = {
      default: 10,
      description: expect.any(String),
      zh: expect.stringContaining("条数"),
    };
    const names = { enum: expect.arrayContaining(["getupdates"]) };
    expect((await get("schemas")).body).toMatchObject({
      config: { properties: { send: { properties: { quota } } } },
      fault: { properties: { endpoint: names } },
    });
  });

  it("streams changes", async () => {
    const { sim } = await control();
    const response = await fetch(`${sim.url}/_sim/events`);
    const reader = response.body?.getReader();
    await reader?.read();
    sim.createUser();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe("data: changed\n\n");
    await reader?.cancel();
  });
});

describe("the record of calls", () => {
  it("keeps the newest, with headers and bodies but without tokens", async () => {
    const sim = await withSim({
      config: { record: { calls: 4 }, login: { confirmedOnce: false } },
    });
    const { client, token, userId } = await logIn(sim);
    const secret = token.split(":")[1] ?? "";
    const { qrcode } = await client.getQrCode([token]);
    sim.scan({ qr: qrcode, userId });
    sim.configure({ login: { recognizeLocalTokens: false } });
    sim.confirm({ qr: qrcode });
    await client.getStatus(qrcode);
    for (let calls = 0; calls < 2; calls += 1) await client.notify("start");
    const calls = sim.calls();
    expect(calls.map(({ endpoint }) => endpoint)).toEqual([
      "get_bot_qrcode",
      "get_qrcode_status",
      "notifystart",
      "notifystart",
    ]);
    expect(JSON.stringify(calls)).not.toContain(secret);
    expect(JSON.stringify(calls)).not.toMatch(/@im\.bot:[0-9a-f]/);
    expect(calls[2]?.headers).toMatchObject({ "ilink-app-id": "bot" });
  });

  it("warns of what the official client does otherwise, and refuses nothing for it", async () => {
    const sim = await withSim();
    const { client } = await logIn(sim);
    const uin = Buffer.from("4294967296").toString("base64");
    const send = (value: string) =>
      client.post(
        "msg/notifystart",
        {},
        { headers: { "x-wechat-uin": value, "ilink-app-id": "" } },
      );
    expect((await send(uin)).text).toBe('{"ret":0}');
    expect(sim.calls().at(-1)?.warnings).toEqual([
      "no iLink-App-Id",
      "X-WECHAT-UIN is not base64 of a decimal uint32",
      "no base_info in the body",
    ]);
    const good = Buffer.from("4294967295").toString("base64");
    await send(good);
    await send(good);
    expect(sim.calls().at(-1)?.warnings).toContain("X-WECHAT-UIN was used before");
  });

  it("answers what is not JSON as a call without fields, and an unknown path with 404", async () => {
    const sim = await withSim({ config: { polling: { holdMs: 5 } } });
    const { client } = await logIn(sim);
    expect((await client.post("sendmessage", "{broken")).text).toContain('"ret":-3');
    expect((await client.post("getupdates", "{broken")).status).toBe(200);
    expect((await client.post("getuploadurl", {})).status).toBe(404);
  });
});
