import type { Account } from "#core/accounts/account.ts";
import type { Hub } from "../hub.ts";
import type { AccountAnswer, RunAnswer } from "../hub-client.ts";
import type { HermesSim } from "../hermes-sim/sim.ts";
import type { WechatSim } from "../wechat-sim/server.ts";
import { eventually } from "../eventually.ts";
import { commandsOnMessagePath } from "../meter/message-path.ts";
import { diff } from "../meter/meter.ts";

/** What the steps of the demo know of each other. */
export type Story = {
  hub: Hub;
  wechat: WechatSim;
  hermes: HermesSim;
  bots: Map<string, Bot>;
  /** Counted over one message, from WeChat's poll to WeChat's yes. */
  commandsPerMessage: number | null;
};

export type Bot = { account: AccountAnswer; botId: string; contacts: Contact[] };
type Contact = { name: string; userId: string; wrote: string[] };
export type Step = { name: string; run: (story: Story) => Promise<void> };

/** The brief's words, typed here once more: the demo must notice if the hub says something else. */
const notice =
  "Message received. Currently, the Agent cannot connect temporarily. I will queue this message first, and continue processing and reply after the connection is restored.";

export const steps: readonly Step[] = [
  { name: "two bots are created, scanned and wait for approval", run: logIn },
  { name: "an operator approves both and starts polling", run: approve },
  { name: "three contacts write to the shop, one of them in a burst", run: writeToShop },
  { name: "their answers arrive, each contact's in order", run: answersArrive },
  { name: "two contacts write to the clinic, whose answers wait for review", run: writeToClinic },
  { name: "Hermes goes away; who writes is told so once", run: hermesLeaves },
  { name: "Hermes comes back; every question is answered", run: hermesReturns },
  { name: "the shop is suspended; it neither polls nor answers", run: suspend },
  { name: "no message was lost and none was sent twice", run: takeStock },
];

const answerTo = (question: string) => `Hermes says: ${question}`;

async function logIn(story: Story): Promise<void> {
  story.hermes.setAnswer(({ text }) => ({ kind: "ok", text: answerTo(text), delayMs: 50 }));
  await Promise.all([logInBot(story, "shop", "auto"), logInBot(story, "clinic", "manual-review")]);
}

async function logInBot({ hub, wechat, bots }: Story, name: string, policyId: string) {
  const created = await hub.client.createBot({ name, policyId });
  const login = await hub.client.startLogin(created._id);
  const { userId } = wechat.createUser({ name: `owner of the ${name}` });
  wechat.scan({ qr: login.qrContent, userId });
  wechat.confirm({ qr: login.qrContent });
  const account = await eventually(`${name} waits for approval`, async () => {
    const seen = await hub.client.account(created._id);
    return seen.status === "pending_approval" ? seen : null;
  });
  check(account.botId !== undefined, `${name} has no bot id after its scan`);
  bots.set(name, { account, botId: account.botId ?? "", contacts: [] });
}

async function approve({ hub, wechat, bots }: Story): Promise<void> {
  for (const { account } of bots.values()) {
    await hub.client.change(account._id, "approve");
    await hub.client.change(account._id, "start-polling");
  }
  const botIds = [...bots.values()].map(({ botId }) => botId);
  await wechat.waitFor(() => botIds.every((id) => (wechat.openPolls()[id] ?? 0) > 0), 30_000);
}

async function writeToShop(story: Story): Promise<void> {
  write(story, "shop", "Ann", ["Do you have green tea?"]);
  write(story, "shop", "Bo", ["Hello", "I bought a cup", "It arrived broken"]);
  write(story, "shop", "Chen", ["你们几点关门？"]);
  await runsReach(story, "shop", (runs) => runs.length >= 3);
}

async function answersArrive(story: Story): Promise<void> {
  await everyWordAnswered(story, "shop");
  await runsReach(story, "shop", (runs) => runs.every(({ status }) => status === "sent"));
  const before = story.hub.meter.snapshot();
  write(story, "shop", "Ann", ["And black tea?"]);
  await everyWordAnswered(story, "shop");
  await runsReach(story, "shop", (runs) => runs.every(({ status }) => status === "sent"));
  story.commandsPerMessage = commandsOnMessagePath(diff(before, story.hub.meter.snapshot()), 1);
  const ann = textsOf(story, "shop", "Ann");
  const [first, second] = [ann.findIndex(has("green")), ann.findIndex(has("black"))];
  check(first >= 0 && first < second, "Ann's second answer came before her first");
}

async function writeToClinic(story: Story): Promise<void> {
  write(story, "clinic", "Dana", ["May I come on Monday?", "Or rather on Tuesday?"]);
  write(story, "clinic", "Emil", ["Is the doctor in?"]);
  await runsReach(story, "clinic", (runs) => {
    const held = runs.filter(({ status }) => status === "awaiting_review");
    return new Set(held.map(({ userId }) => userId)).size === 2;
  });
  check(bubblesOf(story, "clinic").length === 0, "the clinic sent an answer nobody approved");
}

async function hermesLeaves(story: Story): Promise<void> {
  await story.hermes.off();
  write(story, "shop", "Ann", ["Do you deliver?", "To Pudong?"]);
  write(story, "shop", "Chen", ["可以刷卡吗？"]);
  await eventually("Ann and Chen were told", async () =>
    noticesTo(story, "Ann") > 0 && noticesTo(story, "Chen") > 0 ? true : null,
  );
  write(story, "shop", "Ann", ["Are you there?"]);
  await eventually("Ann's last message is stored", async () => {
    const messages = await story.hub.client.messages(botOf(story, "shop").account._id);
    return messages.some(({ text }) => text === "Are you there?") ? true : null;
  });
  check(noticesTo(story, "Bo") === 0, "Bo was told although he wrote nothing");
}

