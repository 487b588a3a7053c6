import { MongoClient, type CommandStartedEvent, type Db } from "mongodb";
import { afterAll, describe, expect, test } from "vitest";
import { listChangedRuns, listRuns } from "#core/agent-runs/list-runs.ts";
import { accountStore } from "#core/accounts/account.store.ts";
import { accountIdsIn } from "#core/accounts/scope.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { namesOf } from "#core/audit/people.ts";
import {
  conversationStates,
  listChangedConversations,
  listConversations,
} from "#core/conversations/list-conversations.ts";
import { findNamed } from "#core/conversations/find-named.ts";
import { owedJobStore } from "#core/conversations/owed-jobs.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { createPolicy } from "#core/policies/change-policy.ts";
import type { Policy } from "#core/policies/policy.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { deadJobStore } from "#core/queue/dead-job.ts";
import { reviewStore } from "#core/reviews/review.store.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { listChangedOutbound, listOutbound, outboundStates } from "#core/sending/list-outbound.ts";
import { userStore } from "#core/users/user.store.ts";
import { policyNamed } from "./records.ts";
import { testDeps } from "./test-deps.ts";
import { isWithin, scansAll, servedBy, statementsOf, type Statement } from "./query-plans.ts";
import { withDatabase } from "./with-database.ts";

const database = withDatabase();
const client = new MongoClient(database.uri, { monitorCommands: true, ignoreUndefined: true });
afterAll(() => client.close());

const sent: Statement[] = [];
client.on("commandStarted", ({ command }: CommandStartedEvent) => {
  sent.push(...statementsOf(command));
});

type Ask = (db: Db) => Promise<unknown>;

const now = new Date();
const mei: Actor = { kind: "operator", id: "usr_1" };
const place = { at: now, id: "cnv_1" };
const scopes: [string, { accountIds: string[] | null; accountId?: string }][] = [
  ["of all bots", { accountIds: null }],
  ["of some bots", { accountIds: ["acc_1", "acc_2"] }],
  ["of one bot", { accountIds: null, accountId: "acc_1" }],
];

const conversations = scopes.flatMap(([whose, of]) =>
  ([undefined, ...conversationStates] as const).flatMap((state) =>
    (["last-inbound", "window"] as const).map((sort): [string, Ask] => [
      `conversations ${whose}, ${state ?? "all"}, by ${sort}`,
      (db) => listConversations(db, { ...of, state, sort, ageNow: now, after: place, limit: 50 }),
    ]),
  ),
);

const runs = scopes.flatMap(([whose, of]) =>
  ([undefined, "error"] as const).map((status): [string, Ask] => [
    `runs ${whose}, ${status ?? "all"}`,
    (db) => listRuns(db, { ...of, status, errorClass: "hermes.away", from: now, limit: 50 }),
  ]),
);

const changes = scopes.flatMap(([whose, of]): [string, Ask][] => {
  const page = { ...of, since: now, after: place, limit: 50 };
  return [
    [`conversations ${whose} that changed`, (db) => listChangedConversations(db, page)],
    [`runs ${whose} that changed`, (db) => listChangedRuns(db, page)],
    [`drafts ${whose} that changed`, (db) => reviewStore(db).listChanged(page)],
    [`outbound messages ${whose} that changed`, (db) => listChangedOutbound(db, page)],
    [`dead jobs ${whose} that changed`, (db) => deadJobStore(db).listChanged(page)],
  ];
});

const outbound = scopes.flatMap(([whose, of]) =>
  outboundStates.map((state): [string, Ask] => [
    `messages ${whose} that are ${state}`,
    (db) => listOutbound(db, { ...of, state, code: "-3", before: "msg_z", limit: 50 }),
  ]),
);

const others: [string, Ask][] = [
  [
    "drafts",
    (db) =>
      reviewStore(db).list({
        accountIds: ["acc_1"],
        withSnoozed: false,
        now,
        after: { windowEndsAt: now, id: "run_1" },
        limit: 50,
      }),
  ],
  ["what a person has open", (db) => reviewStore(db).releaseAllOf(mei.id, now)],
  ["contacts and bots by a name", (db) => findNamed(db, "王")],
  [
    "conversations by a name",
    (db) =>
      listConversations(db, {
        accountIds: null,
        q: "wang",
        sort: "last-inbound",
        ageNow: now,
        limit: 50,
      }),
  ],
  ["the accounts of a scope", (db) => accountIdsIn(db, ["shop"])],
  ["people's names", (db) => namesOf(db, [mei.id])],
  ["jobs that are owed", (db) => owedJobStore(db).listDue(now, 100)],
  ["dead jobs", (db) => deadJobStore(db).list({ limit: 50, accountIds: ["acc_1"] })],
  [
    "the next page of dead jobs",
    (db) => deadJobStore(db).list({ limit: 50, after: { createdAt: now, id: "dead_1" } }),
  ],
  ["users by a name", (db) => userStore(db).list({ q: "mei", limit: 50 })],
  ["users that changed", (db) => userStore(db).listChanged({ since: now, limit: 50 })],
  ["policies by a name", (db) => policyStore(db).list({ q: "even", limit: 50 })],
  ["policies that changed", (db) => policyStore(db).listChanged({ since: now, limit: 50 })],
  ["the user of a repeated request", (db) => userStore(db).find({ createdUnder: "usr_1:key" })],
  ["the bot of a repeated request", (db) => accountStore(db).findCreatedUnder("usr_1:key")],
  ["the policy of a repeated request", (db) => makeTwice(db)],
  [
    "audit lines of those with a name",
    (db) => auditStore(db).list({ actorId: "usr_1", ofIds: ["usr_1", "acc_1"], limit: 50 }),
  ],
  ["redriven jobs that are owed", (db) => deadJobStore(db).listOwed(now, 100)],
  ["a person's message by its key", (db) => outboundStore(db).findByKey("acc_1", "key")],
  [
    "messages that change hands",
    (db) => messageStore(db).handOn(["msg_1"], { from: "run_1", to: "run_2" }),
  ],
];

/** The second one finds the first by its key. */
async function makeTwice(db: Db): Promise<Policy> {
  const wanted = policyNamed("auto");
  await createPolicy(testDeps(db), mei, wanted, "usr_1:key");
  sent.length = 0;
  return createPolicy(testDeps(db), mei, wanted, "usr_1:key");
}

describe("no list that people look at goes through a whole collection", () => {
  test.each([...conversations, ...runs, ...outbound, ...changes, ...others])(
    "%s",
    async (_what, ask) => {
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
    },
  );
});

test("a query for documents that have a field lies within an index of those", () => {
  const present = { auditOutbox: { $exists: true } };
  expect(isWithin({ auditOutbox: { $exists: true } }, present)).toBe(true);
  expect(isWithin({ auditOutbox: { $exists: false } }, present)).toBe(false);
});
