import { MongoClient, type CommandStartedEvent, type Db } from "mongodb";
import { afterAll, expect, test } from "vitest";
import { readHealth } from "#core/accounts/account-health.ts";
import { findNamesakes } from "#core/accounts/find-duplicates.ts";
import { accountSorts, listAccounts, listLabels } from "#core/accounts/list-accounts.ts";
import { previewCleanUp } from "#core/accounts/preview-clean-up.ts";
import { findCalls } from "#core/agent-runs/pause-calls.ts";
import { declaredIndexes } from "#core/database/indexes.ts";
import { loginStore } from "#core/logins/login.store.ts";
import { countPolicyUsers, listPolicyUsers } from "#core/policies/change-policy.ts";
import { listTimed } from "#core/statistics/latency.ts";
import { readCost } from "#core/statistics/cost.ts";
import { readOverview } from "#core/statistics/overview.ts";
import { readSeries } from "#core/statistics/series.ts";
import { scansAll, servedBy, statementsOf, type Statement } from "./query-plans.ts";
import { withDatabase } from "./with-database.ts";

const database = withDatabase();
const client = new MongoClient(database.uri, { monitorCommands: true, ignoreUndefined: true });
afterAll(() => client.close());

const sent: Statement[] = [];
client.on("commandStarted", ({ command }: CommandStartedEvent) => {
  sent.push(...statementsOf(command));
});

const now = new Date();
const scope = ["shop"];
const page = { scope: null, sort: "newest", limit: 50 } as const;
const month = { from: new Date(now.getTime() - 1e9), to: now, now };

type Ask = (db: Db) => Promise<unknown>;

const asks: Record<string, Ask> = {
  "bots of a status": (db) => listAccounts(db, { ...page, status: "approved" }),
  "bots of a label": (db) => listAccounts(db, { ...page, label: "shop" }),
  "bots of a policy": (db) => listAccounts(db, { ...page, policyId: "auto" }),
  "bots by name": (db) => listAccounts(db, { ...page, sort: "name" }),
  "bots that are searched": (db) => listAccounts(db, { ...page, q: "tea" }),
  "bots that changed": (db) => listAccounts(db, { ...page, since: now }),
  "a user's bots by last inbound": (db) =>
    listAccounts(db, { ...page, scope, sort: "last-inbound" }),
  "bots of the same name": (db) => findNamesakes(db, { ids: ["acc_1", "acc_2"], scope: null }),
  "a user's bots of the same name": (db) => findNamesakes(db, { ids: ["acc_1"], scope }),
  labels: (db) => listLabels(db, null),
  "a user's labels": (db) => listLabels(db, scope),
  "how bots fare": (db) => readHealth(db, ["acc_1", "acc_2"], { now, ageNow: now }),
  "what a clean-up takes": (db) => previewCleanUp(db, "acc_1"),
  "a bot's logins": (db) => loginStore(db).listOf("acc_1", 50),
  "a policy's bots": (db) => listPolicyUsers(db, "auto", null, 50),
  "how many bots policies have": (db) => countPolicyUsers(db, null),
  "whether calls are paused": (db) => findCalls(db),
  overview: (db) => readOverview(db, { scope: null, now }),
  "a user's overview": (db) => readOverview(db, { scope, now }),
  series: (db) => readSeries(db, { hours: 24, now, accountIds: null }),
  "a user's series": (db) => readSeries(db, { hours: 24, now, accountIds: ["acc_1"] }),
  "speed by bot": (db) => listTimed(db, { since: now, accountIds: null }),
  cost: (db) => readCost(db, { ...month, scope: null }),
};

test.each(Object.entries(asks))("%s: no statement goes through a collection", async (_, ask) => {
  const db = client.db(database.name);
  sent.length = 0;
  await ask(db);
  const asked = [...sent];
  expect(asked.length).toBeGreaterThan(0);
  for (const statement of asked) {
    const shown = JSON.stringify(statement);
    const index = servedBy(statement);
    expect(index, `no index serves ${shown}`).not.toBeNull();
    // The stand-in goes through all for a range of _id; MongoDB takes its own index on it.
    if (index === "_id_") continue;
    expect(await scansAll(db, statement), `all is scanned for ${shown}`).toBe(false);
  }
});

test("a list of bots without a filter is read in the order of an index", () => {
  const fields = ["_id", "nameKey", "lastInboundAt", "lastGoodPollAt"];
  expect(fields).toHaveLength(accountSorts.length);
  for (const field of fields.slice(1)) {
    const isServed = declaredIndexes.some(
      ({ collection, key }) =>
        collection === "accounts" && Object.keys(key).join() === `${field},_id`,
    );
    expect(isServed, field).toBe(true);
  }
});
