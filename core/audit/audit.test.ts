import { MongoClient } from "mongodb";
import { beforeEach, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { approvedAccount, operator } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { auditStore } from "./audit.store.ts";
import { auditLine, settleAudit } from "./record.ts";

const { db } = withDatabase();
const store = auditStore(db());
const deps = testDeps(db());
const accounts = () => db().collection<Account>("accounts");
beforeEach(async () => {
  await accounts().deleteMany({});
  await db().collection("audit_log").deleteMany({});
});

async function accountWithLines(count: number): Promise<Account> {
  const account = approvedAccount(deps);
  const lines = Array.from({ length: count }, (_, n) =>
    auditLine(deps, operator, "account.renamed", account._id, { n }),
  );
  const stored = { ...account, auditOutbox: lines };
  await accounts().insertOne(stored);
  return stored;
}

async function outboxOf(account: Account): Promise<number | undefined> {
  return (await accounts().findOne({ _id: account._id }))?.auditOutbox.length;
}

describe("an audit line", () => {
  test("moves from its document to the log", async () => {
    const account = await accountWithLines(2);
    await settleAudit(deps, account);

    expect(await store.listOf(account._id, 10)).toEqual(account.auditOutbox.toReversed());
    expect(await outboxOf(account)).toBe(0);
  });

  test("is in the log once, however often and at once it is moved", async () => {
    const account = await accountWithLines(3);
    await store.move(account._id, account.auditOutbox.slice(0, 1));
    await Promise.all([1, 2, 3].map(() => store.move(account._id, account.auditOutbox)));

    expect(await store.listOf(account._id, 10)).toHaveLength(3);
    expect(await outboxOf(account)).toBe(0);
  });

  test("that came meanwhile stays on the document until it is moved itself", async () => {
    const account = await accountWithLines(2);
    await store.move(account._id, account.auditOutbox.slice(0, 1));
    expect(await outboxOf(account)).toBe(1);
  });

  test("that was left behind is moved later, a young one not yet", async () => {
    const left = await accountWithLines(2);
    const before = plusSeconds(deps.clock.now(), 30);
    await deps.clock.advance(60_000);
    const young = await accountWithLines(1);

    expect(await store.moveLeftBehind({ before, limit: 10, log: deps.log })).toBe(2);

    expect([await outboxOf(left), await outboxOf(young)]).toEqual([0, 1]);
    expect(await store.moveLeftBehind({ before, limit: 10, log: deps.log })).toBe(0);
  });

  test("that cannot be moved now does not undo the change it tells of", async () => {
    const account = await accountWithLines(1);
    const gone = new MongoClient("mongodb://127.0.0.1:1", { serverSelectionTimeoutMS: 1 });

    await settleAudit({ ...deps, db: gone.db("gone") }, account);

    expect(deps.logLines.at(-1)).toContain("audit.left_behind");
    expect(await outboxOf(account)).toBe(1);
    await gone.close();
  });
});