async function hermesReturns(story: Story): Promise<void> {
  await story.hermes.on();
  await everyWordAnswered(story, "shop");
  for (const name of ["Ann", "Chen"]) {
    check(noticesTo(story, name) === 1, `${name} was told ${noticesTo(story, name)} times`);
  }
}

async function suspend(story: Story): Promise<void> {
  const { hub, wechat } = story;
  const shop = botOf(story, "shop");
  await hub.client.change(shop.account._id, "suspend");
  await givenBack(hub, shop.account._id);
  const before = bubblesOf(story, "shop").length;
  wechat.userSends({ userId: contactOf(shop, "Bo").userId, botId: shop.botId, text: "Anybody?" });
  const polls = wechat.pollStats({ botId: shop.botId }).count;
  // Two scheduled minutes in which a schedule that was left behind would have fired.
  const fired = hub.meter.snapshot().scheduler.invocations;
  await eventually("two scheduled minutes have passed", async () =>
    hub.meter.snapshot().scheduler.invocations >= fired + 4 ? true : null,
  );
  check(wechat.pollStats({ botId: shop.botId }).count === polls, "a suspended bot was polled");
  check(bubblesOf(story, "shop").length === before, "a suspended bot answered");
}

/** No poller holds the account: a poll that has ended may be followed by another until then. */
async function givenBack({ db }: Hub, accountId: string): Promise<void> {
  const accounts = db.collection<Account>("accounts");
  await eventually("no poller holds the bot", () =>
    accounts.findOne({ _id: accountId, "lease.id": null }, { projection: { _id: 1 } }),
  );
}

/** Every stored message is in exactly one run or says why not, and each bubble was sent once. */
async function takeStock(story: Story): Promise<void> {
  const { hub, wechat } = story;
  for (const [name, bot] of story.bots) {
    const messages = await hub.client.messages(bot.account._id);
    const runs = await hub.client.runs(bot.account._id);
    const stored = messages.filter(({ direction }) => direction === "inbound");
    const wrote = bot.contacts.flatMap((contact) => contact.wrote);
    check(
      stored.length === wrote.length,
      `${name}: ${wrote.length} written, ${stored.length} kept`,
    );
    for (const { _id, unansweredReason } of stored) {
      const inRuns = runs.filter(({ messageIds }) => messageIds.includes(_id)).length;
      check(inRuns === (unansweredReason ? 0 : 1), `${name}: ${_id} is in ${inRuns} runs`);
    }
    const bubbles = wechat.bubbles({ botId: bot.botId });
    const clientIds = new Set(bubbles.map(({ clientId }) => clientId));
    check(clientIds.size === bubbles.length, `${name}: a bubble was shown twice`);
  }
  const overlaps = Object.values(wechat.overlaps()).reduce((sum, count) => sum + count, 0);
  check(overlaps === 0, `${overlaps} polls overlapped on one token`);
}

function write(story: Story, botName: string, name: string, texts: readonly string[]): void {
  const bot = botOf(story, botName);
  const contact = bot.contacts.find((known) => known.name === name) ?? addContact(story, bot, name);
  for (const text of texts) {
    story.wechat.userSends({ userId: contact.userId, botId: bot.botId, text });
    contact.wrote.push(text);
  }
}

function addContact({ wechat }: Story, bot: Bot, name: string): Contact {
  const contact = { name, userId: wechat.createUser({ name }).userId, wrote: [] };
  bot.contacts.push(contact);
  return contact;
}

async function everyWordAnswered(story: Story, botName: string): Promise<void> {
  await eventually(`everything written to the ${botName} is answered`, async () => {
    const open = botOf(story, botName).contacts.flatMap(({ name, wrote }) =>
      wrote.filter((text) => !textsOf(story, botName, name).some(has(text))),
    );
    return open.length === 0 ? true : null;
  });
}

async function runsReach(
  { hub, bots }: Story,
  botName: string,
  reached: (runs: RunAnswer[]) => boolean,
): Promise<void> {
  const id = bots.get(botName)?.account._id ?? "";
  await eventually(`the runs of the ${botName}`, async () =>
    reached(await hub.client.runs(id)) ? true : null,
  );
}

function botOf({ bots }: Story, name: string): Bot {
  const bot = bots.get(name);
  if (!bot) throw new Error(`There is no bot ${name} in this story.`);
  return bot;
}

function contactOf(bot: Bot, name: string): Contact {
  const contact = bot.contacts.find((known) => known.name === name);
  if (!contact) throw new Error(`There is no contact ${name} in this story.`);
  return contact;
}

function bubblesOf(story: Story, botName: string) {
  return story.wechat.bubbles({ botId: botOf(story, botName).botId });
}

function textsOf(story: Story, botName: string, name: string): string[] {
  const bot = botOf(story, botName);
  const { userId } = contactOf(bot, name);
  return story.wechat.bubbles({ botId: bot.botId, userId }).map(({ text }) => text ?? "");
}

function noticesTo(story: Story, name: string): number {
  return textsOf(story, "shop", name).filter((text) => text === notice).length;
}

function has(part: string): (text: string) => boolean {
  return (text) => text.includes(part);
}

function check(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(complaint);
}
