import { beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { plusMs } from "#core/shared/clock.ts";
import { approvedAccount, begunRun, openConversation, waitingMessage } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { checkBots } from "./bots-check.ts";
import { faultsIn } from "./test-context.ts";

const { db } = withDatabase();
const minute = 60_000;
let deps: TestDeps;
let now: Date;
beforeEach(async () => {
  deps = testDeps(db());
  now = deps.clock.now();
  for (const name of ["accounts", "agent_runs"]) await db().collection(name).deleteMany({});
});

const check = () => checkBots(db(), deps.clock);

async function addBot(changed: Partial<Account> = {}): Promise<Account> {
  const account = approvedAccount(deps, { lastGoodPollAt: now, ...changed });
  await db().collection<Account>("accounts").insertOne(account);
  return account;
}

async function addRun(changed: Partial<AgentRun>): Promise<void> {
  const account = approvedAccount(deps);
  const userId = `oContact${deps.newId("message")}@im.wechat`;
  const conversation = openConversation(deps, account._id, { userId });
  const messages = [waitingMessage(deps, conversation)];
  const run = begunRun(deps, { account, conversation, messages }, changed);
  await db().collection<AgentRun>("agent_runs").insertOne(run);
}

describe("bots", () => {
  test("that are approved and polled pass, with what their policies do", async () => {
    await addBot();
    await addBot({ policyId: "manual-review" });
    await addBot({ policyId: "off", polling: false });
    await addBot({ status: "pending_approval", polling: false });
    await addBot({ status: "retired" });
    const lines = await check();
    expect(lines.map(({ name, status, seen }) => `${name} ${status}: ${seen}`)).toEqual([
      "approved pass: 3 approved, 1 pending_approval",
      "polling pass: 2 of 3 approved bots are to be polled",
      "policy pass: 1 auto: answers are sent by themselves, " +
        "1 manual-review: results wait in agent_runs for a person, nothing is sent by itself, " +
        "1 off: nothing is answered",
      "runs pass: no error within a day; 0 retry_pending, 0 retrying, 0 awaiting_review, 0 parked",
    ]);
  });

  test("are not judged while there are none, or while the database cannot be read", async () => {
    expect((await check())[0]).toMatchObject({
      status: "skipped",
      seen: expect.stringContaining("no bot yet"),
    });
    const [approved] = await checkBots(null, deps.clock);
    expect(approved).toMatchObject({ status: "skipped", seen: "waits for database.schema" });
  });

  test("no_bot_approved: one waits for approval, another's login expired", async () => {
    await addBot({ status: "pending_approval" });
    await addBot({ status: "login_expired" });
    const lines = await check();
    expect(faultsIn(lines)).toEqual(["approved: no_bot_approved"]);
    expect(lines[0]?.seen).toBe("1 pending_approval, 1 login_expired");
  });

  test("polling_not_started: it is approved, and that is all", async () => {
    await addBot({ polling: false });
    expect(faultsIn(await check())).toEqual(["polling: polling_not_started"]);
  });

  test("polling_silent: it should be polled and was not for more than 5 minutes", async () => {
    await addBot({ lastGoodPollAt: plusMs(now, -5 * minute) });
    expect(faultsIn(await check())).toEqual([]);
    await addBot({ lastGoodPollAt: plusMs(now, -6 * minute) });
    expect(faultsIn(await check())).toEqual(["polling: polling_silent"]);
  });
});

describe("runs", () => {
  beforeEach(() => addBot());

  test("runs_not_retried: one waits, and its time passed 5 minutes ago", async () => {
    const waiting = { status: "retry_pending" } as const;
    await addRun({ ...waiting, nextAttemptAt: plusMs(now, -4 * minute) });
    expect(faultsIn(await check())).toEqual([]);
    await addRun({ ...waiting, nextAttemptAt: plusMs(now, -6 * minute) });
    const lines = await check();
    expect(faultsIn(lines)).toEqual(["runs: runs_not_retried"]);
    expect(lines.at(-1)?.seen).toContain("1 overdue by more than 5 minutes; 2 retry_pending");
  });

  test("runs_in_error: those of the last day, with their codes and no text", async () => {
    const failed = { status: "error", completedAt: now } as const;
    await addRun({ ...failed, error: "hermes.refused: bad_request" });
    await addRun({ ...failed, error: "hermes.refused: bad_request" });
    await addRun({ ...failed, error: "account.unavailable: the account is gone" });
    await addRun({ ...failed, error: "Somebody wrote: hello" });
    await addRun({ ...failed, completedAt: plusMs(now, -25 * 60 * minute), error: "old.one: x" });
    const lines = await check();
    expect(faultsIn(lines)).toEqual(["runs: runs_in_error"]);
    expect(lines.at(-1)?.seen).toContain(
      "error: 2 hermes.refused: bad_request, 1 account.unavailable, 1 without a code;",
    );
    expect(lines.at(-1)?.seen).not.toContain("hello");
  });
});
