import { setImmediate as immediate, setTimeout as wait } from "node:timers/promises";
import { MongoClient, type Db } from "mongodb";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { mustStartPoller } from "#core/polling/handle-tick.ts";
import { runPoller } from "#core/polling/run-poller.ts";
import { idMaker } from "#core/shared/ids.ts";
import { functionFigures } from "#infra/figures.ts";
import { startWechatSim, type WechatSim } from "#local/wechat-sim/server.ts";
import { approvedAccount } from "../records.ts";
import { scanBot } from "../small-hub.ts";
import { testDeps, type TestDeps } from "../test-deps.ts";
import { FleetClock } from "./fleet-clock.ts";
import { UnderWay } from "./under-way.ts";

/** How the ticks of Scheduler go wrong; all zero by default. */
export type TickProfile = {
  earlySeconds: number;
  lateSeconds: number;
  doubled: number;
  missing: number;
};

export type FleetOptions = {
  database: { uri: string; name: string };
  settings?: Record<string, string>;
  wechat?: NonNullable<Parameters<typeof startWechatSim>[0]>["config"];
  ticks?: Partial<TickProfile>;
  /** 0 to 1, repeatable. */
  random?: () => number;
};

export type Bot = Account & { botId: string };

type Deps = Omit<TestDeps, "clock"> & { clock: ReturnType<FleetClock["of"]> };
type Invocation = { client: MongoClient; isKilled: boolean };
type Tick = { at: number; accountId: string };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** The simulator's own timers, such as those of copies, are at most this late. */
const longestStepMs = 5_000;
/** From a tick to the first statement of a new instance. */
const coldStartMs = 1_000;
/** Left by the handler between our last statement and Lambda's kill, as in functions/shared/handle.ts. */
const handlerReserveMs = 2_000;
/** Turns of the event loop without anything under way until nothing more is expected. */
const quietTurns = 4;

/**
 * Poll Lambdas at their real durations in time that the test moves: real database, real sockets to
 * the simulator, one tick a minute for each account at a second of its own. Hours pass in seconds,
 * and each figure (coverage, commands a minute) is the deployed one; only what a statement and a
 * request take is left out.
 */
export class PollFleet {
  readonly wechat: WechatSim;
  readonly deps: Deps;
  readonly clock: FleetClock;
  /** Database commands of all pollers, and apart from them what the ticks' own look-ups cost. */
  readonly commands = { pollers: new Map<string, number>(), ticks: new Map<string, number>() };
  readonly #underWay: UnderWay;
  readonly #options: FleetOptions;
  readonly #tickClient: MongoClient;
  readonly #profile: TickProfile;
  readonly #random: () => number;
  readonly #invocations = new Set<Invocation>();
  /** The second of the minute, in ms, at which each account's schedule fires. */
  readonly #seconds = new Map<string, number>();
  readonly #errors: unknown[] = [];
  #ticks: Tick[] = [];
  #plannedMinute = 0;
  #started = 0;

  static async start(options: FleetOptions): Promise<PollFleet> {
    // Always at a full hour, so that runs are alike; not in the past, by which the server deletes.
    const clock = new FleetClock(new Date(Math.ceil(Date.now() / hourMs) * hourMs));
    const wechat = await startWechatSim({ ...simOptions(options), clock: () => clock.nowMs });
    return new PollFleet(options, clock, wechat);
  }

  private constructor(options: FleetOptions, clock: FleetClock, wechat: WechatSim) {
    this.#options = options;
    this.clock = clock;
    this.wechat = wechat;
    this.#underWay = new UnderWay(() => clock.nowMs);
    this.#plannedMinute = Math.floor(clock.nowMs / minuteMs) + 1;
    this.#random = options.random ?? Math.random;
    this.#profile = { earlySeconds: 0, lateSeconds: 0, doubled: 0, missing: 0, ...options.ticks };
    this.#tickClient = this.#connect(this.commands.ticks);
    this.deps = this.#depsOf(this.#tickClient, { isKilled: false });
  }

  get db(): Db {
    return this.deps.db;
  }

