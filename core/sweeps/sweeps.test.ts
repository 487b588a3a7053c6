import { beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { auditLine } from "#core/audit/record.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { loginStore } from "#core/logins/login.store.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { deadJobStore } from "#core/queue/dead-job.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import {
  approvedAccount,
  begunRun,
  openConversation,
  operator,
  outboundMessage,
  waitingLogin,
  waitingMessage,
} from "#test/records.ts";
import { sweepTestDeps, type SweepTestDeps } from "#test/sweep-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { abandonedRuns } from "./abandoned-runs.ts";
import { auditLines } from "./audit-lines.ts";
import { deadLetters } from "./dead-letters.ts";
import { dueOutbound } from "./due-outbound.ts";
import { dueRuns, inTurn } from "./due-runs.ts";
import { forgottenMessages } from "./forgotten-messages.ts";
import { wantedSchedules } from "./schedules.ts";
import { unattendedLogins } from "./unattended-logins.ts";

const { db } = withDatabase();
/** RETRY_GRACE_SECONDS: what is overdue by less is left to whoever is at work on it. */
const graceSeconds = 30;

test("a dead letter whose conversation cannot be read any more holds up no other", async () => {
  const conversationId = "cnv_broken";
  const broken = { _id: conversationId, accountId: "acc_of_broken", createdAt: "yesterday" };
  await db().collection<{ _id: string }>("conversations").insertOne(broken);
  const job = { version: 1, jobId: "job_1", conversationId, do: "resume", ref: conversationId };
  deps.letters.push(
    { body: JSON.stringify(job), receiptHandle: "h1", sqsMessageId: "broken" },
    { body: "{}", receiptHandle: "h2", sqsMessageId: "after_broken" },
  );
  expect(await deadLetters.run(deps)).toBe(2);
  const jobs = await deadJobStore(db()).list({ limit: 20 });
  expect(jobs).toContainEqual(
    expect.objectContaining({ _id: "dead_broken", conversationId, accountId: "acc_of_broken" }),
  );
  expect(deps.letters).toEqual([]);
});

let deps: SweepTestDeps;
let now: Date;
beforeEach(async () => {
  deps = sweepTestDeps(db());
  now = deps.clock.now();
  const used = [
    "accounts",
    "logins",
    "conversations",
    "messages",
    "agent_runs",
    "dead_jobs",
    "hermes",
  ];
  for (const name of used) await db().collection(name).deleteMany({});
});

function overdue(seconds: number): Date {
  return plusSeconds(now, -seconds);
}

let contacts = 0;
function newConversation(accountId = "acc_1"): Conversation {
  return openConversation(deps, accountId, { userId: `oContact${(contacts += 1)}@im.wechat` });
}

async function insertRun(accountId: string, changed: Partial<AgentRun>): Promise<AgentRun> {
  const conversation = newConversation(accountId);
  const account = approvedAccount(deps, { _id: accountId });
  const messages = [waitingMessage(deps, conversation)];
  const run = begunRun(deps, { account, conversation, messages }, changed);
  await agentRunStore(db()).insert(run);
  return run;
}

describe("messages whose job was never pushed", () => {
  test("get one job per conversation, and their conversation if that is missing", async () => {
    const known = newConversation();
    const missing = newConversation();
    await db().collection<Conversation>("conversations").insertOne(known);
    const pushAfter = overdue(graceSeconds);
    const messages = [
      waitingMessage(deps, known, { pushAfter }),
      waitingMessage(deps, known, { pushAfter }),
      waitingMessage(deps, missing, { pushAfter, contextToken: "token-9" }),
    ];
    await messageStore(db()).insertUnseen(messages);

    expect(await forgottenMessages.run(deps)).toBe(3);

    expect(deps.jobs.map(({ conversationId, do: kind }) => [conversationId, kind])).toEqual([
      [known._id, "answer"],
      [missing._id, "answer"],
    ]);
    expect(await conversationStore(db()).get(missing._id)).toMatchObject({
      contextToken: "token-9",
      credits: 10,
    });
    expect(await conversationStore(db()).get(known._id)).toEqual(known);
  });

  test("are left to their poller while they are young, and not pushed every minute", async () => {
    const young = waitingMessage(deps, newConversation(), { pushAfter: overdue(graceSeconds - 1) });
    const old = waitingMessage(deps, newConversation(), { pushAfter: overdue(graceSeconds) });
    await messageStore(db()).insertUnseen([young, old]);
    expect(await forgottenMessages.run(deps)).toBe(1);
    expect(await forgottenMessages.run(deps)).toBe(0);
    expect(deps.jobs.map(({ ref }) => ref)).toEqual([old._id]);
  });

  test("are pushed again after a while, under a new job, when nothing came of it", async () => {
    const message = waitingMessage(deps, newConversation(), { pushAfter: overdue(graceSeconds) });
    await messageStore(db()).insertUnseen([message]);
    await forgottenMessages.run(deps);
    await deps.clock.advance(331_000);
    expect(await forgottenMessages.run(deps)).toBe(1);
    expect(new Set(deps.jobs.map(({ jobId }) => jobId)).size).toBe(2);
  });

  test("that nobody can read are named in the log, and hold up no other", async () => {
    const [broken, sound] = [newConversation(), newConversation()].map((conversation) =>
      waitingMessage(deps, conversation, { pushAfter: overdue(graceSeconds) }),
    );
    await messageStore(db()).insertUnseen([broken, sound].filter((message) => !!message));
    const messages = db().collection<{ _id: string }>("messages");
    await messages.updateOne({ _id: String(broken?._id) }, { $set: { sentAt: "yesterday" } });

    expect(await forgottenMessages.run(deps)).toBe(1);
    expect(deps.jobs.map(({ ref }) => ref)).toEqual([sound?._id]);
    expect(deps.logLines.join()).toContain(broken?._id);
    expect(await messageStore(db()).listForgotten(now, 10, deps.log)).toMatchObject({ ids: [] });
  });
});

