import { setTimeout as wait } from "node:timers/promises";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import type { Db } from "mongodb";
import { accountStore } from "#core/accounts/account.store.ts";
import { workConversation } from "#core/agent-runs/work-conversation.ts";
import { watchLogin } from "#core/logins/watch-login.ts";
import { mustStartPoller } from "#core/polling/handle-tick.ts";
import { runPoller } from "#core/polling/run-poller.ts";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { createDeadLetters } from "#core/queue/dead-letters.ts";
import { workOffJob } from "#core/queue/work-off-job.ts";
import { createAccountSchedules } from "#core/schedules/account-schedules.ts";
import { createTypingTickets } from "#core/sending/typing-tickets.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { keepPromises } from "#core/sweeps/keep-promises.ts";
import type { Log } from "#core/telemetry/log.ts";
import type { Measure } from "#core/telemetry/measure.ts";
import { createApp, type ApiDeps } from "#functions/api/app.ts";
import { functionFigures } from "#infra/figures.ts";
import { eventually } from "#local/eventually.ts";
import { startHermesSim, type HermesSim } from "#local/hermes-sim/server.ts";
import { startQueue, type LocalQueue } from "#local/queue/queue.ts";
import { startWechatSim, type WechatSim } from "#local/wechat-sim/server.ts";
import { createRunningClock, type RunningClock } from "../running-clock.ts";
import { testDeps, testSettings } from "../test-deps.ts";
import { startTestScheduler, type TestScheduler } from "../test-scheduler.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../webhook-receiver.ts";
import { Life, type Death } from "./life.ts";
import { watchedDb } from "./watched-db.ts";

export type FunctionName = keyof typeof functionFigures;

export type WorldOptions = {
  db: Db;
  cursor: "one-way" | "replay";
  via: "chat" | "runs";
  /** Which function dies, and where; null for the run that only looks. */
  accident: ({ of: FunctionName } & Death) | null;
  settings?: Readonly<Record<string, string>>;
  /** Where the functions' log lines and metrics go, and who sees what is asked of SQS. */
  log?: Log;
  measure?: Measure;
  onSqs?: (input: object) => void;
};

/** A tick that comes besides the usual one: how late, and how far its Lambda's clock is from ours. */
export type OtherTick = { afterSeconds: number; clockOffsetMs: number };
/** How often SQS gives out each job: once, once more after it was done, or to two at the same time. */
export type Delivery = "once" | "again" | "at-once";

type Deps = Awaited<ReturnType<World["depsOf"]>>;

const awsClient = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  maxAttempts: 1,
};
/** Longer than any lease, turn, visibility or back-off; SQS forgets deduplication ids in it too. */
const roundSeconds = 400;
const holdMs = 40;
/** Shorter than a lease by more than it takes to renew it. */
const stepSeconds = 25;
/** Far more than a story pushes in one round. */
const mostJobs = 200;

/**
 * The hub's functions in this process over real sockets, with Lambda, its queue mapping and the
 * scheduler's minutes played by `goOn`. Time moves on by `roundSeconds` a round.
 */
export class World {
  readonly db: Db;
  readonly clock: RunningClock;
  readonly wechat: WechatSim;
  readonly hermes: HermesSim;
  readonly scheduler: TestScheduler;
  readonly receiver: WebhookReceiver;
  /** The call sites that each function passed, as long as there was no accident. */
  readonly seen: Record<FunctionName, Set<string>> = {
    poll: new Set(),
    agent: new Set(),
    retry: new Set(),
    api: new Set(),
  };
  /** What the accident struck: the site's first call. */
  died = false;
  readonly errors: string[] = [];
  /** Texts that went down with a poller which died before it had stored anything. */
  readonly lostInFlight: string[] = [];
  readonly cursor: WorldOptions["cursor"];
  readonly #options: WorldOptions;
  #queue: LocalQueue;
  #accident: WorldOptions["accident"];
  readonly #loginsToWatch = new Set<string>();

