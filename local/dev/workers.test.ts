import { expect, onTestFinished, test, vi } from "vitest";
import { freeLease, type Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { holdSystemLease } from "#core/database/system.ts";
import type { Login } from "#core/logins/login.ts";
import type { Poller } from "#core/polling/poller.ts";
import { startTestHost } from "#local/lambda/testing.ts";
import { approvedAccount, openConversation, waitingLogin } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { replacePollers } from "./follow-sources.ts";
import { freeWhatTheDeadHold } from "./workers.ts";

const { db } = withDatabase();
const inAMinute = (now: Date) => new Date(now.getTime() + 60_000);

/** An account in the hands of a poller that says it is alive. */
async function polledAccount(deps: ReturnType<typeof testDeps>) {
  const now = deps.clock.now();
  const expiresAt = inAMinute(now);
  const pollerId = deps.newId("poller");
  const lease = { id: deps.newId("lease"), pollerId, expiresAt };
  const account = approvedAccount(deps, { lease, pollAfter: now });
  await db().collection<Account>("accounts").insertOne(account);
  const poller = {
    _id: pollerId,
    startedAt: now,
    freePlaces: 49,
    accounts: 1,
    closing: false,
    expiresAt,
  };
  await db().collection<Poller>("pollers").insertOne(poller);
  return { accountId: account._id, pollerId };
}

function leaseOf(accountId: string) {
  return db().collection<Account>("accounts").findOne({ _id: accountId });
}

test("what the workers of an earlier start held is free at the next one", async () => {
  const deps = testDeps(db());
  const now = deps.clock.now();
  const expiresAt = inAMinute(now);
  const { accountId } = await polledAccount(deps);
  const login = waitingLogin(deps, accountId, { lease: { holder: "worker", expiresAt } });
  await db().collection<Login>("logins").insertOne(login);
  const conversation = openConversation(deps, accountId, { turn: { id: "trn_1", expiresAt } });
  await db().collection<Conversation>("conversations").insertOne(conversation);
  const right = { name: "retry", now, expiresAt };
  expect(await holdSystemLease(db(), { ...right, holder: "dead" })).toBe(true);

  await freeWhatTheDeadHold(db());

  expect(await db().collection("pollers").countDocuments()).toBe(0);
  expect(await leaseOf(accountId)).toMatchObject({ lease: freeLease });
  expect(await db().collection("logins").findOne({ accountId })).toMatchObject({
    open: true,
    lease: { holder: null, expiresAt: new Date(0) },
  });
  expect(await db().collection("conversations").findOne({ accountId })).toMatchObject({
    turn: null,
  });
  expect(await holdSystemLease(db(), { ...right, holder: "next" })).toBe(true);
});

test("pollers are replaced without a moment in which two poll one account", async () => {
  const deps = testDeps(db());
  const before = await polledAccount(deps);
  const host = await startTestHost();
  onTestFinished(() => host.stop());
  host.add("poll", "export const handler = () => new Promise(() => setInterval(() => {}, 1000));");
  host.invokeAsync("poll", { accountId: before.accountId });
  host.invokeAsync("poll", { loginId: "lgn_1" });
  await vi.waitFor(() => expect(host.running("poll")).toHaveLength(2));
  let meanwhile = { accountId: "", pollerId: "" };
  const fired: string[] = [];

  await replacePollers({
    db: db(),
    host: {
      async kill(name, matches) {
        const killed = await host.kill(name, matches);
        meanwhile = await polledAccount(deps);
        return killed;
      },
    },
    scheduler: {
      schedules: () => [{ groupName: "default", name: "poll-1" }],
      fire: (name) => void fired.push(name),
    },
  });

  expect(host.running("poll").map(({ event }) => event)).toEqual([{ loginId: "lgn_1" }]);
  expect(await leaseOf(before.accountId)).toMatchObject({ lease: freeLease });
  expect(await leaseOf(meanwhile.accountId)).toMatchObject({
    lease: { pollerId: meanwhile.pollerId },
  });
  expect(fired).toEqual(["poll-1"]);
});