describe("runs whose Lambda died", () => {
  test.each(["running", "retrying", "sending"] as const)("are gone on with: %s", async (status) => {
    const run = await insertRun("acc_1", { status, aliveUntil: overdue(graceSeconds) });
    expect(await abandonedRuns.run(deps)).toBe(1);
    expect(deps.jobs).toEqual([
      expect.objectContaining({
        conversationId: run.conversationId,
        do: "resume",
        ref: run._id,
      }),
    ]);
    expect(await abandonedRuns.run(deps)).toBe(0);
  });

  test("are not touched while it may be alive, nor when they wait", async () => {
    await insertRun("acc_1", { aliveUntil: overdue(graceSeconds - 1) });
    await insertRun("acc_1", { status: "retry_pending", aliveUntil: null });
    expect(await abandonedRuns.run(deps)).toBe(0);
  });
});

describe("runs that are due", () => {
  const due = (accountId: string, seconds: number) =>
    insertRun(accountId, {
      status: "retry_pending",
      waitCause: "hermes_down",
      nextAttemptAt: overdue(seconds),
      turnId: null,
      aliveUntil: null,
    });

  test("are tried again, an account with many not before the others, as many as there are places", async () => {
    const many = [await due("acc_many", 90), await due("acc_many", 80), await due("acc_many", 70)];
    const few = await due("acc_few", 10);
    await due("acc_none", -10);

    expect(await dueRuns.run(deps)).toBe(3);

    const [first, second] = many;
    expect(deps.jobs.map(({ ref }) => ref)).toEqual([few._id, first?._id, second?._id]);
    expect(deps.jobs.every(({ do: kind }) => kind === "retry")).toBe(true);
    // Their places are taken until they are at work, or lost.
    expect(await dueRuns.run(deps)).toBe(0);
    await deps.clock.advance(61_000);
    expect(await dueRuns.run(deps)).toBe(2);
  });

  test("wait for a place while others are at work", async () => {
    for (let n = 0; n < 2; n++) await insertRun("acc_1", { status: "running" });
    for (let n = 0; n < 3; n++) await due("acc_1", 50);
    expect(await dueRuns.run(deps)).toBe(1);
  });

  test("wait while Hermes is known to be away", async () => {
    await due("acc_1", 50);
    await hermesHealthStore(db()).markAway({
      id: deps.settings.hermes.HERMES_API_BASE_URL,
      state: "down",
      cause: "refused",
      now,
      nextProbeAt: now,
    });
    expect(await dueRuns.run(deps)).toBe(0);
  });

  test("found by two sweeps at once are pushed once", async () => {
    for (let n = 0; n < 3; n++) await due("acc_1", 50);
    await Promise.all([dueRuns.run(deps), dueRuns.run(deps), dueRuns.run(deps)]);
    const refs = deps.jobs.map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
  });

  test("that nobody can read are named in the log, and hold up neither their account nor others", async () => {
    const broken = [await due("acc_1", 90), await due("acc_2", 80)];
    const failed = await due("acc_3", 70);
    const sound = [await due("acc_1", 60), await due("acc_3", 50)];
    const joined = await insertRun("acc_4", {
      status: "retry_pending",
      waitCause: "in_progress",
      nextAttemptAt: overdue(40),
    });
    const runs = db().collection<{ _id: string }>("agent_runs");
    await runs.updateOne({ _id: failed._id }, { $set: { waitCause: "failed_turn" } });
    for (const { _id } of [...broken, failed]) {
      await runs.updateOne({ _id }, { $set: { createdAt: "yesterday" } });
    }

    expect(await dueRuns.run(deps)).toBe(3);

    const refs = new Set(deps.jobs.map(({ ref }) => ref));
    expect(refs).toEqual(new Set([...sound, joined].map(({ _id }) => _id)));
    const told = deps.logLines.join();
    for (const { _id } of [...broken, failed]) expect(told).toContain(_id);
    expect(told).toContain("document.unreadable");
  });

  test("go round the accounts", () => {
    const runs = ["a", "a", "a", "b", "c", "c"].map((accountId) => ({ accountId }));
    expect(
      inTurn(runs)
        .map(({ accountId }) => accountId)
        .join(""),
    ).toBe("abcaca");
    expect(inTurn([])).toEqual([]);
  });
});

