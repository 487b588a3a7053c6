import { z } from "zod";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import type { Login } from "#core/logins/login.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { approvedAccount } from "../records.ts";
import { scanBot } from "../small-hub.ts";
import type { Expected } from "./check.ts";
import type { World } from "./world.ts";

/**
 * What people do, told so that it comes to the same end wherever a process dies: each step looks
 * first what is there already, as a person would who got no answer.
 */
export type Story = { name: string; tell(world: World): Promise<Expected[]> };

type Bot = Account & { botId: string };

export const contactStories: readonly Story[] = [
  { name: "a bot's first day", tell: firstDay },
  { name: "questions and answers", tell: questions },
  { name: "Hermes is away", tell: hermesAway },
  { name: "a long answer", tell: longAnswer },
  { name: "a draft is reviewed", tell: reviewedDraft },
  { name: "a person answers", tell: personAnswers },
  { name: "a login expires", tell: loginExpires },
  { name: "a bot is cleaned up", tell: cleanUp },
];

async function firstDay(world: World): Promise<Expected[]> {
  const accountId = await createBot(world);
  const { userId: owner } = world.wechat.createUser({ name: "owner" });
  await login(world, accountId, owner);
  await becomes(world, accountId, "approve", ({ status }) => status === "approved");
  await becomes(world, accountId, "start-polling", ({ polling }) => polling);
  const { botId = "" } = await accountStore(world.db).get(accountId);
  const contact = contactOf(world, { botId });
  contact.writes("first day");
  await contact.hasRead("first day");
  await becomes(world, accountId, "suspend", ({ status }) => status === "suspended");
  await world.goOn();
  return [contact.reads("first day")];
}

async function questions(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const [one, other] = [contactOf(world, bot), contactOf(world, bot)];
  one.writes("question-1");
  other.writes("another-1");
  await one.hasRead("question-1");
  one.writes("question-2");
  one.writes("question-3");
  await one.hasRead("question-3");
  await other.hasRead("another-1");
  await world.goOn();
  return [one.reads("question-1", "question-2", "question-3"), other.reads("another-1")];
}

async function hermesAway(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const contact = contactOf(world, bot);
  await world.hermes.off();
  contact.writes("while-away-1");
  await contact.hasRead(awayNotice);
  contact.writes("while-away-2");
  await world.goOn();
  await world.hermes.on();
  await contact.hasRead("while-away-2");
  await world.goOn();
  return [contact.reads(awayNotice, "while-away-1", "while-away-2")];
}

/** More bubbles than WeChat takes for one message: the rest waits for the contact's next one. */
async function longAnswer(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const contact = contactOf(world, bot);
  const parts = Array.from({ length: 12 }, (_, at) => `part-${at}-of-it ${"long ".repeat(330)}`);
  world.hermes.scriptNext({ kind: "ok", text: parts.join("\n\n") }, { textIncludes: "tell-me" });
  contact.writes("tell-me");
  await contact.hasRead("part-8-of-it");
  await world.until(
    "the answer is parked",
    async () => (await runsOf(world))[0]?.status === "parked",
  );
  contact.writes("继续");
  await contact.hasRead("part-11-of-it");
  await world.goOn();
  const marks = parts.map((_, at) => `part-${at}-of-it`);
  return [contact.reads(...marks.slice(0, 9), "to read on", ...marks.slice(9))];
}

/** A reviewer edits the draft and approves it; it goes out some seconds later. */
async function reviewedDraft(world: World): Promise<Expected[]> {
  const bot = await addBot(world, { policyId: "manual-review" });
  const contact = contactOf(world, bot);
  contact.writes("may-I-come");
  const waits = async () => (await runsOf(world))[0]?.status === "awaiting_review";
  await contact.until("the draft waits", waits);
  const runId = (await runsOf(world))[0]?._id ?? "";
  const isApproved = async () => (await runsOf(world))[0]?.review?.approvedAt ?? null;
  for (let press = 0; press < 3 && (await isApproved()) === null; press++) {
    await world.api("POST", `/api/reviews/${runId}/approve`, { text: "yes-on-Tuesday" });
  }
  await contact.hasRead("yes-on-Tuesday");
  await world.until("it is sent", async () => (await runsOf(world))[0]?.status === "sent");
  await world.goOn();
  return [contact.reads("yes-on-Tuesday")];
}

/** A person takes over, writes, and hands back; Hermes answers what comes then. */
async function personAnswers(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const contact = contactOf(world, bot);
  // Hermes is told what the person wrote, and would repeat it.
  world.hermes.setAnswer(({ text }) => ({ kind: "ok", text: text.split("\n").at(-1) ?? "" }));
  contact.writes("first-question");
  await contact.hasRead("first-question");
  const { conversationId = "" } = (await runsOf(world))[0] ?? {};
  const at = `/api/conversations/${conversationId}`;
  const conversation = () => conversationStore(world.db).get(conversationId);
  for (let press = 0; press < 3 && (await conversation()).takenOverBy === null; press++) {
    await world.api("POST", `${at}/take-over`);
  }
  contact.writes("is-there-a-person");
  await world.goOn();
  let isWritten = false;
  for (let press = 0; press < 3 && !isWritten; press++) {
    const body = { text: "a-person-speaks", clientKey: "written-once" };
    isWritten = (await world.api("POST", `${at}/messages`, body))?.status === 200;
  }
  await contact.hasRead("a-person-speaks");
  for (let press = 0; press < 3 && (await conversation()).takenOverBy !== null; press++) {
    await world.api("POST", `${at}/hand-back`);
  }
  contact.writes("back-to-hermes");
  await contact.hasRead("back-to-hermes");
  await world.goOn();
  return [contact.reads("first-question", "a-person-speaks", "back-to-hermes")];
}

