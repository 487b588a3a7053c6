import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { eventually } from "#local/eventually.ts";
import type { HermesSim } from "#local/hermes-sim/sim.ts";
import { startHub, type Hub } from "#local/hub.ts";
import { fastPace, type Pace } from "#local/pace.ts";
import type { WechatSim } from "#local/wechat-sim/server.ts";
import { seeded } from "./fleet/seeded.ts";
import { approvedAccount } from "./records.ts";
import { scanBot } from "./small-hub.ts";
import { scan } from "./stories/story-hub.ts";
import { testDeps, testSettings } from "./test-deps.ts";

export type Plan = {
  databaseUri: string;
  accounts: number;
  packSize: number;
  minuteMs: number;
  lifetimeSeconds: number;
  holdMs: number;
  cursor: "one-way" | "replay";
  /** How long contacts write, and how often each of them. */
  trafficMs: number;
  messagesEach: number;
  kills: number;
  relogins: number;
  seed: number;
};

/** One text of one contact, which bot it was written to, and WeChat's ids for its pieces. */
type Sent = { number: number; botId: string; messageIds: readonly string[] };
type Person = { userId: string; ownerId: string; accountId: string; botId: string; sent: Sent[] };

export type Report = {
  sent: number;
  stored: number;
  /** Written to a bot that a new scan had ended: WeChat hands it to nobody. */
  lostWithOldBots: number;
  /** Handed to a poller that was killed before it could store it; none under `replay`. */
  lostInFlight: number;
  /** Handed out while a poller that 524s had taught to wait less hung up; none under `replay`. */
  lostAtHangUp: number;
  /** Lost for no reason that WeChat's profile gives. */
  lost: string[];
  /** Came in under a login that was over: kept, never answered. */
  ofOldLogins: number;
  unanswered: string[];
  answeredTwice: string[];
  outOfOrder: string[];
  overlaps: number;
  polls: number;
  kills: number;
  relogins: number;
  pollMemoryMb: number;
  largestPack: number;
  seconds: number;
};

/** Longer than a poll's answer is on its way before it is stored, on a busy machine too. */
const inFlightMs = 4_000;

/**
 * Lets many accounts live for a while on a hub of real processes: contacts write, WeChat repeats and
 * cuts, pollers are killed, bots are scanned anew. Gives what became of each message.
 */
export async function liveThrough(plan: Plan): Promise<Report> {
  const startedAt = performance.now();
  const hub = await start(plan);
  try {
    const people = await addPeople(hub, plan);
    await eventually(
      "everybody is polled",
      async () => (arePolled(hub, people) ? true : null),
      120_000,
    );
    const troubles = { kills: [] as number[], relogins: 0 };
    await Promise.all([write(hub, plan, people), trouble(hub, plan, people, troubles)]);
    await settle(hub, people);
    const report = await tell(hub, plan, people, troubles);
    return { ...report, seconds: Math.round((performance.now() - startedAt) / 1000) };
  } finally {
    await hub.db.dropDatabase();
    await hub.stop();
  }
}

type Alive = Hub & { wechat: WechatSim; hermes: HermesSim };

async function start(plan: Plan): Promise<Alive> {
  const hub = await startHub({
    pace: paceOf(plan),
    databaseUri: plan.databaseUri,
    databaseName: `many_${randomUUID().slice(0, 8)}`,
    hermesPlaces: 3,
    settings: { CREDENTIAL_KEY: testSettings.CREDENTIAL_KEY, HERMES_PLACES: "3" },
    log: () => {},
  });
  const { wechat, hermes } = hub;
  if (!wechat || !hermes) throw new Error("This needs both simulators.");
  await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
  wechat.configure({
    polling: { cursor: plan.cursor },
    record: { calls: 30_000 },
    send: { burstLimit: null, quota: null },
    login: { supersededAfterMs: Math.round(plan.holdMs * 0.8) },
  });
  wechat.armFault({
    endpoint: "getupdates",
    times: null,
    probability: 0.03,
    behaviour: { kind: "http", status: 524, afterMs: Math.round(plan.holdMs / 2) },
  });
  return { ...hub, wechat, hermes };
}

/** As fast as so many processes may live on one machine: the more accounts, the longer a minute. */
function paceOf({ minuteMs, lifetimeSeconds, holdMs, packSize }: Plan): Pace {
  const holdSeconds = Math.ceil(holdMs / 1000);
  return {
    ...fastPace,
    minuteMs,
    holdMs,
    visibilitySeconds: 30,
    settings: {
      ...fastPace.settings,
      POLL_PACK_SIZE: String(packSize),
      POLL_LIFETIME_SECONDS: String(lifetimeSeconds),
      POLL_HOLD_SECONDS: String(holdSeconds),
      POLL_LEASE_SECONDS: String(holdSeconds + 10),
      POLL_RENEW_SECONDS: "4",
      POLL_TAKE_INTERVAL_MS: "500",
      RETRY_LIFETIME_SECONDS: "3",
    },
  };
}