  static async start(options: WorldOptions): Promise<World> {
    const clock = createRunningClock({ longestSleepMs: 10 });
    const time = () => clock.now().getTime();
    const wechat = await startWechatSim({
      clock: time,
      config: {
        polling: { holdMs, cursor: options.cursor },
        login: { statusHoldMs: holdMs },
        send: { burstLimit: null },
      },
    });
    const hermes = await startHermesSim({ now: time });
    if (options.via === "runs") hermes.configure({ release: "0.21" });
    const parts = [startQueue(), startTestScheduler(), startWebhookReceiver()] as const;
    const [queue, scheduler, receiver] = await Promise.all(parts);
    return new World(options, { clock, wechat, hermes, queue, scheduler, receiver });
  }

  private constructor(
    options: WorldOptions,
    parts: Pick<World, "clock" | "wechat" | "hermes" | "scheduler" | "receiver"> & {
      queue: LocalQueue;
    },
  ) {
    this.db = options.db;
    this.#options = options;
    this.#accident = options.accident;
    this.cursor = options.cursor;
    this.clock = parts.clock;
    this.wechat = parts.wechat;
    this.hermes = parts.hermes;
    this.scheduler = parts.scheduler;
    this.receiver = parts.receiver;
    this.#queue = parts.queue;
  }

