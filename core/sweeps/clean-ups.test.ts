import { beforeEach, expect, test } from "vitest";
import {
  approvedAccount,
  begunRun,
  openConversation,
  operator,
  waitingLogin,
  waitingMessage,
} from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { Account } from "#core/accounts/account.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { retire } from "#core/accounts/change-account.ts";
import { agentRunStore } from "#core/agent-runs/agent-run.store.ts";
import type { RunStatus } from "#core/agent-runs/agent-run.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { loginStore } from "#core/logins/login.store.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { conversationIdOf } from "#core/shared/ids.ts";
import { cleanUpStore } from "./clean-up.store.ts";
import { cleanUps } from "./clean-ups.ts";

const { db } = withDatabase();

function sweepDeps() {
  const removed: string[] = [];
  return {
    ...testDeps(db()),
    removed,
    schedules: {
      list: async () => [],
      async put() {},
      async remove(accountId: string) {
        removed.push(accountId);
        if (accountId.endsWith("BROKEN")) throw new Error("AWS says no");
      },
    },
    pollStarter: { async watchLogin() {} },
    deadLetters: { receive: async () => [], async remove() {} },
  };
}

let deps: ReturnType<typeof sweepDeps>;
beforeEach(() => {
  deps = sweepDeps();
});
const delayMs = () => deps.settings.retry.CLEAN_UP_DELAY_SECONDS * 1000;

/** An account with a contact, a login, messages and a run in each of these statuses. */
async function livedIn(
  statuses: readonly RunStatus[],
  { messages = 3, id }: { messages?: number; id?: string } = {},
): Promise<Account> {
  const account = approvedAccount(deps, id ? { _id: id } : {});
  await accountStore(db()).insert(account);
  await loginStore(db()).insert(
    waitingLogin(deps, account._id, { open: false, status: "completed" }),
  );
  for (const [n, status] of statuses.entries()) {
    const userId = `oContact${n}@im.wechat`;
    const conversation = openConversation(deps, account._id, {
      userId,
      _id: conversationIdOf(account._id, userId),
    });
    await db().collection<Conversation>("conversations").insertOne(conversation);
    const asked = Array.from({ length: messages }, () => waitingMessage(deps, conversation));
    await messageStore(db()).insertUnseen(asked);
    const run = begunRun(
      deps,
      { account, conversation, messages: asked.slice(0, 1) },
      {
        status,
        outputText: "a private answer",
        rawResponse: { text: "a private answer" },
      },
    );
    await agentRunStore(db()).insert(run);
  }
  return account;
}

async function leftOf(account: Account): Promise<Record<string, number>> {
  const left: Record<string, number> = {};
  for (const name of ["messages", "conversations", "logins", "agent_runs"]) {
    left[name] = await db().collection(name).countDocuments({ accountId: account._id });
  }
  return left;
}

test("a retired account's messages, conversations, logins, texts and schedule go; runs and audit stay", async () => {
  const account = await livedIn(["running", "awaiting_review", "parked", "retry_pending", "sent"]);
  const neighbour = await livedIn(["sent"]);
  await retire(deps, operator, account._id);

  await cleanUps.run(deps);
  expect(await leftOf(account)).toMatchObject({ messages: 15, conversations: 5 });

  await deps.clock.advance(delayMs());
  expect(await cleanUps.run(deps)).toBe(1);

  expect(await leftOf(account)).toEqual({
    messages: 0,
    conversations: 0,
    logins: 0,
    agent_runs: 5,
  });
  const runs = await agentRunStore(db()).list({ accountId: account._id, limit: 9 });
  for (const run of runs) {
    expect(run).toMatchObject({
      inputText: "",
      outputText: null,
      rawResponse: null,
      request: null,
    });
    expect(run).not.toHaveProperty("unfinished");
  }
  expect(runs.map(({ status }) => status).toSorted()).toEqual([
    ...Array.from({ length: 4 }, () => "cancelled"),
    "sent",
  ]);
  const after = await accountStore(db()).get(account._id);
  expect(after).toMatchObject({ status: "retired", live: false, scheduleApplied: "off" });
  for (const field of ["botId", "ilinkUserId", "credential", "baseUrl"]) {
    expect(after).not.toHaveProperty(field);
  }
  expect(deps.removed).toEqual([account._id]);
  const actions = (await auditStore(db()).listOf(account._id, 9)).map(({ action }) => action);
  expect(actions).toEqual(["account.retired", "account.retiring"]);
  expect(await leftOf(neighbour)).toMatchObject({ messages: 3, conversations: 1 });
  expect(await cleanUps.run(deps)).toBe(0);
});

test("what is deleted goes in batches, so that a large account keeps nothing else waiting", async () => {
  const account = await livedIn(["sent", "sent"], { messages: 3 });
  const store = cleanUpStore(db());
  const batches = [];
  for (let n = 0; n < 3; n++) batches.push(await store.deleteMessages(account._id, 4));
  expect(batches).toEqual([4, 2, 0]);
  for (let n = 0; n < 2; n++) batches.push(await store.emptyRuns(account._id, 1));
  expect(batches.slice(3)).toEqual([1, 1]);
  expect(await store.emptyRuns(account._id, 1)).toBe(0);
  expect(await store.deleteConversations(account._id, 9)).toBe(2);
});

test("one account whose schedule cannot be removed does not keep the others", async () => {
  const stuck = await livedIn([], { id: "acc_ZZZBROKEN" });
  const other = await livedIn([]);
  await retire(deps, operator, stuck._id);
  await retire(deps, operator, other._id);
  await deps.clock.advance(delayMs());
  await expect(cleanUps.run(deps)).rejects.toThrow("AWS says no");
  expect((await accountStore(db()).get(other._id)).status).toBe("retired");
  expect((await accountStore(db()).get(stuck._id)).status).toBe("retiring");
});