  /** How many pollers were started so far. */
  get started(): number {
    return this.#started;
  }

  /** How many pollers are at work. */
  get running(): number {
    return this.#invocations.size;
  }

  /** What ended an invocation that should not have ended so. */
  get errors(): readonly unknown[] {
    return this.#errors;
  }

  /** Scans and approves a bot; its schedule begins within the next minute. */
  async addBot(changed: Partial<Account> = {}): Promise<Bot> {
    const { userId } = this.wechat.createUser({ name: "owner" });
    const { botId, botToken } = await scanBot(this.wechat, userId);
    const keys = this.deps.settings.credentials.CREDENTIAL_KEY;
    const account = approvedAccount(this.deps, {
      botId,
      ilinkUserId: userId,
      credential: sealToken(keys, botId, botToken),
      baseUrl: this.wechat.url,
      ...changed,
    });
    await accountStore(this.db).insert(account);
    this.schedule(account._id);
    return { ...account, botId };
  }

  /** Gives an account its second of the minute; as Scheduler does, for as long as the test lasts. */
  schedule(accountId: string): void {
    this.#seconds.set(accountId, Math.floor(this.#random() * minuteMs));
    const minute = Math.floor(this.clock.nowMs / minuteMs);
    for (let each = minute; each <= this.#plannedMinute; each++) this.#plan(accountId, each);
  }

  /** One wake-up of the poll Lambda for this account, now. */
  async tick(accountId: string): Promise<void> {
    if (await mustStartPoller(this.deps, accountId)) this.#invoke();
  }

  /** Lets time pass, from event to event, each once nothing but time is waited for. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.nowMs + ms;
    await this.#settle();
    while (this.clock.nowMs < until) {
      this.clock.moveTo(Math.min(this.#nextEventMs(), until));
      // A poll's hold ends by the simulator's own timers, which look at the same clock.
      this.wechat.advanceClock(1);
      this.#planAhead();
      for (const { accountId } of this.#takeDueTicks()) await this.tick(accountId);
      await this.#settle();
    }
  }

  /** Ends pollers as a kill does: nothing of theirs goes on, and nobody is told. */
  async kill(count = this.#invocations.size): Promise<void> {
    for (const invocation of [...this.#invocations].slice(0, count)) {
      invocation.isKilled = true;
      this.#invocations.delete(invocation);
      await invocation.client.close(true);
    }
  }

  /** Takes the database away from all pollers at work, which otherwise go on; gives the way back. */
  async cutOff(): Promise<() => Promise<void>> {
    const clients = [...this.#invocations].map(({ client }) => client);
    for (const client of clients) await client.close(true);
    return async () => {
      for (const client of clients) await client.connect();
    };
  }

  /** Somebody who writes to this bot. */
  contactOf({ botId }: { botId: string }): { writes(text: string): void } {
    const { userId } = this.wechat.createUser({ name: "contact" });
    return { writes: (text) => void this.wechat.userSends({ userId, botId, text }) };
  }

  /** The texts that are stored of an account, in their order. */
  async textsOf({ _id }: { _id: string }): Promise<(string | null)[]> {
    const messages = this.db.collection<InboundMessage>("messages");
    const found = await messages.find({ accountId: _id }).sort({ _id: 1 }).toArray();
    return found.map(({ text }) => text);
  }

  /** The share of time in which this bot had an open poll, since its first one. */
  coverage({ botId }: { botId: string }): number {
    const { coveredMs, firstOpenedAt } = this.wechat.pollStats({ botId });
    return firstOpenedAt === null ? 0 : coveredMs / (this.clock.nowMs - firstOpenedAt);
  }

  overlaps(): number {
    return Object.values(this.wechat.overlaps()).reduce((sum, count) => sum + count, 0);
  }

  /** How many accounts each poller holds a lease of now, largest first. */
  async packs(): Promise<number[]> {
    const now = new Date(this.clock.nowMs);
    const accounts = this.db.collection<Account>("accounts");
    const leased = await accounts.find({ "lease.expiresAt": { $gt: now } }).toArray();
    const packs = Map.groupBy(leased, ({ lease }) => lease.pollerId);
    return [...packs.values()].map(({ length }) => length).sort((a, b) => b - a);
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.wechat.stop();
    await this.#tickClient.close();
    this.#underWay.stop();
  }

  #invoke(): void {
    this.#started += 1;
    const invocation: Invocation = {
      client: this.#connect(this.commands.pollers),
      isKilled: false,
    };
    this.#invocations.add(invocation);
    void this.#run(invocation);
  }

  async #run(invocation: Invocation): Promise<void> {
    const { client } = invocation;
    const deps = this.#depsOf(client, invocation);
    const startedMs = this.clock.nowMs;
    try {
      await this.#underWay.during(client.connect());
      await deps.clock.sleep(coldStartMs);
      const lambdaMs = functionFigures.poll.timeoutSeconds * 1000 - handlerReserveMs;
      await runPoller(deps, new Date(startedMs + coldStartMs + lambdaMs));
      await client.close();
    } catch (error) {
      if (!invocation.isKilled) this.#errors.push(error);
    } finally {
      this.#invocations.delete(invocation);
    }
  }

  #connect(commands: Map<string, number>): MongoClient {
    const { uri } = this.#options.database;
    const client = new MongoClient(uri, { monitorCommands: true, ignoreUndefined: true });
    this.#underWay.watch(client, commands);
    return client;
  }

