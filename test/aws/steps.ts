import { randomUUID } from "node:crypto";
import { DescribeLogStreamsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
} from "@aws-sdk/client-scheduler";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { z } from "zod";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { Login } from "#core/logins/login.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { scheduleName } from "#core/schedules/account-schedules.ts";
import { eventually } from "#local/eventually.ts";
import { makeMapping, makeRetrySchedule } from "./deploy.ts";
import type { World } from "./world.ts";

/** One part of the story. It makes what it needs itself, so that it can be taken again. */
export type Step = { name: string; run: (world: World) => Promise<void> };

type Bot = { accountId: string; botId: string };
type Contact = Bot & { userId: string };

/** The bot whose schedule the emulator fires; its contacts write in most steps. */
let shop: Bot | null = null;

export const steps: readonly Step[] = [
  {
    name: "the queue is given to the agent Lambda",
    run: ({ owner, stack, rights }) => makeMapping(owner, stack, rights),
  },
  {
    name: "the retry Lambda gets its schedule",
    run: ({ owner, stack, rights }) => makeRetrySchedule(owner, stack, rights),
  },
  { name: "an owner scans a new bot, which waits for approval", run: logIn },
  { name: "an operator approves a bot and starts polling, which makes its schedule", run: approve },
  { name: "the schedules fire: the retry and the poll Lambda are at work", run: schedulesFire },
  { name: "a text comes in and its answer goes out", run: answerText },
  { name: "an operator's own message goes out", run: operatorWrites },
  { name: "a question that Hermes had no place for is answered when it has", run: hermesIsFull },
  {
    name: "Hermes is away: the contact is told once, and answered when it is back",
    run: hermesAway,
  },
  { name: "a poison message ends in the dead jobs", run: poison },
  { name: "a login whose poll Lambda died is watched by another", run: loginTakenUp },
  { name: "schedules that are missing or left over are put right", run: compareSchedules },
  { name: "a schedule that was made but not noted is made sure of", run: scheduleNotNoted },
  { name: "polling is stopped, and started over a schedule left behind", run: stopAndStart },
  { name: "each function writes its log", run: logsAreWritten },
];

/** The last step: what `sst remove` deletes takes the accounts' schedules along. */
export const removal: Step = {
  name: "removing the stage's schedule group leaves no schedule behind",
  async run(world) {
    await compare(world);
    const before = await listSchedules(world);
    expect(before.includes(scheduleName(theShop().accountId)), "there was nothing to remove");
    const Name = world.stack.scheduleGroup.name;
    await world.owner.scheduler.send(new DeleteScheduleGroupCommand({ Name }));
    const { Schedules = [] } = await world.owner.scheduler.send(new ListSchedulesCommand({}));
    expect(Schedules.length === 0, `${Schedules.length} schedules are still there`);
  },
};

async function logIn(world: World): Promise<void> {
  await addBot(world);
}

async function approve(world: World): Promise<void> {
  const bot = await addBot(world);
  await world.client.change(bot.accountId, "approve");
  await world.client.change(bot.accountId, "start-polling");
  const made = await world.owner.scheduler.send(new GetScheduleCommand(scheduleOf(world, bot)));
  const poll = world.lambdaName("poll");
  expect(made.Target?.Arn?.endsWith(`:${poll}`), "the schedule does not wake the poll Lambda");
  expect(made.State === "ENABLED", "the schedule is not enabled");
  shop ??= bot;
}

async function schedulesFire(world: World): Promise<void> {
  const { botId } = theShop();
  await until(world, "the shop is polled", () => (world.wechat.openPolls()[botId] ?? 0) > 0, 150);
  await until(world, "the retry Lambda looked for dead jobs", () =>
    world.rights.uses.some(
      ({ role, action }) => /Retry/.test(role) && action === "sqs:ReceiveMessage",
    ),
  );
}

async function answerText(world: World): Promise<void> {
  await greet(world);
}

