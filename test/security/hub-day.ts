import { z } from "zod";
import { accountStore } from "#core/accounts/account.store.ts";
import { workOffJob } from "#core/queue/work-off-job.ts";
import { sessionCookie } from "#functions/api/caller.ts";
import { addBot, contactOf, login, runsOf } from "../proof/stories.ts";
import type { World } from "../proof/world.ts";
import type { Trail } from "./trail.ts";

/** What was seeded before; what the hub made itself is added to it. */
export type DaySeeds = {
  question: string;
  answer: string;
  prose: string;
  person: string;
  password: string;
  hermesKey: string;
  ownHermesKey: string;
  extraHeader: string;
};

type Made = Record<string, string>;

const Secret = z.object({ secret: z.string() });

/**
 * A day of a hub on which all goes wrong: Hermes, its tunnel and WeChat fail in every way they know
 * and quote what they were told; people mistype, a job is garbled, a login ends. Gives the secrets
 * that came up on the way.
 */
export async function liveThroughBadDay(
  world: World,
  trail: Trail,
  seeds: DaySeeds,
): Promise<Made> {
  world.wechat.configure({ record: { calls: 10_000 } });
  const made = await signInAndOut(world, trail, seeds);
  const accountId = await ownHermes(world, trail, seeds);
  await hermesFails(world, seeds);
  await wechatFails(world, trail, seeds);
  await peopleWork(world, trail, seeds);
  await garbledJob(world, seeds);
  Object.assign(made, await loginEnds(world));
  await ask(world, trail, "POST", `/api/accounts/${accountId}/clean-up`);
  await world.goOn();
  return made;
}

/** A request of the day; what the api says to a wrong one is part of the trail. */
async function ask(
  world: World,
  trail: Trail,
  method: string,
  path: string,
  body?: object,
  as?: Readonly<Record<string, string>>,
): Promise<{ status: number; text: string; cookie: string }> {
  const response = await world.api(method, path, body, as);
  const text = (await response?.text()) ?? "";
  const status = response?.status ?? 0;
  if (status >= 400) trail.leave("error", text);
  return { status, text, cookie: response?.headers.get("set-cookie") ?? "" };
}

async function signInAndOut(world: World, trail: Trail, { password }: DaySeeds): Promise<Made> {
  const nobody = {};
  await ask(world, trail, "POST", "/api/users", {
    name: "mei",
    role: "owner",
    labels: null,
    password,
  });
  await ask(
    world,
    trail,
    "POST",
    "/api/sign-in",
    { name: "mei", password: `${password}!` },
    nobody,
  );
  const { cookie } = await ask(
    world,
    trail,
    "POST",
    "/api/sign-in",
    { name: "mei", password },
    nobody,
  );
  const session = new RegExp(`${sessionCookie}=([^;]+)`).exec(cookie)?.[1] ?? "";
  const browser = { cookie: `${sessionCookie}=${session}`, "x-hub-csrf": "1" };
  const wanted = { name: "report", role: "viewer", expiresInDays: 30 };
  const token = await ask(world, trail, "POST", "/api/tokens", wanted, browser);
  const { secret } = Secret.parse(JSON.parse(token.text));
  const program = { authorization: `Bearer ${secret}` };
  await ask(world, trail, "GET", "/api/accounts", undefined, program);
  await ask(world, trail, "POST", "/api/users", { name: "x" }, program);
  await ask(world, trail, "GET", "/api/accounts", undefined, {
    authorization: `Bearer ${secret}x`,
  });
  await ask(world, trail, "POST", "/api/accounts", { name: 7, password }, browser);
  return { session, token: secret };
}

/** A bot with a Hermes of its own, behind a tunnel that fails in every way. */
async function ownHermes(world: World, trail: Trail, seeds: DaySeeds): Promise<string> {
  const bot = await addBot(world);
  const path = `/api/accounts/${bot._id}/hermes`;
  const { ownHermesKey, extraHeader } = seeds;
  const secrets = {
    apiKey: ownHermesKey,
    extraHeaders: { "CF-Access-Client-Secret": extraHeader },
  };
  await ask(world, trail, "PUT", path, { baseUrl: "http://[::1/v1", ...secrets });
  await ask(world, trail, "PUT", path, { baseUrl: world.hermes.tunnel.baseUrl, ...secrets });
  const contact = contactOf(world, bot);
  for (const kind of ["cloudflare-access", "tailscale-cut", "cut-mid-body", "html-200"] as const) {
    world.hermes.tunnel.behave({ kind });
    contact.writes(`${seeds.question} through ${kind}`);
    await world.goOn();
  }
  return bot._id;
}