  #depsOf(client: MongoClient, invocation: { readonly isKilled: boolean }): Deps {
    const clock = this.clock.of(invocation);
    const settings = { WECHAT_BASE_URL: this.wechat.url, ...this.#options.settings };
    return {
      ...testDeps(client.db(this.#options.database.name), settings),
      clock,
      newId: idMaker(() => clock.now()),
      random: this.#random,
    };
  }

  #nextEventMs(): number {
    const { nowMs, nextWakeMs } = this.clock;
    const nextTickMs = Math.min(...this.#ticks.map(({ at }) => at));
    const holdEndsMs = this.#underWay.oldestRequestMs + this.wechat.config.polling.holdMs;
    const next = Math.min(nextWakeMs, nextTickMs, holdEndsMs, nowMs + longestStepMs);
    return Math.max(next, nowMs + 1);
  }

  /** A tick may come before its minute, so the next minute's are always laid out. */
  #planAhead(): void {
    const minute = Math.floor(this.clock.nowMs / minuteMs) + 1;
    for (; this.#plannedMinute < minute; this.#plannedMinute++) {
      for (const accountId of this.#seconds.keys()) this.#plan(accountId, this.#plannedMinute + 1);
    }
  }

  #plan(accountId: string, minute: number): void {
    const { earlySeconds, lateSeconds, doubled, missing } = this.#profile;
    const dueMs = minute * minuteMs + (this.#seconds.get(accountId) ?? 0);
    const times = this.#random() < missing ? 0 : this.#random() < doubled ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const offSeconds = this.#random() * (earlySeconds + lateSeconds) - earlySeconds;
      const at = dueMs + offSeconds * 1000;
      if (at > this.clock.nowMs) this.#ticks.push({ accountId, at });
    }
  }

  #takeDueTicks(): Tick[] {
    const due = this.#ticks.filter(({ at }) => at <= this.clock.nowMs);
    this.#ticks = this.#ticks.filter(({ at }) => at > this.clock.nowMs);
    return due;
  }

  /** Waits until every poller sleeps or holds a poll; what is asked gets the processor meanwhile. */
  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns;) {
      const isQuiet = this.#isQuiet();
      quiet = isQuiet ? quiet + 1 : 0;
      await (isQuiet ? immediate() : wait(1));
    }
  }

  #isQuiet(): boolean {
    const polls = Object.values(this.wechat.openPolls()).reduce((sum, open) => sum + open, 0);
    return this.#underWay.database === 0 && this.#underWay.requests === polls;
  }
}

/** WeChat holds as long as it does, and no throttle of sends matters here. */
function simOptions({ wechat }: FleetOptions) {
  return { seed: 7, ...(wechat === undefined ? {} : { config: wechat }) };
}