  /** What a use case of the given life stands on; without a life, what a test does itself. */
  depsOf(life: Life | null, isAlone = false, clockOffsetMs = 0) {
    const queueUrls = {
      AGENT_QUEUE_URL: this.#queue.agentQueueUrl,
      DEAD_LETTER_QUEUE_URL: this.#queue.deadLetterUrl,
    };
    const given = testDeps(life ? watchedDb(this.db, life) : this.db, {
      ...testSettings,
      ...queueUrls,
      WECHAT_BASE_URL: this.wechat.url,
      HERMES_API_BASE_URL: this.hermes.baseUrl,
      HERMES_API_KEY: this.hermes.apiKey,
      HERMES_RETRY_INTERVAL_MS: "100",
      AGENT_LOOK_INTERVAL_MS: "50",
      CHUNK_PAUSE_MS: "0",
      POLL_TAKE_INTERVAL_MS: "50",
      POLL_HOLD_SECONDS: "1",
      POLL_RETRY_MS: "10",
      LOGIN_HOLD_SECONDS: "1",
      RETRY_LIFETIME_SECONDS: "1",
      CLEAN_UP_DELAY_SECONDS: "60",
      ALERT_WEBHOOK_URL: this.receiver.url,
      ALERT_WEBHOOK_KIND: "json",
      PUBLIC_URL: "https://hub.example",
      ...this.#options.settings,
    });
    const own = clockOffsetMs === 0 ? this.clock : wrong(this.clock, clockOffsetMs);
    const clock = life ? life.clock(isAlone ? passing(own) : own) : own;
    const sqs = new SQSClient({ ...awsClient, endpoint: this.#queue.endpoint });
    const scheduler = new SchedulerClient({ ...awsClient, endpoint: this.scheduler.endpoint });
    if (life) {
      passSqs(sqs, life, this.#options.onSqs);
      passScheduler(scheduler, life);
    }
    const { settings } = given;
    const { log = given.log, measure = given.measure } = this.#options;
    return {
      ...given,
      log,
      measure,
      clock,
      newId: idMaker(() => clock.now()),
      typingTickets: createTypingTickets(clock),
      queue: createAgentQueue({ queueUrl: queueUrls.AGENT_QUEUE_URL }, sqs),
      deadLetters: createDeadLetters({ queueUrl: queueUrls.DEAD_LETTER_QUEUE_URL }, sqs),
      schedules: createAccountSchedules(settings.schedules, scheduler),
      pollStarter: {
        watchLogin: async (loginId: string) => {
          const start = async () => void this.#loginsToWatch.add(loginId);
          await (life ? life.call("lambda.invoke", start) : start());
        },
      },
    };
  }

  /** One request of an operator; null when the api died before it answered. */
  async api(
    method: string,
    path: string,
    body?: object,
    as: Readonly<Record<string, string>> = this.asProgram(),
  ): Promise<Response | null> {
    let answer: Response | null = null;
    await this.#live("api", async (deps) => {
      const apiDeps: ApiDeps = deps;
      const headers = new Headers(as);
      if (body) headers.set("content-type", "application/json");
      const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
      answer = await createApp(apiDeps).request(path, init);
    });
    return answer;
  }

  /** What Lambda, the queue and the scheduler do by themselves, for one round. */
  async goOn(): Promise<void> {
    await this.watchLogins();
    const accountIds = this.scheduler.schedules().map(({ name }) => name.replace(/^poll-/, ""));
    for (const accountId of accountIds) await this.poll(accountId);
    await this.workQueue();
    await this.keepPromises();
    await this.watchLogins();
    await this.workQueue();
    this.clock.moveOn(roundSeconds * 1000);
    await this.#forgetDeduplication();
  }

  /** Rounds until it holds; it must within a few, whatever died. */
  async until(what: string, holds: () => boolean | Promise<boolean>, rounds = 14): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      if (await holds()) return;
      await this.goOn();
    }
    if (!(await holds())) throw new Error(`Not in ${rounds} rounds: ${what}`);
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.wechat.stop(),
      this.hermes.stop(),
      this.#queue.stop(),
      this.scheduler.stop(),
      this.receiver.stop(),
    ]);
  }

  /** The headers of whoever holds the hub's own token. */
  asProgram(): Record<string, string> {
    const token = this.#options.settings?.["API_TOKEN"] ?? testSettings.API_TOKEN;
    return { authorization: `Bearer ${token}` };
  }

  async #live(of: FunctionName, work: (deps: Deps) => Promise<unknown>, clockOffsetMs = 0) {
    const accident = this.#accident?.of === of ? this.#accident : null;
    const life = new Life(this.seen[of], accident);
    const deps = this.depsOf(life, of === "retry", clockOffsetMs);
    const end = await life.run(() => work(deps));
    if (life.isDead) {
      this.died = true;
      // One accident per run: what comes after it is a sound process.
      this.#accident = null;
    }
    if (end === "failed") this.errors.push(...deps.logLines.slice(-3));
    return end;
  }

  #endOf(of: FunctionName): Date {
    return plusSeconds(this.clock.now(), functionFigures[of].timeoutSeconds - 2);
  }

  async watchLogins(): Promise<void> {
    for (const loginId of this.#loginsToWatch) {
      this.#loginsToWatch.delete(loginId);
      await this.#live("poll", (deps) => watchLogin(deps, loginId, this.#endOf("poll")));
    }
  }

  /** The retry Lambda's minute; it may come twice at the same time. */
  async keepPromises(times = 1): Promise<void> {
    const minute = () => this.#live("retry", (deps) => keepPromises(deps, this.#endOf("retry")));
    await Promise.all(Array.from({ length: times }, minute));
  }

  /** One tick of the account and the others; a poller that it starts works until nothing new comes. */
  async poll(accountId: string, others: readonly OtherTick[] = []): Promise<void> {
    const ended = new AbortController();
    const ticks = [this.#tick(accountId).finally(() => ended.abort())];
    const polls = () =>
      this.wechat.calls().filter(({ endpoint }) => endpoint === "getupdates").length;
    const before = polls();
    await eventually("the poller has looked", async () =>
      ended.signal.aborted || polls() >= before + 4 ? true : null,
    );
    for (const { afterSeconds, clockOffsetMs } of others) {
      await this.#passWhileLeased(accountId, afterSeconds);
      ticks.push(this.#tick(accountId, clockOffsetMs));
    }
    this.clock.moveOn(functionFigures.poll.timeoutSeconds * 1000);
    await Promise.all(ticks);
  }

  #tick(accountId: string, clockOffsetMs = 0): Promise<unknown> {
    const work = async (deps: Deps) => {
      const endsAt = this.#endOf("poll");
      if (await mustStartPoller(deps, accountId)) await runPoller(deps, endsAt);
    };
    return this.#live("poll", work, clockOffsetMs);
  }

  /** Time passes so slowly that a poller at work renews its leases. */
  async #passWhileLeased(accountId: string, seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += stepSeconds) {
      this.clock.moveOn(stepSeconds * 1000);
      await eventually("the lease is renewed, or nobody holds it", async () => {
        const { lease } = await accountStore(this.db).get(accountId);
        const leftMs = lease.expiresAt.getTime() - this.clock.now().getTime();
        return leftMs <= 0 || leftMs > stepSeconds * 2000 ? true : null;
      });
    }
  }

  /** Works the queue off; a job whose Lambda died or failed comes back at once, as after its visibility. */
  async workQueue(delivery: Delivery = "once"): Promise<void> {
    const client = new SQSClient({ ...awsClient, endpoint: this.#queue.endpoint });
    const queue = { QueueUrl: this.#queue.agentQueueUrl };
    const isEmpty = () => {
      const { ready, inFlight } = this.#queue.depth().agent;
      return ready + inFlight === 0;
    };
    for (let count = 0; count < mostJobs && !isEmpty(); count++) {
      const received = await client.send(
        new ReceiveMessageCommand({
          ...queue,
          WaitTimeSeconds: 0,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        }),
      );
      const [message] = received.Messages ?? [];
      // What was just made visible again may take a moment to be given out.
      if (!message) {
        await wait(5);
        continue;
      }
      const { ReceiptHandle } = message;
      const isDone = await this.#deliver(message, delivery);
      if (isDone) await client.send(new DeleteMessageCommand({ ...queue, ReceiptHandle }));
      else {
        this.clock.moveOn(functionFigures.agent.timeoutSeconds * 1000);
        const VisibilityTimeout = 0;
        const again = { ...queue, ReceiptHandle, VisibilityTimeout };
        await client.send(new ChangeMessageVisibilityCommand(again));
      }
    }
    client.destroy();
  }

  async #deliver(message: Message, delivery: Delivery): Promise<boolean> {
    if (delivery === "at-once") {
      const both = await Promise.all([this.#workOff(message), this.#workOff(message)]);
      return both.some(Boolean);
    }
    const isDone = await this.#workOff(message);
    if (isDone && delivery === "again") await this.#workOff(message);
    return isDone;
  }

  async #workOff({ Body, MessageId, ReceiptHandle, Attributes }: Message): Promise<boolean> {
    let isDone = false;
    await this.#live("agent", async (deps) => {
      const endsAt = this.#endOf("agent");
      const job = {
        body: Body ?? "",
        sqsMessageId: MessageId ?? "",
        receiptHandle: ReceiptHandle ?? "",
        receiveCount: Number(Attributes?.["ApproximateReceiveCount"] ?? 1),
      };
      isDone = await workOffJob(deps, job, (each) => workConversation(deps, each, endsAt));
    });
    return isDone;
  }

  /** SQS keeps deduplication ids for five minutes, and a round is longer. */
  async #forgetDeduplication(): Promise<void> {
    const { ready, inFlight } = this.#queue.depth().agent;
    if (ready + inFlight > 0) throw new Error("The queue was not worked off within its round.");
    await this.#queue.stop();
    this.#queue = await startQueue();
  }
}

/** The clock of a machine that is ahead or behind. */
function wrong(clock: RunningClock, offsetMs: number): RunningClock {
  return {
    ...clock,
    now: () => new Date(clock.now().getTime() + offsetMs),
    ageNow: () => new Date(clock.ageNow().getTime() + offsetMs),
  };
}

/** For who is at work alone: time passes by its own waits. */
function passing(clock: RunningClock): RunningClock {
  return {
    ...clock,
    sleep: async (ms, signal) => {
      await clock.sleep(0, signal);
      clock.moveOn(ms);
    },
  };
}

function passSqs(client: SQSClient, life: Life, onSqs?: (input: object) => void): void {
  client.middlewareStack.add(
    (next, { commandName = "command" }) =>
      (given) => {
        onSqs?.(given.input);
        return life.call(`sqs.${commandName}`, () => next(given));
      },
    { step: "initialize", name: "life" },
  );
}

function passScheduler(client: SchedulerClient, life: Life): void {
  client.middlewareStack.add(
    (next, { commandName = "command" }) =>
      (given) =>
        life.call(`scheduler.${commandName}`, () => next(given)),
    { step: "initialize", name: "life" },
  );
}