/** Bots as if they had been scanned and approved; the retry Lambda makes their schedules. */
async function addPeople(hub: Alive, plan: Plan): Promise<Person[]> {
  // By the hub's own time: a test's usual clock is years ahead, and so would be the first polls.
  const clock = systemClock();
  const deps = { ...testDeps(hub.db), clock, newId: idMaker(() => clock.now()) };
  const people: Person[] = [];
  for (let count = 0; count < plan.accounts; count++) {
    const { userId: ownerId } = hub.wechat.createUser({ name: `owner ${count}` });
    const { botId, botToken } = await scanBot(hub.wechat, ownerId);
    const account = approvedAccount(deps, {
      name: `bot ${count}`,
      botId,
      ilinkUserId: ownerId,
      credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, botToken),
      baseUrl: hub.wechat.url,
      scheduleApplied: "off",
      scheduleDiffers: true,
    });
    await accountStore(hub.db).insert(account);
    const { userId } = hub.wechat.createUser({ name: `contact ${count}` });
    people.push({ userId, ownerId, accountId: account._id, botId, sent: [] });
  }
  return people;
}

function arePolled(hub: Alive, people: readonly Person[]): boolean {
  const polls = hub.wechat.openPolls();
  return people.every(({ botId }) => (polls[botId] ?? 0) > 0);
}

const copies = ["same-id", "new-id", "new-context-token", "no-id"] as const;

function say(hub: Alive, person: Person, random: () => number): void {
  const number = person.sent.length + 1;
  const copy = copies[Math.floor(random() * copies.length * 3)];
  const { userId, botId } = person;
  const duplicates = copy === undefined ? [] : [copy];
  const { messageIds } = hub.wechat.userSends({ userId, botId, text: `#${number}`, duplicates });
  person.sent.push({ number, botId, messageIds });
}

async function write(hub: Alive, plan: Plan, people: readonly Person[]): Promise<void> {
  const random = seeded(plan.seed);
  const turns = people
    .flatMap((person) => Array.from({ length: plan.messagesEach }, () => person))
    .map((person) => ({ person, at: random() * plan.trafficMs }))
    .sort((a, b) => a.at - b.at);
  const startedAt = performance.now();
  for (const { person, at } of turns) {
    await wait(Math.max(0, at - (performance.now() - startedAt)));
    say(hub, person, random);
  }
}

/** Kills and new scans, spread over the time in which contacts write. */
async function trouble(
  hub: Alive,
  plan: Plan,
  people: readonly Person[],
  done: { kills: number[]; relogins: number },
): Promise<void> {
  const random = seeded(plan.seed + 1);
  const kinds = [
    ...Array.from({ length: plan.kills }, () => "kill" as const),
    ...Array.from({ length: plan.relogins }, () => "relogin" as const),
  ].sort(() => random() - 0.5);
  const startedAt = performance.now();
  for (const [index, kind] of kinds.entries()) {
    const at = (plan.trafficMs * (index + 1)) / (kinds.length + 1);
    await wait(Math.max(0, at - (performance.now() - startedAt)));
    if (kind === "kill") await killOne(hub, done.kills);
    else {
      const person = people[Math.floor(random() * people.length)];
      if (!person) continue;
      const { botId } = await scan(hub, hub.wechat, person.accountId, person.ownerId);
      person.botId = botId;
      done.relogins += 1;
    }
  }
}

/** Of the poll Lambdas the one that has been at work longest, since others may only look and go. */
async function killOne(hub: Alive, kills: number[]): Promise<void> {
  const victim = hub.host.running("poll").toSorted((a, b) => +a.startedAt - +b.startedAt)[0];
  if (!victim) return;
  const count = await hub.host.kill("poll", ({ requestId }) => requestId === victim.requestId);
  if (count > 0) kills.push(Date.now());
}

/** Everybody is polled, has written once more, the last copies have come, and nothing waits. */
async function settle(hub: Alive, people: readonly Person[]): Promise<void> {
  await eventually(
    "everybody is polled again",
    async () => (arePolled(hub, people) ? true : null),
    120_000,
  );
  for (const person of people) say(hub, person, () => 1);
  hub.wechat.advanceClock(12_000);
  await eventually(
    "what was written last is stored",
    async () => {
      const last = await Promise.all(people.map((person) => isLastStored(hub, person)));
      return last.every(Boolean) ? true : null;
    },
    120_000,
  );
  await eventually(
    "all that can be answered is answered",
    async () => {
      const open = await hub.db
        .collection<InboundMessage>("messages")
        .countDocuments({ $or: [{ waiting: true }, { open: { $exists: true } }] });
      const unfinished = await hub.db.collection("agent_runs").countDocuments({ unfinished: true });
      return open + unfinished === 0 ? true : null;
    },
    240_000,
  );
}

async function isLastStored(hub: Alive, { accountId, userId, sent }: Person): Promise<boolean> {
  const text = `#${sent.length}`;
  const messages = hub.db.collection<InboundMessage>("messages");
  return (await messages.countDocuments({ accountId, userId, text }, { limit: 1 })) > 0;
}

