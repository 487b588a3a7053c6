import type { Db } from "mongodb";
import type { Account, AccountStatus } from "#core/accounts/account.ts";
import { newAccount } from "#core/accounts/create-account.ts";
import type { AgentRun, RunStatus } from "#core/agent-runs/agent-run.ts";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { newRun } from "#core/agent-runs/new-run.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { windowMs, type Conversation } from "#core/conversations/conversation.ts";
import { type Chunk, InboundMessage, type OutboundMessage } from "#core/messages/message.ts";
import type { StoredMessage } from "#core/messages/message.store.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import type { Policy } from "#core/policies/policy.ts";
import { Review } from "#core/reviews/review.ts";
import { compose } from "#core/sending/compose.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import type { Deps } from "#core/shared/deps.ts";
import { conversationIdOf, idMaker } from "#core/shared/ids.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { answers, questions, sampleBot } from "./names.ts";

export type SampleDeps = Deps<"hermes" | "credentials">;
export type SampleCounts = { accounts: number; conversations: number; runs: number };

const actor: Actor = { kind: "operator", id: "sample" };
const contactsPerBot = 3;
const minutesBetween = 37;

/** What each of ten bots in a row is: most work, some need a person. */
const statuses: readonly AccountStatus[] = [
  "approved",
  "approved",
  "approved",
  "approved",
  "approved",
  "approved",
  "suspended",
  "pending_approval",
  "login_expired",
  "pending_login",
];

/** How ten runs in a row ended: one waits for a person, one failed, one could not be delivered. */
const outcomes: readonly RunStatus[] = [
  "sent",
  "sent",
  "awaiting_review",
  "sent",
  "sent",
  "error",
  "sent",
  "parked",
  "sent",
  "sent",
];

/**
 * Fills a migrated database with made-up bots, contacts, questions, drafts, failures and a past
 * outage of Hermes, all spread over the last day. Nothing of it is polled or sent: no WeChat knows
 * these bots. The same number gives the same sample.
 */
export async function fillSample(deps: SampleDeps, accounts: number): Promise<SampleCounts> {
  const policy = await policyStore(deps.db).get("manual-review");
  const bots = Array.from({ length: accounts }, (_, number) => botOf(deps, number));
  const working = bots.filter(({ status }) => status === "approved");
  const talks = working.flatMap((account, at) =>
    Array.from({ length: contactsPerBot }, (_, contact) => {
      return talkOf(deps, { account, policy, number: at * contactsPerBot + contact });
    }),
  );
  await insert(deps.db, "accounts", bots);
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
    talks.map(({ run }) => run),
  );
  if (accounts > 0) await keepOutage(deps);
  return { accounts, conversations: talks.length, runs: talks.length };
}

async function insert(
  db: Db,
  collection: string,
  documents: readonly (Account | Conversation | StoredMessage | AgentRun)[],
): Promise<void> {
  if (documents.length === 0) return;
  await db
    .collection<Account | Conversation | StoredMessage | AgentRun>(collection)
    .insertMany([...documents]);
}

function botOf(deps: SampleDeps, number: number): Account {
  const status = statuses[number % statuses.length] ?? "approved";
  const now = deps.clock.now();
  const policyId = number % 3 === 0 ? "manual-review" : "auto";
  const fresh = newAccount(deps, actor, { ...sampleBot(number), owner: null, policyId });
  const isScanned = status !== "pending_login";
  const works = status === "approved";
  return {
    ...fresh,
    auditOutbox: [],
    status,
    live: isScanned,
    polling: works,
    generation: isScanned ? 1 : 0,
    ...(isScanned
      ? { botId: `${fresh._id}@im.bot`, ilinkUserId: `sample-${fresh._id}@im.wechat` }
      : {}),
    loggedInAt: isScanned ? plusSeconds(now, -86_400) : null,
    lastGoodPollAt: works ? plusSeconds(now, -(number % 50)) : null,
    lastInboundAt: works ? plusSeconds(now, -60 * (number % minutesBetween)) : null,
    ...(status === "login_expired"
      ? { statusBeforeExpiry: "approved" as const, loginExpiredAt: plusSeconds(now, -3_600) }
      : {}),
  };
}

type Talk = { conversation: Conversation; messages: StoredMessage[]; run: AgentRun };

