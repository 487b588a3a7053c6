import type { Db } from "mongodb";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { inScope, type LabelScope } from "#core/accounts/scope.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { plusMs } from "#core/shared/clock.ts";
import { runIdAt } from "./latency.ts";

/** Numbers that each open the list of what they count. */
const Tiles = z.object({
  accounts: z.number().int(),
  polling: z.number().int(),
  pendingApproval: z.number().int(),
  loginExpired: z.number().int(),
  drafts: z.number().int(),
  waitingForHermes: z.number().int(),
  parked: z.number().int(),
  /** Refused by WeChat for good, and those of which nobody knows whether they arrived. */
  undelivered: z.number().int(),
  unconfirmed: z.number().int(),
  failedToday: z.number().int(),
});

/** What a person should do, the soonest first; `before` is when it is too late, or null. */
const Need = z.object({
  kind: z.enum(["review", "approval", "login_expired", "undelivered", "unconfirmed"]),
  id: z.string(),
  accountId: z.string(),
  accountName: z.string(),
  /** Whom it is about; null where it is about the bot alone. */
  contact: z.object({ alias: z.string().nullable(), userId: z.string() }).nullable(),
  before: z.date().nullable(),
  since: z.date().nullable(),
});
export type Need = z.infer<typeof Need>;

/** What a new hub still lacks until it has answered somebody. */
const Checklist = z.object({
  botCreated: z.boolean(),
  botScanned: z.boolean(),
  botApproved: z.boolean(),
  pollingStarted: z.boolean(),
  messageReceived: z.boolean(),
  answerSent: z.boolean(),
});

export const Overview = z.object({
  tiles: Tiles,
  needsYou: z.array(Need),
  firstUse: Checklist,
});
export type Overview = z.infer<typeof Overview>;

const mostNeeds = 20;
const dayMs = 86_400_000;

/** The accounts that the overview is about; one reading serves all its parts. */
const Seen = z.object({
  _id: z.string(),
  name: z.string(),
  status: z.string(),
  polling: z.boolean(),
  botId: z.string().optional(),
  lastInboundAt: z.date().nullable(),
  loginExpiredAt: z.date().nullable(),
  updatedAt: z.date(),
});
type Seen = z.infer<typeof Seen>;

/** Nine statements at the most, each over an index and a bounded range. */
export async function readOverview(
  db: Db,
  { scope, now }: { scope: LabelScope; now: Date },
): Promise<Overview> {
  const accounts = await listSeen(db, scope);
  const only = scope === null ? {} : { accountId: { $in: accounts.map(({ _id }) => _id) } };
  const [open, failedToday, outgoing, drafts, failures] = await Promise.all([
    countBy(
      db,
      "agent_runs",
      { status: { $in: ["retry_pending", "awaiting_review"] }, ...only },
      // What somebody put off is in nobody's queue until then.
      { $cond: [{ $gt: ["$review.snoozedUntil", now] }, "snoozed", "$status"] },
    ),
    countBy(db, "agent_runs", {
      status: "error",
      _id: { $gte: runIdAt(plusMs(now, -dayMs)) },
      ...only,
    }),
    countBy(db, "messages", { open: { $in: ["parked"] }, ...only }, "$open"),
    listDrafts(db, { only, now }),
    listFailures(db, only),
  ]);
  const has = (is: (account: Seen) => boolean) => accounts.filter(is).length;
  return {
    tiles: {
      accounts: accounts.length,
      polling: has(({ polling, status }) => polling && status === "approved"),
      pendingApproval: has(({ status }) => status === "pending_approval"),
      loginExpired: has(({ status }) => status === "login_expired"),
      drafts: open.get("awaiting_review") ?? 0,
      waitingForHermes: open.get("retry_pending") ?? 0,
      parked: outgoing.get("parked") ?? 0,
      undelivered: failures.filter(({ failure }) => failure === "dead").length,
      unconfirmed: failures.filter(({ failure }) => failure === "unconfirmed").length,
      failedToday: failedToday.get("error") ?? 0,
    },
    needsYou: await withContacts(db, needsOf(accounts, drafts, failures)),
    firstUse: {
      botCreated: accounts.length > 0,
      botScanned: has(({ botId }) => botId !== undefined) > 0,
      botApproved: has(({ status }) => status === "approved" || status === "suspended") > 0,
      pollingStarted: has(({ polling }) => polling) > 0,
      messageReceived: has(({ lastInboundAt }) => lastInboundAt !== null) > 0,
      answerSent: await hasAnswered(db, only),
    },
  };
}

async function listSeen(db: Db, scope: LabelScope): Promise<Seen[]> {
  const projection = Object.fromEntries(Object.keys(Seen.shape).map((field) => [field, 1]));
  const statuses = [
    "pending_login",
    "pending_approval",
    "approved",
    "suspended",
    "login_expired",
  ] as const;
  const found = await db
    .collection<Account>("accounts")
    .find({ status: { $in: [...statuses] }, ...inScope(scope) }, { projection })
    .toArray();
  return found.map((account) => Seen.parse(account));
}

const Counted = z.object({ _id: z.string(), count: z.number().int() });

async function countBy(
  db: Db,
  collection: string,
  match: object,
  by: string | object = "$status",
): Promise<Map<string, number>> {
  const found = await db
    .collection(collection)
    .aggregate([{ $match: match }, { $group: { _id: by, count: { $sum: 1 } } }])
    .toArray();
  return new Map(found.map((each) => Counted.parse(each)).map(({ _id, count }) => [_id, count]));
}

