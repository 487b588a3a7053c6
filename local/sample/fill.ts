import type { Db } from "mongodb";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { type HermesHealth, hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import type { DeadJob } from "#core/queue/dead-job.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { createRandom } from "#local/wechat-sim/random.ts";
import type { SavedWorld } from "#local/wechat-sim/saved-world.ts";
import type { LiveBot } from "./live-traffic.ts";
import { outageOf, type TalkSize } from "./plan-talk.ts";
import { makeBot, type BotRecords } from "./sample-bots.ts";
import { makeTalk, type TalkRecords } from "./sample-talks.ts";
import { worldOf } from "./sample-world.ts";
import { depsAt, type SampleDeps, type SampleSource } from "./source.ts";

export type SampleOptions = {
  /** Ids of the users who did what was done; absent: one that is nobody. */
  people?: SampleSource["people"];
  /** Policies besides the built-in ones. */
  policies?: SampleSource["policies"];
  /** Where a simulator knows the bots, so that they may be polled; absent: nothing is polled. */
  wechatUrl?: string;
  /** The same seed gives the same names, texts and times before now. */
  seed?: number;
};

export type Sample = {
  accounts: number;
  conversations: number;
  runs: number;
  /** What the simulator must start from to know these bots. */
  world: SavedWorld;
  /** The bots that may be polled, with those of their contacts for whom all went well. */
  live: LiveBot[];
  /** The accounts that want a schedule. */
  scheduled: string[];
};

const nobody = { operators: ["sample"], reviewers: ["sample"] };
const builtIn = { reviewed: ["manual-review"], auto: ["auto"] };
const contactsPerBot = 3;
const much: TalkSize = { ofDay: 3, ofWeek: 3 };
const little: TalkSize = { ofDay: 1, ofWeek: 0 };
/** A thousand bots with as much to read as thirty would keep a laptop busy for long. */
const mostBotsWithMuch = 100;

/**
 * Fills a migrated database with made-up bots, contacts, questions, drafts, failures and a past
 * outage of Hermes, spread over the last week and mostly over the last day.
 */
export async function fillSample(
  deps: SampleDeps,
  accounts: number,
  options: SampleOptions = {},
): Promise<Sample> {
  const { people = nobody, policies = builtIn, wechatUrl = null, seed = 7 } = options;
  const source = { deps, random: createRandom(seed), people, policies, wechatUrl };
  const bots = Array.from({ length: accounts }, (_, number) => makeBot(source, number));
  const talks = await talksOf(source, bots);
  for (const bot of bots) bot.account.lastInboundAt = lastInboundAt(bot, talks);
  await insert(
    deps.db,
    "accounts",
    bots.map(({ account }) => account),
  );
  await insert(
    deps.db,
    "logins",
    bots.flatMap(({ login }) => login ?? []),
  );
  await insert(
    deps.db,
    "conversations",
    talks.map(({ conversation }) => conversation),
  );
  await insert(
    deps.db,
    "messages",
    talks.flatMap(({ messages }) => messages),
  );
  await insert(
    deps.db,
    "agent_runs",
    talks.flatMap(({ runs }) => runs),
  );
  await insert(
    deps.db,
    "audit_log",
    [...bots, ...talks].flatMap(({ lines }) => lines),
  );
  await insert(deps.db, "dead_jobs", deadJobsOf(source, talks));
  if (accounts > 0) await keepOutage(deps);
  const runs = talks.reduce((sum, talk) => sum + talk.runs.length, 0);
  const world = worldOf(source, seed, bots, talks);
  const working = wechatUrl === null ? [] : bots.filter(isWorking);
  const live = working.map((bot) => liveBot(bot, talks));
  const scheduled = working.map(({ account }) => account._id);
  return { accounts, conversations: talks.length, runs, world, live, scheduled };
}

function isWorking({ account }: BotRecords): boolean {
  return account.status === "approved";
}

function liveBot({ about, account }: BotRecords, talks: readonly TalkRecords[]): LiveBot {
  const own = talks.filter(({ conversation }) => conversation.accountId === account._id);
  const isWell = ({ runs, messages }: TalkRecords) =>
    runs.at(-1)?.status === "sent" && messages.every((message) => !("failure" in message));
  return {
    botId: account.botId ?? "",
    kind: about.kind,
    language: about.language,
    isReviewed: own.some(({ runs }) => runs.some((run) => run.policy.requiresHumanReview)),
    contacts: own.filter(isWell).map(({ conversation, runs }) => {
      return { userId: conversation.userId, asked: runs.map(questionOf) };
    }),
  };
}

async function talksOf(source: SampleSource, bots: readonly BotRecords[]): Promise<TalkRecords[]> {
  const policies = new Map(
    (await policyStore(source.deps.db).list()).map((policy) => [policy._id, policy]),
  );
  const size = bots.length > mostBotsWithMuch ? little : much;
  return bots.filter(isWorking).flatMap((bot, position) =>
    Array.from({ length: contactsPerBot }, (_, contact) => {
      const policy = policies.get(bot.account.policyId);
      if (!policy) throw new Error(`There is no policy ${bot.account.policyId}.`);
      return makeTalk(source, {
        bot,
        policy,
        number: position * contactsPerBot + contact,
        size,
      });
    }),
  );
}

/** Without the greeting before it. */
function questionOf({ inputText }: AgentRun): string {
  return inputText.split("\n").at(-1) ?? "";
}

function lastInboundAt({ account }: BotRecords, talks: readonly TalkRecords[]): Date | null {
  const times = talks
    .filter(({ conversation }) => conversation.accountId === account._id)
    .map(({ conversation }) => conversation.lastInboundAt);
  return times.toSorted((a, b) => +b - +a)[0] ?? null;
}

async function insert(db: Db, collection: string, documents: readonly object[]): Promise<void> {
  if (documents.length === 0) return;
  await db.collection(collection).insertMany([...documents]);
}

/** One that may be tried again, and one that nobody can read. */
function deadJobsOf({ deps }: SampleSource, talks: readonly TalkRecords[]): DeadJob[] {
  const conversation = talks[0]?.conversation;
  if (!conversation) return [];
  const { _id: conversationId, accountId } = conversation;
  const then = depsAt(deps, plusSeconds(deps.clock.now(), -2 * 3_600));
  const jobId = then.newId("job");
  const ref = conversationId;
  const common = { createdAt: then.clock.now(), status: "open", version: 1 } as const;
  return [
    {
      ...common,
      _id: then.newId("deadJob"),
      why: "failed_too_often",
      body: JSON.stringify({ version: 1, jobId, conversationId, do: "answer", ref }),
      conversationId,
      accountId,
    },
    { ...common, _id: then.newId("deadJob"), why: "unreadable", body: '{"jobId":"cut off by' },
  ];
}

async function keepOutage(deps: SampleDeps): Promise<void> {
  const { HERMES_API_BASE_URL: id } = deps.settings.hermes;
  const { from, to } = outageOf(deps.clock.now());
  const store = hermesHealthStore(deps.db);
  await store.markAway({ id, state: "down", cause: "refused", now: from, nextProbeAt: from });
  await store.markUp(id, to);
  // Its places are long tried out again.
  await deps.db
    .collection<HermesHealth>("hermes")
    .updateOne({ _id: id }, { $set: { places: null }, $inc: { version: 1 } });
}