/** One contact's question and what became of it, as old as its number says. */
function talkOf(
  deps: SampleDeps,
  { account, policy, number }: { account: Account; policy: Policy; number: number },
): Talk {
  const at = plusSeconds(deps.clock.now(), -60 * ((number * minutesBetween) % 1_400));
  const then: SampleDeps = {
    ...deps,
    newId: idMaker(() => at),
    clock: { ...deps.clock, now: () => at, ageNow: () => at },
  };
  const conversation = conversationOf(then, account, number);
  const message = questionOf(then, conversation, number);
  const status = outcomes[number % outcomes.length] ?? "sent";
  const begun = newRun(then, {
    account,
    policy,
    conversation,
    messages: [message],
    turnId: then.newId("turn"),
    aliveUntil: at,
    via: "chat",
  });
  const outputText = pick(answers, number);
  const answer = answerOf(then, conversation, { runId: begun._id, text: outputText, status });
  const { unfinished: _, ...run } = begun;
  return {
    conversation,
    messages: [{ ...message, runId: begun._id }, ...(answer ? [answer] : [])],
    run: {
      ...run,
      status,
      outputText,
      error: status === "error" ? "send.refused: WeChat took no more" : null,
      requiresHumanReview: status === "awaiting_review",
      outboundMessageId: answer?._id ?? null,
      turnId: null,
      aliveUntil: null,
      hermesStartedAt: at,
      hermesEndedAt: plusMs(at, 1_500 + (number % 9) * 700),
      completedAt: plusMs(at, 9_000),
      acceptedAt: status === "sent" ? plusMs(at, 9_500) : null,
      ...(status === "awaiting_review" ? draftOf(conversation) : {}),
    },
  };
}

function draftOf({ lastInboundAt }: Conversation): Pick<AgentRun, "draft" | "review"> {
  const windowEndsAt = plusMs(lastInboundAt, windowMs);
  return { draft: true, review: Review.parse({ windowEndsAt }) };
}

function conversationOf(deps: SampleDeps, account: Account, number: number): Conversation {
  const userId = `sample-contact-${number}@im.wechat`;
  const now = deps.clock.now();
  const alias = number % 4 === 0 ? null : `Table ${number + 1}`;
  return {
    _id: conversationIdOf(account._id, userId),
    accountId: account._id,
    userId,
    alias,
    note: null,
    contextToken: null,
    generation: account.generation,
    sessionId: null,
    lastInboundAt: now,
    credits: 10 - (number % 10),
    creditClientIds: [],
    hermesSession: 1,
    turn: null,
    takenOverBy: null,
    noticeAt: null,
    searchKeys: searchKeysOf([alias]),
    createdAt: now,
    version: 1,
  };
}

function questionOf(deps: SampleDeps, conversation: Conversation, number: number): InboundMessage {
  const _id = deps.newId("message");
  const now = deps.clock.now();
  const { accountId, userId, generation } = conversation;
  return InboundMessage.parse({
    _id,
    accountId,
    conversationId: conversation._id,
    userId,
    direction: "inbound",
    dedupeKeys: [`sample:${_id}`],
    text: pick(questions, number),
    createdAt: now,
    version: 1,
    generation,
    sentAt: now,
    receivedAt: now,
    sessionId: null,
    contextToken: null,
    raw: {},
    media: [],
    pushAfter: now,
    runId: null,
    unansweredReason: null,
  });
}

/** A draft has no message yet; a run that failed has one that WeChat refused. */
function answerOf(
  deps: SampleDeps,
  { _id: conversationId, accountId, userId }: Conversation,
  { runId, text, status }: { runId: string; text: string; status: RunStatus },
): OutboundMessage | null {
  if (status === "awaiting_review") return null;
  const id = deps.newId("message");
  const of = { accountId, conversationId, userId, runId, onceKey: id };
  const { open: _, ...composed } = compose(deps, { id, kind: "answer", text, ...of });
  const chunksAs = (changed: Partial<Chunk>) =>
    composed.chunks.map((chunk) => ({ ...chunk, attempts: 1, ...changed }));
  if (status === "parked") {
    return {
      ...composed,
      open: "parked",
      chunks: chunksAs({ state: "parked", code: "window_shut" }),
    };
  }
  if (status === "error") {
    return { ...composed, failure: "dead", chunks: chunksAs({ state: "dead", code: "-2" }) };
  }
  return { ...composed, chunks: chunksAs({ state: "accepted", acceptedAt: deps.clock.now() }) };
}

async function keepOutage(deps: SampleDeps): Promise<void> {
  const { HERMES_API_BASE_URL: id } = deps.settings.hermes;
  const now = deps.clock.now();
  const from = plusSeconds(now, -5 * 3_600);
  const store = hermesHealthStore(deps.db);
  await store.markAway({ id, state: "down", cause: "refused", now: from, nextProbeAt: from });
  await store.markUp(id, plusSeconds(from, 1_500));
}

function pick<T>(from: readonly [T, ...T[]], number: number): T {
  return from[number % from.length] ?? from[0];
}