async function operatorWrites(world: World): Promise<void> {
  const contact = await greet(world);
  const { _id } = await conversationOf(world, contact);
  const text = "This is Lin from the shop.";
  const written = { text, clientKey: randomUUID() };
  await world.client.call("POST", `/api/conversations/${_id}/messages`, z.unknown(), written);
  await until(world, "the operator's words are read", () => reads(world, contact).includes(text));
}

/** Whoever queues up behind a full Hermes has the next one in line take the place that is free. */
async function hermesIsFull(world: World): Promise<void> {
  const { hermes } = world;
  const [ann, bo] = [newContact(world), newContact(world)];
  hermes.configure({ maxConcurrentRuns: 1 });
  const free = hermes.holdTurns({ kind: "ok", text: "for somebody else" });
  const asked = hermes.calls().length;
  const somebodyElse = fetch(`${hermes.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${hermes.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "x", messages: [{ role: "user", content: "hello" }] }),
  });
  try {
    await until(world, "Hermes is at work", () => hermes.calls().length > asked);
    const before = refusedByHermes(world);
    write(world, ann, "Is there a place for me?");
    await until(world, "Hermes refused", () => refusedByHermes(world) > before);
    write(world, bo, "And for me?");
    await until(world, "both wait", async () => {
      const runs = await world.client.runs(bo.accountId);
      const theirs = runs.filter(({ userId }) => userId === bo.userId || userId === ann.userId);
      return theirs.length === 2;
    });
  } finally {
    hermes.setAnswer(null);
    free();
    hermes.configure({ maxConcurrentRuns: 10 });
    await (await somebodyElse).text();
  }
  await answered(world, ann, "Is there a place for me?");
  await answered(world, bo, "And for me?");
}

function refusedByHermes({ hermes }: World): number {
  return hermes.calls().filter(({ status }) => status === 429).length;
}

async function hermesAway(world: World): Promise<void> {
  const contact = await greet(world);
  await world.hermes.off();
  try {
    write(world, contact, "Do you deliver?");
    await until(world, "the notice is read", () => reads(world, contact).includes(awayNotice));
    write(world, contact, "To Pudong?");
    await until(world, "the second question is stored", async () => {
      const messages = await world.client.messages(contact.accountId);
      return messages.some(
        ({ text, userId }) => text === "To Pudong?" && userId === contact.userId,
      );
    });
  } finally {
    await world.hermes.on();
  }
  await answered(world, contact, "Do you deliver?");
  await answered(world, contact, "To Pudong?");
  const notices = reads(world, contact).filter((text) => text === awayNotice);
  expect(notices.length === 1, `the contact was told ${notices.length} times`);
}

/** A job whose record nobody can read fails as often as it may; a job that is none at all, at once. */
async function poison(world: World): Promise<void> {
  const contact = await greet(world);
  const { db } = world;
  const conversationId = `cnv_poison${randomUUID()}`;
  const whole = await conversationOf(world, contact);
  const broken = { ...whole, _id: conversationId, userId: randomUUID(), createdAt: "yesterday" };
  const conversations = db.collection<{ _id: string }>("conversations");
  await conversations.insertOne(broken);
  try {
    const unreadable = `{"not a job":"${randomUUID()}"}`;
    await push(world, randomUUID(), unreadable);
    const job = { version: 1, jobId: randomUUID(), do: "resume", ref: conversationId };
    const failing = JSON.stringify({ ...job, conversationId });
    await push(world, conversationId, failing);
    await isKept(world, unreadable, "unreadable");
    await isKept(world, failing, "failed_too_often");
  } finally {
    await conversations.deleteOne({ _id: conversationId });
  }
}

async function isKept(world: World, body: string, why: string): Promise<void> {
  const deadJobs = world.db.collection<{ why: string; body: string }>("dead_jobs");
  await eventuallyByRetry(world, `a dead job is kept as ${why}`, async () => {
    const kept = await deadJobs.findOne({ body });
    return kept?.why === why;
  });
}

async function push(world: World, group: string, body: string): Promise<void> {
  const [queue] = world.stack.mapping.eventSourceArn.split(":").slice(-1);
  await world.owner.sqs.send(
    new SendMessageCommand({
      QueueUrl: `${world.ministack.url}/000000000000/${queue}`,
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: randomUUID(),
    }),
  );
}

/** Another holds the login, so that its watcher leaves; that other is dead. */
async function loginTakenUp(world: World): Promise<void> {
  const { client, db, wechat } = world;
  const created = await client.createBot({ name: `bot ${randomUUID()}` });
  const login = await client.startLogin(created._id);
  const logins = db.collection<Login>("logins");
  await until(world, "the login is watched", async () => {
    const seen = await logins.findOne({ _id: login._id });
    return (seen?.lease.holder ?? null) !== null;
  });
  const dead = { holder: "lease_dead", expiresAt: new Date(Date.now() + 6_000) };
  const createdAt = new Date(Date.now() - 30_000);
  await logins.updateOne({ _id: login._id }, { $set: { lease: dead, createdAt } });
  await eventuallyByRetry(world, "another watches the login", async () => {
    const seen = await logins.findOne({ _id: login._id });
    return seen?.lease.holder !== dead.holder;
  });
  wechat.scan({ qr: login.qrContent, userId: wechat.createUser({ name: "owner" }).userId });
  wechat.confirm({ qr: login.qrContent });
  await until(world, "the login is completed", async () => {
    const seen = await client.login(login._id);
    return seen.outcome !== null;
  });
}

async function compareSchedules(world: World): Promise<void> {
  const { owner } = world;
  const left = { accountId: `acc_${randomUUID()}`, botId: "" };
  await makeLeftOver(world, left);
  await owner.scheduler.send(new DeleteScheduleCommand(scheduleOf(world, theShop())));
  await compare(world);
  expect(await hasSchedule(world, theShop()), "the shop's schedule was not made again");
  expect(!(await hasSchedule(world, left)), "a schedule of no account is still there");
}

async function compare(world: World): Promise<void> {
  const compared = await world.owner.lambda.send(
    new InvokeCommand({
      FunctionName: world.lambdaName("retry"),
      Payload: Buffer.from(JSON.stringify({ do: "compare_schedules" })),
    }),
  );
  expect(compared.FunctionError === undefined, "the comparison failed");
}

/** The record is as an api Lambda leaves it that died between Scheduler's yes and its own note. */
async function scheduleNotNoted(world: World): Promise<void> {
  const accounts = world.db.collection<{ _id: string; scheduleDiffers: boolean }>("accounts");
  const { accountId } = theShop();
  await accounts.updateOne({ _id: accountId }, { $set: { scheduleDiffers: true } });
  await eventuallyByRetry(world, "the schedule is noted", async () => {
    const account = await accounts.findOne({ _id: accountId });
    return account?.scheduleDiffers === false;
  });
  expect(await hasSchedule(world, theShop()), "the shop has no schedule");
}

async function stopAndStart(world: World): Promise<void> {
  const { client } = world;
  const bot = await addBot(world);
  await client.change(bot.accountId, "approve");
  await client.change(bot.accountId, "start-polling");
  await client.change(bot.accountId, "stop-polling");
  expect(!(await hasSchedule(world, bot)), "the schedule is still there");
  await makeLeftOver(world, bot);
  await client.change(bot.accountId, "start-polling");
  const kept = await world.owner.scheduler.send(new GetScheduleCommand(scheduleOf(world, bot)));
  const poll = world.lambdaName("poll");
  expect(kept.Target?.Arn?.endsWith(`:${poll}`), "what was left behind was not put right");
  await client.change(bot.accountId, "stop-polling");
}

async function logsAreWritten(world: World): Promise<void> {
  for (const { role, loggingConfig } of world.stack.functions) {
    const logGroupName = loggingConfig.logGroup;
    const streams = await eventually(`lines in ${logGroupName}`, async () => {
      const described = await world.owner.logs.send(
        new DescribeLogStreamsCommand({ logGroupName }),
      );
      return described.logStreams?.length ? described.logStreams : null;
    });
    const group = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    const resource = `${group}:log-stream:${streams[0]?.logStreamName}`;
    for (const action of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
      const name = role.split("/").at(-1) ?? "";
      world.rights.ask(name, { action, resource }, "Lambda, writing its log");
    }
  }
}

async function addBot(world: World): Promise<Bot> {
  const { client, wechat } = world;
  const { _id: accountId } = await client.createBot({ name: `bot ${randomUUID()}` });
  const login = await client.startLogin(accountId);
  wechat.scan({ qr: login.qrContent, userId: wechat.createUser({ name: "owner" }).userId });
  wechat.confirm({ qr: login.qrContent });
  await until(world, "the bot waits for approval", async () => {
    const account = await client.account(accountId);
    return account.status === "pending_approval";
  });
  const { botId } = await client.account(accountId);
  if (botId === undefined) throw new Error("a scanned bot has no id");
  return { accountId, botId };
}

function theShop(): Bot {
  if (!shop) throw new Error("no bot is polled yet");
  return shop;
}

function newContact({ wechat }: World): Contact {
  return { ...theShop(), userId: wechat.createUser({ name: "Ann" }).userId };
}

/** A new contact writes and is answered. */
async function greet(world: World): Promise<Contact> {
  const contact = newContact(world);
  write(world, contact, "Do you have green tea?");
  await answered(world, contact, "Do you have green tea?");
  return contact;
}

function write({ wechat }: World, { userId, botId }: Contact, text: string): void {
  wechat.userSends({ userId, botId, text });
}

function reads({ wechat }: World, { userId, botId }: Contact): string[] {
  return wechat.bubbles({ userId, botId }).map(({ text }) => text ?? "");
}

/** The stand-in for Hermes answers with the question. */
async function answered(world: World, contact: Contact, question: string): Promise<void> {
  await eventuallyByRetry(world, `"${question}" is answered`, async () =>
    reads(world, contact).some((text) => text !== question && text.includes(question)),
  );
}

async function conversationOf(world: World, contact: Contact) {
  const { accountId, userId } = contact;
  const found = await world.db
    .collection<Conversation>("conversations")
    .findOne({ accountId, userId });
  if (!found) throw new Error("the conversation is not stored");
  return found;
}

function scheduleOf({ stack }: World, { accountId }: Bot) {
  return { Name: scheduleName(accountId), GroupName: stack.scheduleGroup.name };
}

async function hasSchedule(world: World, bot: Bot): Promise<boolean> {
  return (await listSchedules(world)).includes(scheduleName(bot.accountId));
}

async function listSchedules({ owner, stack }: World): Promise<string[]> {
  const asked = { GroupName: stack.scheduleGroup.name };
  const listed = await owner.scheduler.send(new ListSchedulesCommand(asked));
  return (listed.Schedules ?? []).map(({ Name }) => Name ?? "");
}

/** A schedule whose maker died before it could note it. */
async function makeLeftOver(world: World, bot: Bot): Promise<void> {
  const { target } = world.stack.retrySchedule;
  await world.owner.scheduler.send(
    new CreateScheduleCommand({
      ...scheduleOf(world, bot),
      ScheduleExpression: "rate(1 minute)",
      FlexibleTimeWindow: { Mode: "OFF" },
      State: "DISABLED",
      Target: { Arn: target.arn, RoleArn: target.roleArn },
    }),
  );
}

/** Waits, and ends at once when a right is missing: then it will not come. */
async function until(
  { rights }: World,
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const found = await eventually(
    what,
    async () => (rights.refusals.length > 0 ? "refused" : (await holds()) ? "holds" : null),
    seconds * 1000,
  );
  if (found === "refused") throw new Error(`waited for: ${what}`);
}

/** Wakes the retry Lambda now and then meanwhile, as its schedule does each minute. */
async function eventuallyByRetry(
  world: World,
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  let wokenAt = 0;
  await until(world, what, async () => {
    if (await holds()) return true;
    if (performance.now() - wokenAt > 2_000) {
      wokenAt = performance.now();
      const FunctionName = world.lambdaName("retry");
      await world.owner.lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event" }));
    }
    return false;
  });
}

function expect(holds: boolean | undefined, complaint: string): void {
  if (!holds) throw new Error(complaint);
}
