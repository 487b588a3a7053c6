import type { Db } from "mongodb";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { workConversation } from "#core/agent-runs/work-conversation.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { createPusher } from "#core/polling/pusher.ts";
import { newBatch, storeBatch } from "#core/polling/store-batch.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { conversationIdOf, idMaker } from "#core/shared/ids.ts";
import type { Sweep } from "#core/sweeps/sweep.ts";
import { createWechatClient } from "#core/wechat/wechat.client.ts";
import { startHermesSim, type HermesSim } from "#local/hermes-sim/server.ts";
import { startWechatSim, type WechatSim } from "#local/wechat-sim/server.ts";
import { approvedAccount } from "./records.ts";
import { createRunningClock, type RunningClock } from "./running-clock.ts";
import { testDeps, type TestDeps } from "./test-deps.ts";

/** How long an agent Lambda may work, as deployed. */
const invocationSeconds = 148;

export type SmallHubDeps = Omit<TestDeps, "clock"> & { clock: RunningClock };

export type Contact = {
  userId: string;
  accountId: string;
  conversationId: string;
  /** Writes to the bot, has it polled once, and gives the first job that the poller then pushes. */
  writes(...texts: string[]): Promise<NewJob>;
  /** What the phone shows, oldest first. */
  reads(): string[];
  runs(): Promise<AgentRun[]>;
  conversation(): Promise<Conversation>;
};

/**
 * The hub's core in this process, between real sockets: WeChat's and Hermes' stand-ins on one side,
 * a real database on the other. Queue and Lambdas are left out: the test decides which job comes
 * when, and how often.
 */
export type SmallHub = {
  wechat: WechatSim;
  hermes: HermesSim;
  deps: SmallHubDeps;
  /** Scans, approves and stores a bot. */
  addBot(changed?: Partial<Account>): Promise<Account>;
  addContact(account: Account): Contact;
  /** One poll of the account as its poller makes it; gives the jobs it pushes. */
  poll(accountId: string): Promise<NewJob[]>;
  /** One invocation of the agent Lambda. */
  work(job: NewJob): Promise<void>;
  /** One round of a sweep of the retry Lambda; one that touches no schedule, login or dead letter. */
  sweep(which: Sweep): Promise<number>;
  /** How often Hermes was asked. */
  questions(): number;
  stop(): Promise<void>;
};

/**
 * Starts the two stand-ins and takes the wait for the end of a burst out of the policies. No pause of
 * the hub's own takes longer than `longestSleepMs`.
 */
export async function startSmallHub(
  db: Db,
  settings: Record<string, string> = {},
  pauses: { longestSleepMs?: number } = {},
): Promise<SmallHub> {
  const wechat = await startWechatSim({
    config: { polling: { holdMs: 50 }, login: { statusHoldMs: 50 }, send: { burstLimit: null } },
  });
  const hermes = await startHermesSim();
  await db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
  const clock = createRunningClock(pauses);
  const deps: SmallHubDeps = {
    ...testDeps(db, {
      WECHAT_BASE_URL: wechat.url,
      HERMES_API_BASE_URL: hermes.baseUrl,
      HERMES_API_KEY: hermes.apiKey,
      HERMES_TIMEOUT_MS: "20000",
      AGENT_LOOK_INTERVAL_MS: "50",
      CHUNK_PAUSE_MS: "0",
      LOGIN_HOLD_SECONDS: "1",
      ...settings,
    }),
    clock,
    newId: idMaker(() => clock.now()),
  };

  async function poll(accountId: string): Promise<NewJob[]> {
    const account = await accountStore(db).get(accountId);
    const { cursor, generation, lease } = account;
    const updates = await wechatOf(deps, account).getUpdates({ cursor, timeoutMs: 5_000 });
    const pushed: NewJob[] = [];
    const push = async (jobs: readonly NewJob[]) => {
      pushed.push(...jobs);
      await deps.queue.push(jobs);
    };
    const pusher = createPusher({ ...deps, queue: { ...deps.queue, push } });
    const batch = newBatch({
      ref: { accountId, generation, leaseId: lease.id ?? "" },
      messages: updates.messages,
      cursor: updates.cursor ?? null,
    });
    const policy = await policyStore(db).get(account.policyId);
    await storeBatch(deps, pusher, batch, { policy, mayAnswer: true });
    await pusher.pushAll();
    return pushed;
  }

  return {
    wechat,
    hermes,
    deps,
    poll,

    async addBot(changed = {}) {
      const { userId } = wechat.createUser({ name: "owner" });
      const scanned = await scanBot(wechat, userId);
      const keys = deps.settings.credentials.CREDENTIAL_KEY;
      const account = approvedAccount(deps, {
        botId: scanned.botId,
        ilinkUserId: userId,
        credential: sealToken(keys, scanned.botId, scanned.botToken),
        baseUrl: wechat.url,
        lease: { id: "lse_test", pollerId: "plr_test", expiresAt: plusSeconds(clock.now(), 3600) },
        ...changed,
      });
      await accountStore(db).insert(account);
      return account;
    },

    addContact(account) {
      const { userId } = wechat.createUser({ name: "contact" });
      const conversationId = conversationIdOf(account._id, userId);
      return {
        userId,
        accountId: account._id,
        conversationId,
        async writes(...texts) {
          const { botId } = await accountStore(db).get(account._id);
          for (const text of texts) {
            wechat.userSends({ userId, ...(botId === undefined ? {} : { botId }), text });
          }
          const [job] = await poll(account._id);
          if (!job) throw new Error("The poll brought no answerable message.");
          return job;
        },
        reads: () => wechat.bubbles({ userId }).map((bubble) => bubble.text ?? ""),
        async runs() {
          const page = { accountId: account._id, limit: 50 };
          const runs = await agentRunStore(db).list(page);
          return runs.filter((run) => run.userId === userId).toReversed();
        },
        conversation: () => conversationStore(db).get(conversationId),
      };
    },

    work(job) {
      const endsAt = plusSeconds(clock.now(), invocationSeconds);
      return workConversation(deps, { version: 1, ...job }, endsAt);
    },

    sweep: (which) =>
      which.run({
        ...deps,
        schedules: { async put() {}, async remove() {}, list: async () => [] },
        pollStarter: { async watchLogin() {} },
        deadLetters: { receive: async () => [], async remove() {} },
      }),

    questions: () => hermes.calls().filter(({ path }) => path.endsWith("/chat/completions")).length,

    async stop() {
      await Promise.all([wechat.stop(), hermes.stop()]);
    },
  };
}

/** A person scans a new QR code and taps yes. */
export async function scanBot(
  wechat: WechatSim,
  userId: string,
): Promise<{ botId: string; botToken: string }> {
  const client = createWechatClient({ baseUrl: wechat.url });
  const { qrcode } = await client.getBotQrcode({ localTokens: [] });
  wechat.scan({ qr: qrcode, userId });
  wechat.confirm({ qr: qrcode });
  const status = await client.getQrcodeStatus({ qrcode, timeoutMs: 5_000 });
  if (status.status !== "confirmed" || !status.botId || !status.botToken) {
    throw new Error(`The login is ${status.status}.`);
  }
  return { botId: status.botId, botToken: status.botToken };
}