async function tell(
  hub: Alive,
  plan: Plan,
  people: readonly Person[],
  troubles: { kills: readonly number[]; relogins: number },
): Promise<Omit<Report, "seconds">> {
  const report: Omit<Report, "seconds"> = {
    sent: 0,
    stored: 0,
    lostWithOldBots: 0,
    lostInFlight: 0,
    lostAtHangUp: 0,
    lost: [],
    ofOldLogins: 0,
    unanswered: [],
    answeredTwice: [],
    outOfOrder: [],
    overlaps: sum(Object.values(hub.wechat.overlaps())),
    polls: 0,
    kills: troubles.kills.length,
    relogins: troubles.relogins,
    pollMemoryMb: 0,
    largestPack: await largestPack(hub),
  };
  for (const person of people) await tellOf(hub, plan, person, troubles.kills, report);
  // The pollers' own memory is known once they end.
  await eventually("a whole pack's poller has ended", async () => {
    report.pollMemoryMb = hub.meter.snapshot().functions["poll"]?.maxMemoryUsedMb ?? 0;
    return report.pollMemoryMb > 0 ? true : null;
  });
  return report;
}

async function tellOf(
  hub: Alive,
  plan: Plan,
  person: Person,
  kills: readonly number[],
  report: Omit<Report, "seconds">,
): Promise<void> {
  const { accountId, userId, sent } = person;
  const messages = hub.db.collection<InboundMessage>("messages");
  const found = await messages.find({ accountId, userId, direction: "inbound" }).toArray();
  const stored = new Map(found.map((message) => [message.text, message]));
  const said = hub.wechat
    .bubbles({ userId })
    .flatMap(({ text }) => (text ?? "").match(/#\d+/g) ?? []);
  report.sent += sent.length;
  report.stored += stored.size;
  if (found.length > stored.size) report.answeredTwice.push(`${userId}: a copy was stored`);
  for (const { number, botId, messageIds } of sent) {
    const text = `#${number}`;
    const name = `${userId} ${text}`;
    const message = stored.get(text);
    const answers = said.filter((each) => each === text).length;
    if (answers > 1) report.answeredTwice.push(name);
    if (message?.unansweredReason === "old_login") report.ofOldLogins += 1;
    else if (message && answers === 0) report.unanswered.push(name);
    if (message) continue;
    const loss = plan.cursor === "one-way" ? lossOf(hub, { botId, messageIds }, kills) : "lost";
    if (botId !== person.botId) report.lostWithOldBots += 1;
    else if (loss === "in flight") report.lostInFlight += 1;
    else if (loss === "at hang-up") report.lostAtHangUp += 1;
    else report.lost.push(name);
  }
  const numbers = said.map((text) => Number(text.slice(1)));
  if (numbers.some((number, index) => number < (numbers[index - 1] ?? 0))) {
    report.outOfOrder.push(`${userId}: ${said.join(" ")}`);
  }
  const botIds = new Set(sent.map(({ botId }) => botId));
  for (const botId of botIds) report.polls += hub.wechat.pollStats({ botId }).count;
}

type Loss = "in flight" | "at hang-up" | "lost";

/** What one-way cursors lose: WeChat's answer and our leaving crossed on the way. */
function lossOf(
  hub: Alive,
  { botId, messageIds }: Pick<Sent, "botId" | "messageIds">,
  kills: readonly number[],
): Loss {
  const handedAt = whenHandedOut(hub, botId, messageIds);
  if (kills.some((kill) => handedAt <= kill && kill - handedAt < inFlightMs)) return "in flight";
  const polls = hub.wechat
    .calls()
    .filter((call) => call.botId === botId && call.endpoint === "getupdates");
  const waits = polls.flatMap(({ outcome, durationMs }) =>
    outcome === "left" ? (durationMs ?? []) : [],
  );
  const handing = polls.find(
    ({ outcome, realAt, durationMs }) =>
      outcome === "json" && Math.abs(realAt + (durationMs ?? Infinity) - handedAt) < 100,
  );
  // It had waited as long as this poller ever waits.
  const isOver = (handing?.durationMs ?? 0) >= Math.min(...waits) - 100;
  return isOver ? "at hang-up" : "lost";
}

/** In real time; Infinity where no poller ever took it. */
function whenHandedOut(hub: Alive, botId: string, messageIds: readonly string[]): number {
  const times = hub.wechat
    .handedOut({ botId })
    .filter(({ messageId }) => messageIds.includes(messageId))
    .map(({ handedAt }) => handedAt ?? Infinity);
  return Math.max(...times, times.length === 0 ? Infinity : 0);
}

async function largestPack(hub: Alive): Promise<number> {
  const accounts = hub.db.collection<Account>("accounts");
  const leased = await accounts.find({ "lease.expiresAt": { $gt: new Date() } }).toArray();
  const packs = Map.groupBy(leased, ({ lease }) => lease.pollerId);
  return Math.max(0, ...[...packs.values()].map(({ length }) => length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