async function loginExpires(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const contact = contactOf(world, bot);
  contact.writes("before-expiry");
  await contact.hasRead("before-expiry");
  world.wechat.expireLogin({ botId: bot.botId });
  await world.until("the login has expired", async () => {
    const { status } = await accountStore(world.db).get(bot._id);
    return status === "login_expired";
  });
  await world.until("the operators were told", () => world.receiver.bodies.length > 0);
  await login(world, bot._id, bot.ilinkUserId ?? "");
  const renewed = await accountStore(world.db).get(bot._id);
  const again = contactOf(world, { botId: renewed.botId ?? "" });
  again.writes("after-expiry");
  await again.hasRead("after-expiry");
  await world.goOn();
  return [contact.reads("before-expiry"), again.reads("after-expiry")];
}

async function cleanUp(world: World): Promise<Expected[]> {
  const bot = await addBot(world);
  const contact = contactOf(world, bot);
  contact.writes("to-be-deleted");
  await contact.hasRead("to-be-deleted");
  await becomes(
    world,
    bot._id,
    "clean-up",
    ({ retiringSince, status }) => retiringSince !== null || status === "retired",
  );
  await world.until("it is cleaned up", async () => {
    const { status } = await accountStore(world.db).get(bot._id);
    const messages = await world.db.collection("messages").countDocuments({ accountId: bot._id });
    return status === "retired" && messages === 0;
  });
  await world.goOn();
  return [contact.reads("to-be-deleted")];
}

async function createBot(world: World): Promise<string> {
  const found = () => world.db.collection<Account>("accounts").findOne({ name: "front desk" });
  while ((await found()) === null) await world.api("POST", "/api/accounts", { name: "front desk" });
  return (await found())?._id ?? "";
}

/** An operator presses a button until it shows what it should. */
export async function becomes(
  world: World,
  accountId: string,
  verb: string,
  holds: (account: Account) => boolean,
): Promise<void> {
  for (let press = 0; press < 3; press++) {
    if (holds(await accountStore(world.db).get(accountId))) return;
    await world.api("POST", `/api/accounts/${accountId}/${verb}`);
  }
  if (!holds(await accountStore(world.db).get(accountId))) throw new Error(`It cannot ${verb}.`);
}

const StartedLogin = z.object({ _id: z.string(), qrContent: z.string() });

/** Shows a QR code, has it scanned and confirmed, and waits until the account is logged in. */
export async function login(world: World, accountId: string, userId: string): Promise<void> {
  const before = await accountStore(world.db).get(accountId);
  const scanned = new Set<string>();
  await world.until("the login is completed", async () => {
    const account = await accountStore(world.db).get(accountId);
    if (account.generation > before.generation) return true;
    const answer = await world.api("POST", `/api/accounts/${accountId}/logins`);
    const started = StartedLogin.safeParse(await answer?.json());
    if (started.success && !scanned.has(started.data.qrContent)) {
      scanned.add(started.data.qrContent);
      world.wechat.scan({ qr: started.data.qrContent, userId });
      world.wechat.confirm({ qr: started.data.qrContent });
    }
    return false;
  });
  await world.until("no login is open", async () => {
    const open = await world.db.collection<Login>("logins").findOne({ accountId, open: true });
    return open === null;
  });
}

export async function addBot(world: World, changed: Partial<Account> = {}): Promise<Bot> {
  const deps = world.depsOf(null);
  const { userId } = world.wechat.createUser({ name: "owner" });
  const { botId, botToken } = await scanBot(world.wechat, userId);
  const account = approvedAccount(deps, {
    botId,
    ilinkUserId: userId,
    credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, botToken),
    baseUrl: world.wechat.url,
    scheduleApplied: "off",
    scheduleDiffers: true,
    ...changed,
  });
  await accountStore(world.db).insert(account);
  return { ...account, botId };
}

export function runsOf({ db }: World): Promise<AgentRun[]> {
  return db.collection<AgentRun>("agent_runs").find().sort({ _id: 1 }).toArray();
}

/** Rounds after which a text that nobody stored is taken for gone. */
const patience = 4;

export function contactOf(world: World, { botId }: { botId: string }) {
  const { userId } = world.wechat.createUser({ name: "contact" });
  const shows = (text: string) =>
    world.wechat.bubbles({ userId }).some((bubble) => bubble.text?.includes(text));
  let written: string[] = [];
  return {
    writes(text: string): void {
      written.push(text);
      world.wechat.userSends({ userId, botId, text });
    },
    hasRead(text: string): Promise<void> {
      return this.until(`on the phone: ${text}`, () => shows(text));
    },
    /** Whoever gets no answer writes again; only what WeChat lost may need that. */
    async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
      for (let round = 0; round < patience && !(await holds()); round++) await world.goOn();
      if (!(await holds()) && world.cursor === "one-way" && world.died) {
        for (const each of written) {
          const stored = await world.db.collection("messages").findOne({ userId, text: each });
          if (stored) continue;
          world.lostInFlight.push(each);
          world.wechat.userSends({ userId, botId, text: each });
        }
      }
      await world.until(what, holds);
      written = [];
    },
    reads: (...reads: string[]): Expected => ({ userId, reads }),
  };
}
