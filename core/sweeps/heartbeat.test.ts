import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { systemOf } from "#core/database/system.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { deadJobStore } from "#core/queue/dead-job.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { metricNames, metrics } from "#core/telemetry/metrics.ts";
import { approvedAccount, begunRun, openConversation, waitingMessage } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { heartbeat } from "./heartbeat.ts";

const { db } = withDatabase();
const Told = z.record(z.string(), z.unknown());

function beatingDeps() {
  return {
    ...testDeps(db()),
    schedules: { async put() {}, async remove() {}, list: async () => [] },
    pollStarter: { async watchLogin() {} },
    deadLetters: { receive: async () => [], async remove() {} },
  };
}

let deps: ReturnType<typeof beatingDeps>;
beforeEach(async () => {
  deps = beatingDeps();
  for (const name of ["accounts", "agent_runs", "messages", "hermes", "dead_jobs", "pollers"]) {
    await db().collection(name).deleteMany({});
  }
  await systemOf(db()).deleteMany({ _id: "silence" });
});

async function beat(): Promise<Record<string, unknown>> {
  await heartbeat.run(deps);
  deps.measure.flush();
  return Told.parse(JSON.parse(deps.metricLines.at(-1) ?? "{}"));
}

async function addAccount(changed: Partial<Account> = {}): Promise<Account> {
  const account = approvedAccount(deps, {
    scheduleWanted: "on",
    botId: deps.newId("job"),
    ilinkUserId: deps.newId("job"),
    updatedAt: deps.clock.now(),
    ...changed,
  });
  await accountStore(db()).insert(account);
  return account;
}

async function addRun(account: Account, changed: Partial<AgentRun>): Promise<void> {
  const conversation = openConversation(deps, account._id, { userId: deps.newId("job") });
  const messages = [waitingMessage(deps, conversation)];
  await agentRunStore(db()).insert({
    ...begunRun(deps, { account, conversation, messages }),
    ...changed,
  });
}

const secondsAgo = (seconds: number) => plusSeconds(deps.clock.now(), -seconds);

test("an empty hub beats, and nothing of it is old", async () => {
  const states = metricNames.filter((name) => metrics[name].kind === "state");
  const told = await beat();
  expect(states.filter((name) => told[name] !== 0)).toEqual(["Heartbeat"]);
});

test("the poll gap is that of the longest neglected account, from when it was to be polled", async () => {
  const old = { updatedAt: secondsAgo(3600) };
  await addAccount({ ...old, lastGoodPollAt: secondsAgo(20) });
  await addAccount({ ...old, lastGoodPollAt: secondsAgo(400) });
  await addAccount({ lastGoodPollAt: secondsAgo(9000) });
  await addAccount({ ...old, status: "suspended", scheduleWanted: "off" });
  expect(await beat()).toMatchObject({ AccountsWanted: 3, AccountsPolled: 0, PollGapSeconds: 400 });
});

test("accounts in a poller's hands are covered", async () => {
  const lease = { id: "lse_1", pollerId: "plr_1", expiresAt: plusSeconds(deps.clock.now(), 60) };
  await addAccount({ lease });
  await addAccount();
  expect(await beat()).toMatchObject({ AccountsWanted: 2, AccountsPolled: 1 });
});

test("what waits, what is to be reviewed and what is parked have each its own oldest", async () => {
  const account = await addAccount();
  await addRun(account, { status: "retry_pending", createdAt: secondsAgo(700) });
  const over = { unfinished: undefined };
  await addRun(account, { ...over, status: "awaiting_review", completedAt: secondsAgo(500) });
  await addRun(account, { ...over, status: "parked", completedAt: secondsAgo(90) });
  await addRun(account, { ...over, status: "sent", createdAt: secondsAgo(9999) });
  expect(await beat()).toMatchObject({
    RunsWaiting: 1,
    OldestWaitingSeconds: 700,
    ReviewsWaiting: 1,
    OldestReviewSeconds: 500,
    ParkedWaiting: 1,
    OldestParkedSeconds: 90,
  });
});

test("a message whose job was never pushed waits too", async () => {
  const account = await addAccount();
  const conversation = openConversation(deps, account._id);
  await messageStore(db()).insertUnseen([
    waitingMessage(deps, conversation, { pushAfter: secondsAgo(800) }),
  ]);
  expect(await beat()).toMatchObject({ RunsWaiting: 0, OldestWaitingSeconds: 800 });
});

test("Hermes away, expired logins, dead jobs and differing schedules are told", async () => {
  await hermesHealthStore(db()).markAway({
    id: deps.settings.hermes.HERMES_API_BASE_URL,
    state: "misconfigured",
    cause: "http_401",
    now: secondsAgo(650),
    nextProbeAt: deps.clock.now(),
  });
  await addAccount({ status: "login_expired", scheduleWanted: "off", scheduleDiffers: true });
  const dead = { why: "unreadable", body: "{", now: deps.clock.now() } as const;
  await deadJobStore(db()).keep({ ...dead, sqsMessageId: "1" });
  expect(await beat()).toMatchObject({
    HermesAwaySeconds: 650,
    HermesMisconfigured: 1,
    LoginsExpired: 1,
    DeadJobs: 1,
    SchedulesDiffering: 1,
  });
});

describe("silence", () => {
  async function writesOn(days: readonly number[], lastAt: Date): Promise<void> {
    const account = await addAccount({ lastInboundAt: lastAt });
    const conversation = openConversation(deps, account._id, { userId: deps.newId("job") });
    const messages = days.map((day) =>
      waitingMessage(deps, conversation, {
        _id: idMaker(() => secondsAgo(day * 86_400 + 3600))("message"),
        dedupeKeys: [deps.newId("job")],
      }),
    );
    await messageStore(db()).insertUnseen(messages);
  }

  test("tells where most days of the week before had a message, and the last day none", async () => {
    await writesOn([1, 2, 3, 5, 6], secondsAgo(86_400 + 3600));
    await writesOn([1, 5], secondsAgo(86_400 + 3600));
    await writesOn([0, 1, 2, 3, 4, 5], secondsAgo(3600));
    expect(await beat()).toMatchObject({ AccountsSilent: 1 });
  });

  test("is looked for once an hour", async () => {
    expect(await beat()).toHaveProperty("AccountsSilent");
    await deps.clock.advance(60_000);
    expect(await beat()).not.toHaveProperty("AccountsSilent");
    await deps.clock.advance(3_600_000);
    expect(await beat()).toHaveProperty("AccountsSilent");
  });
});