const Draft = z.object({
  _id: z.string(),
  accountId: z.string(),
  conversationId: z.string(),
  createdAt: z.date(),
  review: z.object({ windowEndsAt: z.date() }).optional(),
});
type Draft = z.infer<typeof Draft>;

/** What can still be answered, the window that shuts first at the head; then what is too late for it. */
async function listDrafts(db: Db, { only, now }: { only: object; now: Date }): Promise<Draft[]> {
  const filter = { ...only, "review.snoozedUntil": { $not: { $gt: now } } };
  const inTime = await findDrafts(db, { $gte: now }, filter, mostNeeds);
  if (inTime.length === mostNeeds) return inTime;
  const late = { $gte: new Date(0), $lt: now };
  return [...inTime, ...(await findDrafts(db, late, filter, mostNeeds - inTime.length))];
}

async function findDrafts(
  db: Db,
  windowEndsAt: { $gte: Date; $lt?: Date },
  filter: object,
  limit: number,
): Promise<Draft[]> {
  const found = await db
    .collection<AgentRun>("agent_runs")
    .find(
      { status: "awaiting_review", draft: true, "review.windowEndsAt": windowEndsAt, ...filter },
      { projection: { accountId: 1, conversationId: 1, createdAt: 1, "review.windowEndsAt": 1 } },
    )
    .sort({ "review.windowEndsAt": 1, _id: 1 })
    .limit(limit)
    .toArray();
  return found.map((draft) => Draft.parse(draft));
}

const Failure = z.object({
  _id: z.string(),
  accountId: z.string(),
  conversationId: z.string(),
  createdAt: z.date(),
  failure: z.enum(["dead", "unconfirmed"]),
});
/** More than this are shown as that many. */
const mostFailures = 1_000;

async function listFailures(db: Db, only: object): Promise<z.infer<typeof Failure>[]> {
  const found = await db
    .collection("messages")
    .find(
      { failure: { $in: ["dead", "unconfirmed"] }, ...only },
      { projection: { accountId: 1, conversationId: 1, createdAt: 1, failure: 1 } },
    )
    .limit(mostFailures)
    .toArray();
  return found.map((failure) => Failure.parse(failure));
}

async function hasAnswered(db: Db, only: object): Promise<boolean> {
  const found = await db
    .collection<AgentRun>("agent_runs")
    .findOne({ status: "sent", ...only }, { projection: { _id: 1 } });
  return found !== null;
}

type FoundNeed = Omit<Need, "contact"> & { conversationId: string | null };

function needsOf(
  accounts: readonly Seen[],
  drafts: readonly Draft[],
  failures: readonly z.infer<typeof Failure>[],
): FoundNeed[] {
  const names = new Map(accounts.map(({ _id, name }) => [_id, name]));
  const nameOf = (accountId: string) => names.get(accountId) ?? accountId;
  const reviews = drafts.map(
    ({ _id: id, accountId, conversationId, createdAt, review }): FoundNeed => {
      const before = review?.windowEndsAt ?? null;
      const of = { id, accountId, accountName: nameOf(accountId), conversationId };
      return { kind: "review", ...of, before, since: createdAt };
    },
  );
  const undelivered = failures.map(
    ({ _id: id, accountId, conversationId, createdAt, failure }): FoundNeed => {
      const kind = failure === "dead" ? "undelivered" : "unconfirmed";
      const of = { id, accountId, accountName: nameOf(accountId), conversationId };
      return { kind, ...of, before: null, since: createdAt };
    },
  );
  return inShares([reviews, accounts.flatMap(needOfAccount), undelivered], mostNeeds);
}

/** The first of all kinds, each in its order: many of one kind hide none of another. */
function inShares(kinds: readonly FoundNeed[][], most: number): FoundNeed[] {
  const share = Math.floor(most / kinds.length);
  let spare = most - kinds.reduce((sum, { length }) => sum + Math.min(length, share), 0);
  return kinds.flatMap((needs) => {
    const extra = Math.min(spare, Math.max(0, needs.length - share));
    spare -= extra;
    return needs.slice(0, share + extra);
  });
}

function needOfAccount({ _id, name, status, loginExpiredAt, updatedAt }: Seen): FoundNeed[] {
  const account = { id: _id, accountId: _id, accountName: name, conversationId: null };
  if (status === "login_expired") {
    return [{ kind: "login_expired", ...account, before: null, since: loginExpiredAt }];
  }
  if (status !== "pending_approval") return [];
  return [{ kind: "approval", ...account, before: null, since: updatedAt }];
}

async function withContacts(db: Db, needs: readonly FoundNeed[]): Promise<Need[]> {
  const ids = [...new Set(needs.flatMap(({ conversationId }) => conversationId ?? []))];
  const found =
    ids.length === 0
      ? []
      : await db
          .collection<Conversation>("conversations")
          .find({ _id: { $in: ids } }, { projection: { alias: 1, userId: 1 } })
          .limit(ids.length)
          .toArray();
  const contacts = new Map(found.map(({ _id, alias, userId }) => [_id, { alias, userId }]));
  return needs.map(({ conversationId, ...need }) => {
    return { ...need, contact: contacts.get(conversationId ?? "") ?? null };
  });
}