describe("outbound messages whose time has come", () => {
  test("get a job, those under way or parked do not", async () => {
    const conversation = newConversation();
    const store = outboundStore(db());
    const dueMessage = outboundMessage(deps, conversation, { pushAfter: overdue(graceSeconds) });
    await store.insert(dueMessage);
    await store.insert(
      outboundMessage(deps, conversation, { pushAfter: overdue(graceSeconds - 1) }),
    );
    await store.insert(
      outboundMessage(deps, conversation, { open: "parked", pushAfter: overdue(600) }),
    );

    expect(await dueOutbound.run(deps)).toBe(1);
    expect(await dueOutbound.run(deps)).toBe(0);
    expect(deps.jobs).toEqual([
      expect.objectContaining({
        conversationId: conversation._id,
        do: "send",
        ref: dueMessage._id,
      }),
    ]);
  });
});

describe("logins without a worker", () => {
  test("get one, unless they were just made, are watched or over", async () => {
    const createdAt = overdue(10);
    const lonely = waitingLogin(deps, "acc_1", { createdAt });
    const lease = { holder: "lse_1", expiresAt: plusSeconds(now, 5) };
    const others = [
      waitingLogin(deps, "acc_1", { createdAt: overdue(9) }),
      waitingLogin(deps, "acc_1", { createdAt, lease }),
      waitingLogin(deps, "acc_1", { createdAt, open: false, status: "failed" }),
    ];
    for (const login of [lonely, ...others]) await loginStore(db()).insert(login);

    expect(await unattendedLogins.run(deps)).toBe(1);
    expect(deps.called).toEqual([`watch ${lonely._id}`]);
  });

  test("get one although Lambda fails for another", async () => {
    const createdAt = overdue(10);
    const logins = [1, 2, 3].map(() => waitingLogin(deps, "acc_1", { createdAt }));
    for (const login of logins) await loginStore(db()).insert(login);
    deps.broken.add(logins[0]?._id ?? "");
    await expect(unattendedLogins.run(deps)).rejects.toThrow("AWS says no");
    expect(deps.called).toHaveLength(3);
  });
});

describe("schedules that are not as wanted", () => {
  async function differing(changed: Partial<Account>): Promise<Account> {
    const account = approvedAccount(deps, { scheduleDiffers: true, ...changed });
    await accountStore(db()).insert(account);
    return account;
  }

  test("are brought to it", async () => {
    const on = await differing({ scheduleWanted: "on" });
    const off = await differing({ scheduleWanted: "off" });
    await differing({ scheduleDiffers: false });
    expect(await wantedSchedules.run(deps)).toBe(2);
    expect(deps.called.toSorted()).toEqual([`put ${on._id}`, `remove ${off._id}`]);
    expect(await wantedSchedules.run(deps)).toBe(0);
  });

  test("are brought to it although Scheduler fails for another", async () => {
    const accounts = [await differing({}), await differing({}), await differing({})];
    deps.broken.add(accounts[0]?._id ?? "");
    await expect(wantedSchedules.run(deps)).rejects.toThrow("AWS says no");
    const left = await accountStore(db()).listScheduleDiffers(9, deps.log);
    expect(left.map(({ _id }) => _id)).toEqual([accounts[0]?._id]);
  });
});

test("audit lines that were left behind reach the log", async () => {
  const account = approvedAccount(deps);
  const line = auditLine(deps, operator, "account.renamed", account._id);
  await accountStore(db()).insert({ ...account, auditOutbox: [line] });
  expect(await auditLines.run(deps)).toBe(0);
  await deps.clock.advance(graceSeconds * 1000);
  expect(await auditLines.run(deps)).toBe(1);
  expect(await auditStore(db()).listOf(account._id, 9)).toEqual([line]);
});

test("dead letters become dead jobs that people can see, each once", async () => {
  const letter = (n: number) => ({
    body: `{"n":${n}}`,
    receiptHandle: `h${n}`,
    sqsMessageId: `m${n}`,
  });
  deps.letters.push(...Array.from({ length: 12 }, (_, n) => letter(n)));
  expect(await deadLetters.run(deps)).toBe(12);
  expect(deps.letters).toEqual([]);
  deps.letters.push(letter(3));
  await deadLetters.run(deps);
  const jobs = await deadJobStore(db()).list({ limit: 20 });
  expect(jobs).toHaveLength(12);
  expect(jobs).toContainEqual(
    expect.objectContaining({ _id: "dead_m3", why: "failed_too_often", body: '{"n":3}' }),
  );
});
