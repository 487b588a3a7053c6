import { MongoClient, type CommandStartedEvent, type Db } from "mongodb";
import { afterAll, describe, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { ownHermesStore } from "#core/accounts/own-hermes.store.ts";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { waitingRunStore } from "#core/agent-runs/waiting-run.store.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import { readBriefing, readStanding } from "#core/agent-runs/briefing.ts";
import { expiryNoticeStore } from "#core/alerts/expiry-notice.store.ts";
import { rescanLinkStore } from "#core/alerts/rescan-link.store.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { conversationStore, releaseStatement } from "#core/conversations/conversation.store.ts";
import { loginStore } from "#core/logins/login.store.ts";
import { joinStatements, messageStore } from "#core/messages/message.store.ts";
import { leaseStore } from "#core/polling/lease.store.ts";
import { lookAround } from "#core/polling/look-around.ts";
import { pollerStore } from "#core/polling/poller.store.ts";
import { reviewStore } from "#core/reviews/review.store.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { heartbeatStore } from "#core/sweeps/heartbeat.store.ts";
import { cleanUpStore } from "#core/sweeps/clean-up.store.ts";
import { userStore } from "#core/users/user.store.ts";
import { approvedAccount, begunRun, openConversation, waitingMessage } from "./records.ts";
import { isWithin, scansAll, servedBy, statementsOf, type Statement } from "./query-plans.ts";
import { testDeps, type TestDeps } from "./test-deps.ts";
import { withDatabase } from "./with-database.ts";

const database = withDatabase();
const client = new MongoClient(database.uri, { monitorCommands: true, ignoreUndefined: true });
afterAll(() => client.close());

const sent: Statement[] = [];
client.on("commandStarted", ({ command }: CommandStartedEvent) => {
  sent.push(...statementsOf(command));
});

const now = new Date();
const accountId = "acc_1";
const conversationId = "cnv_1";
const lease = { accountId, leaseId: "lse_1", pollerId: "plr_1", generation: 1 };
const turn = { conversationId, turnId: "trn_1", clientId: "chk_1", now, expiresAt: now };
const inbound = {
  conversationId,
  accountId,
  userId: "o@im.wechat",
  generation: 1,
  contextToken: null,
  sessionId: null,
  sentAt: now,
  text: "hello",
  now,
};

type Ask = (db: Db) => Promise<unknown>;

const asPollers: Record<string, Ask> = {
  "a tick looks at its account": (db) => leaseStore(db).findPollable(accountId),
  "a tick looks for pollers": (db) => pollerStore(db).listAlive(now),
  "a poller looks around": (db) => lookAround(testDeps(db), { ...lease, now, places: 50 }),
  "a full poller looks around": (db) => lookAround(testDeps(db), { ...lease, now, places: 0 }),
  "due accounts are taken": (db) =>
    leaseStore(db).take({ ...lease, due: [approvedAccount(testDeps(db))], now, expiresAt: now }),
  "leases are renewed": (db) =>
    leaseStore(db).renew({ ...lease, polled: [lease], now, expiresAt: now }),
  "a cursor moves on": (db) => leaseStore(db).advanceCursor(lease, "cursor", now),
  "an account is given back": (db) => leaseStore(db).release(lease, { pollAfter: now }),
  "copies of messages are looked for": (db) =>
    messageStore(db).listSeen([waitingMessage(testDeps(db), { ...inbound, _id: conversationId })]),
  "a message finds its conversation": (db) => conversationStore(db).noteInbound([inbound]),
};

const asAgents: Record<string, Ask> = {
  "a turn is taken": (db) => conversationStore(db).takeTurn(turn),
  "a briefing is read": (db) => readBriefing(testDeps(db), conversationId),
  "an invocation looks whether people stepped in": (db) =>
    readStanding(testDeps(db), conversationId),
  "a credit is taken": (db) =>
    conversationStore(db).takeCredit({ ...turn, isNotice: false, ageNow: now }),
  "a turn is given back": (db) => conversationStore(db).releaseTurn({ ...turn, settled: true }),
  "a run makes a step": (db) =>
    agentRunStore(db).tryStep({ runId: "run_1", turnId: null, from: ["running"], to: "sending" }),
  "runs are looked for by their messages": (db) =>
    agentRunStore(db).listOfMessages(accountId, ["msg_1"]),
  "the same question is looked for": (db) =>
    agentRunStore(db).countSameQuestion(someRun(testDeps(db))),
  "who waits for a place is looked for": (db) =>
    waitingRunStore(db).listForPlace({
      ...waiting(db),
      after: "acc_1",
      dueBefore: now,
    }),
  "a run takes its messages": (db) =>
    agentRunStore(db).insertWith(someRun(testDeps(db)), joinStatements(["msg_1"], "run_1")),
  "the last run of a turn is sent": (db) =>
    agentRunStore(db).stepWith({ runId: "run_1", turnId: "trn_1", from: ["sending"], to: "sent" }, [
      releaseStatement(turn),
    ]),
  "messages join a run": (db) => messageStore(db).joinRun(["msg_1"], "run_1"),
  "a chunk's try is counted": (db) => outboundStore(db).beginChunk("msg_1", 0, 1),
};

const log = (db: Db) => testDeps(db).log;

const asSweeps: Record<string, Ask> = {
  "forgotten messages are listed": (db) => messageStore(db).listForgotten(now, 100, log(db)),
  "due runs are listed": (db) => waitingRunStore(db).listDue({ ...waiting(db), now }),
  "runs that wait too long are listed": (db) =>
    waitingRunStore(db).listTooOld({ ...waiting(db), before: now }),
  "contacts to tell that they wait are listed": (db) =>
    waitingRunStore(db).listUntold(now, 100, log(db)),
  "each Hermes to look for is listed": (db) => hermesHealthStore(db).listProbes(now, 100, log(db)),
  "an account with a Hermes is looked for": (db) => ownHermesStore(db).findUser("http://h/v1"),
  "moved accounts are listed": (db) => ownHermesStore(db).listMoved(100, log(db)),
  "abandoned runs are listed": (db) => agentRunStore(db).listAbandoned(now, 100, log(db)),
  "places that are taken are counted": (db) => waitingRunStore(db).countBusy(null, now),
  "due outbound messages are listed": (db) => outboundStore(db).listDue(now, 100, log(db)),
  "unattended logins are listed": (db) => loginStore(db).listUnattended(now, 100, log(db)),
  "schedules that differ are listed": (db) => accountStore(db).listScheduleDiffers(100, log(db)),
  "audit lines left behind are moved": (db) =>
    auditStore(db).moveLeftBehind({ before: now, limit: 100, log: log(db) }),
  "accounts to clean up are listed": (db) => accountStore(db).listRetiring(100, log(db)),
  "a clean-up cancels runs": (db) => cleanUpStore(db).cancelRuns(accountId),
  "a clean-up empties runs": (db) => cleanUpStore(db).emptyRuns(accountId, 1000),
  "a clean-up deletes messages": (db) => cleanUpStore(db).deleteMessages(accountId, 1000),
  "a clean-up deletes conversations": (db) => cleanUpStore(db).deleteConversations(accountId, 1000),
  "a clean-up deletes logins": (db) => cleanUpStore(db).deleteLogins(accountId),
  "a clean-up deletes rescan links": (db) => rescanLinkStore(db).deleteOf(accountId),
  "how well accounts are polled is read": (db) => heartbeatStore(db).readCoverage(now),
  "runs that are not over are read": (db) => heartbeatStore(db).readRuns(),
  "the longest forgotten message is looked for": (db) => heartbeatStore(db).findForgottenSince(now),
  "operators told lately are counted": (db) => expiryNoticeStore(db).countSentSince(now, 20),
  "expired logins are counted": (db) => heartbeatStore(db).countExpiredLogins(),
  "dead jobs are counted": (db) => heartbeatStore(db).countDeadJobs(),
  "quiet accounts are listed": (db) => heartbeatStore(db).listQuiet(now, now, 50),
  "a quiet account's day is looked at": (db) =>
    heartbeatStore(db).hasInbound(accountId, "msg_1", "msg_2"),
  "accounts that are to have a schedule are listed": (db) => accountStore(db).listScheduledIds(),
  "operators to tell are looked for": (db) => expiryNoticeStore(db).listDue(now, 10),
  "an expiry notice is claimed": (db) =>
    expiryNoticeStore(db).claim({ accountId, generation: 1 }, now, now),
};

const asPeople: Record<string, Ask> = {
  "a scan looks for the person's account": (db) => accountStore(db).findLiveByOwner("o@im.wechat"),
  "a login looks for an open one": (db) => loginStore(db).findOpenOf(accountId, now),
  "somebody opens a rescan link": (db) => rescanLinkStore(db).findByHash("hash"),
  "a rescan link starts a login": (db) => rescanLinkStore(db).takeLogin("rsl_1", now),
  "a confirmed login spends its links": (db) => rescanLinkStore(db).spendThoseOf("lgn_1", now),
  "a new login wakes what was parked": (db) =>
    outboundStore(db).wakeParked({ accountId, code: "login_expired", now }),
  "a new login has waiting runs tried again": (db) =>
    agentRunStore(db).wakeWaiting({ accountId, now }),
  "a worker takes a login": (db) => loginStore(db).takeLease("lgn_1", "worker", now, now),
  "an account's runs are listed": (db) => agentRunStore(db).list({ accountId, limit: 50 }),
  "runs are listed by status": (db) => agentRunStore(db).list({ status: "error", limit: 50 }),
  "a conversation's messages are listed": (db) =>
    messageStore(db).list({ conversationId, limit: 50 }),
  "an account's messages are listed": (db) => messageStore(db).list({ accountId, limit: 50 }),
  "somebody signs in": (db) => userStore(db).findByName("Mei"),
  "a browser's request is let in": (db) => userStore(db).findBySession("hash"),
  "a program's request is let in": (db) => userStore(db).findByToken("hash"),
  "a link is opened": (db) => userStore(db).findByLink("hash", now),
  "a token is revoked": (db) => userStore(db).find({ "tokens._id": "tok_1" }),
  "what a disabled user had open is freed": (db) => reviewStore(db).releaseAllOf("usr_1", now),
  "the audit log is listed": (db) => auditStore(db).list({ actorId: "usr_1", limit: 50 }),
  "what happened to an account is listed": (db) => auditStore(db).listOf(accountId, 50),
};

function waiting(db: Db) {
  return { own: null, limit: 100, log: testDeps(db).log };
}

function someRun(deps: TestDeps) {
  const conversation = openConversation(deps, accountId);
  const messages = [waitingMessage(deps, conversation)];
  return begunRun(deps, { account: approvedAccount(deps), conversation, messages });
}

describe.each([
  ["polling", asPollers],
  ["answering", asAgents],
  ["sweeping", asSweeps],
  ["people", asPeople],
])("no statement of %s goes through a whole collection", (_who, asks) => {
  test.each(Object.entries(asks))("%s", async (_what, ask) => {
    const db = client.db(database.name);
    sent.length = 0;
    await ask(db);
    const asked = [...sent];
    expect(asked.length).toBeGreaterThan(0);
    for (const statement of asked) {
      const shown = JSON.stringify(statement);
      expect(servedBy(statement), `no index serves ${shown}`).not.toBeNull();
      expect(await scansAll(db, statement), `all is scanned for ${shown}`).toBe(false);
    }
  });
});

test("an index with a filter serves only a query that MongoDB sees to lie within it", () => {
  const present = { open: { $exists: true } };
  expect(isWithin({ open: "going" }, { open: { $type: "string" } })).toBe(false);
  expect(isWithin({ open: "going" }, present)).toBe(true);
  expect(isWithin({ open: { $in: ["going", "parked"] } }, present)).toBe(true);
  expect(isWithin({ open: null }, present)).toBe(false);
  expect(isWithin({ pushAfter: { $lte: now } }, present)).toBe(false);
  expect(isWithin({ waiting: true }, { waiting: true })).toBe(true);
  expect(isWithin({ waiting: { $ne: false } }, { waiting: true })).toBe(false);
});