async function hermesFails(world: World, seeds: DaySeeds): Promise<void> {
  const bot = await addBot(world);
  const error = `${seeds.prose}: ${seeds.hermesKey} was refused for “${seeds.question}”`;
  const turns = [
    { kind: "ok", text: seeds.answer },
    { kind: "failed-with-text", text: error, error },
    { kind: "failed-without-text", error },
    { kind: "partial", text: seeds.answer, error },
    { kind: "exception", message: error },
    { kind: "empty" },
    { kind: "provider-auth" },
    { kind: "approval", command: error },
    { kind: "media", text: seeds.answer },
  ] as const;
  for (const [at, turn] of turns.entries()) {
    world.hermes.scriptNext(turn, { textIncludes: `case ${at}.` });
    contactOf(world, bot).writes(`${seeds.question} in case ${at}.`);
  }
  await world.goOn();
  await world.hermes.off();
  contactOf(world, bot).writes(`${seeds.question} while nobody is there`);
  await world.goOn();
  await world.hermes.on();
  await world.goOn();
}

async function wechatFails(world: World, trail: Trail, seeds: DaySeeds): Promise<void> {
  const bot = await addBot(world);
  const { credential } = await accountStore(world.db).get(bot._id);
  const errmsg = `${seeds.question} ${credential ?? ""}`;
  const kinds = [
    { kind: "refuse", ret: -2, errmsg },
    { kind: "refuse", ret: -99, errmsg },
    { kind: "http", status: 502, text: errmsg },
    { kind: "html" },
    { kind: "not-json" },
    { kind: "empty-body" },
    { kind: "drop-connection" },
    { kind: "commit-then-disconnect" },
    { kind: "edit-answer", set: { unknown: errmsg, ret: "no number" } },
  ] as const;
  for (const endpoint of ["sendmessage", "getupdates", "getconfig"] as const) {
    for (const behaviour of kinds) {
      world.wechat.armFault({ endpoint, botId: bot.botId, behaviour });
    }
    contactOf(world, bot).writes(`${seeds.question} as ${endpoint} fails`);
    await world.goOn();
  }
  const { userId } = world.wechat.createUser({ name: "contact" });
  world.wechat.userSends({ userId, botId: bot.botId, unknownItemType: 42 });
  world.wechat.armFault({ endpoint: "get_bot_qrcode", behaviour: { kind: "refuse", errmsg } });
  await ask(world, trail, "POST", `/api/accounts/${bot._id}/logins`);
  await world.goOn();
}

/** A draft is edited and approved, somebody takes over and writes, with mistakes on the way. */
async function peopleWork(world: World, trail: Trail, seeds: DaySeeds): Promise<void> {
  const bot = await addBot(world, { policyId: "manual-review" });
  const contact = contactOf(world, bot);
  world.hermes.scriptNext({ kind: "ok", text: seeds.answer }, { textIncludes: "reviewed" });
  contact.writes(`${seeds.question} to be reviewed`);
  await world.until("the draft waits", async () => (await draft(world)) !== undefined);
  const { _id: runId = "", conversationId = "" } = (await draft(world)) ?? {};
  const approve = `/api/reviews/${runId}/approve`;
  await ask(world, trail, "POST", approve, { text: seeds.person.repeat(3_000) });
  await ask(world, trail, "POST", approve, { text: seeds.person });
  await world.goOn();
  const at = `/api/conversations/${conversationId}`;
  await ask(world, trail, "POST", `${at}/take-over`);
  await ask(world, trail, "POST", `${at}/messages`, { text: seeds.person });
  await ask(world, trail, "POST", `${at}/messages`, { text: seeds.person, clientKey: "once-1" });
  await ask(world, trail, "GET", `${at}/messages`);
  await world.goOn();
}

async function draft(world: World) {
  return (await runsOf(world)).find(({ status }) => status === "awaiting_review");
}

async function garbledJob(world: World, { question }: DaySeeds): Promise<void> {
  const received = { sqsMessageId: "m-1", receiptHandle: "r-1", receiveCount: 1 };
  const deps = world.depsOf(null);
  await workOffJob(deps, { ...received, body: `{"text": "${question}"` }, async () => {});
  const job = { version: 1, jobId: "job_1", conversationId: "cnv_1", do: "answer", ref: "msg_1" };
  const queue = { async push() {}, async delay() {} };
  await workOffJob({ ...deps, queue }, { ...received, body: JSON.stringify(job) }, async () => {
    throw new Error(`a bug that quotes ${question}`);
  });
}

/** The login ends, the operators' robot is deaf at first, and the bot is scanned anew. */
async function loginEnds(world: World): Promise<Made> {
  const bot = await addBot(world);
  world.receiver.answerWith({ status: 500, body: "the robot is asleep" });
  world.wechat.expireLogin({ botId: bot.botId });
  await world.until("the robot was asked", () => world.receiver.bodies.length > 0);
  world.receiver.answerWith({ status: 200, body: "{}" });
  await world.goOn();
  const link =
    /\/rescan[^"\s]*[#/]([\w-]{20,})/.exec(world.receiver.bodies.at(-1) ?? "")?.[1] ?? "";
  await login(world, bot._id, bot.ilinkUserId ?? "");
  return { "rescan link": link };
}
