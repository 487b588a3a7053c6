import type { IndexSpecification, Document } from "mongodb";

/** One declared index with the query that it serves. */
export type DeclaredIndex = {
  collection: CollectionName;
  name: string;
  key: IndexSpecification & Document;
  unique?: true;
  expireAfterSeconds?: number;
  /**
   * Only equality, $exists: true, $gt, $gte, $lt, $lte, $type, $in: MongoDB refuses the rest. Not
   * $type where a query is to use the index: MongoDB never sees that a value lies within it.
   */
  partialFilterExpression?: Document;
  serves: string;
};

export const collectionNames = [
  "accounts",
  "logins",
  "pollers",
  "hermes",
  "policies",
  "conversations",
  "messages",
  "agent_runs",
  "dead_jobs",
  "audit_log",
  "users",
  "sign_in_attempts",
  "rescan_links",
  "system",
] as const;

export type CollectionName = (typeof collectionNames)[number];

/** Raised with every change of the list below or of what the functions need from the database. */
export const schemaVersion = 1;

/** The single list of indexes; `npm run db:migrate` makes them, nothing else does. */
export const declaredIndexes: readonly DeclaredIndex[] = [
  {
    collection: "accounts",
    name: "bot",
    key: { botId: 1 },
    unique: true,
    partialFilterExpression: { botId: { $type: "string" } },
    serves: "one account per bot of WeChat",
  },
  {
    collection: "accounts",
    name: "live_owner",
    key: { ilinkUserId: 1 },
    unique: true,
    partialFilterExpression: { live: true },
    serves:
      "one live account per WeChat user; finds the account that the same person scanned before",
  },
  {
    collection: "accounts",
    name: "polling",
    key: { scheduleWanted: 1, "lease.expiresAt": 1, pollAfter: 1 },
    serves: "accounts a poller may take",
  },
  {
    collection: "accounts",
    name: "poller",
    key: { "lease.pollerId": 1 },
    serves: "a poller's own accounts: renewal and the look whether they are still to be polled",
  },
  {
    collection: "accounts",
    name: "schedule_differs",
    key: { scheduleDiffers: 1, _id: 1 },
    partialFilterExpression: { scheduleDiffers: true },
    serves: "schedules that are not yet as wanted",
  },
  {
    collection: "accounts",
    name: "audit_outbox",
    key: { "auditOutbox.at": 1 },
    serves: "audit lines not yet moved to audit_log",
  },
  {
    collection: "accounts",
    name: "expiry_notice",
    key: { "expiryNotice.dueAt": 1 },
    partialFilterExpression: { "expiryNotice.open": true },
    serves: "operators to be told of a login that expired, the longest waiting first",
  },
  {
    collection: "accounts",
    name: "expiry_told",
    key: { "expiryNotice.sentAt": 1 },
    partialFilterExpression: { "expiryNotice.open": false },
    serves: "how many operators were told within a minute, as group robots take no more",
  },
  {
    collection: "accounts",
    name: "by_status",
    key: { status: 1, _id: 1 },
    serves: "account lists; clean-ups to go on with",
  },
  {
    collection: "logins",
    name: "unattended",
    key: { open: 1, "lease.expiresAt": 1 },
    partialFilterExpression: { open: true },
    serves: "logins whose worker is missing",
  },
  {
    collection: "logins",
    name: "by_account",
    key: { accountId: 1, _id: -1 },
    serves: "the newest login of an account",
  },
  {
    collection: "logins",
    name: "gone",
    key: { deleteAt: 1 },
    expireAfterSeconds: 0,
    serves: "old logins go by themselves",
  },
  {
    collection: "pollers",
    name: "gone",
    key: { expiresAt: 1 },
    expireAfterSeconds: 600,
    serves: "what a dead poller left goes by itself",
  },
  {
    collection: "conversations",
    name: "contact",
    key: { accountId: 1, userId: 1 },
    unique: true,
    serves: "one conversation per account and contact; an account's conversations",
  },
  {
    collection: "messages",
    name: "dedupe",
    key: { accountId: 1, dedupeKeys: 1 },
    unique: true,
    serves: "a message is stored once, however often WeChat brings it",
  },
  {
    collection: "messages",
    name: "by_conversation",
    key: { conversationId: 1, _id: 1 },
    serves: "a conversation's messages in order",
  },
  {
    collection: "messages",
    name: "by_account",
    key: { accountId: 1, _id: 1 },
    serves: "an account's messages; clean-up",
  },
  {
    collection: "messages",
    name: "waiting",
    key: { conversationId: 1, _id: 1, pushAfter: 1 },
    partialFilterExpression: { waiting: true },
    serves: "messages that are in no run yet",
  },
  {
    collection: "messages",
    name: "waiting_long",
    key: { pushAfter: 1 },
    partialFilterExpression: { waiting: true },
    serves: "messages whose job was never pushed",
  },
  {
    collection: "messages",
    name: "outgoing",
    key: { conversationId: 1, open: 1, _id: 1 },
    partialFilterExpression: { open: { $exists: true } },
    serves: "a conversation's outbound messages that are going out or parked",
  },
  {
    collection: "messages",
    name: "outgoing_due",
    key: { open: 1, pushAfter: 1 },
    partialFilterExpression: { open: { $exists: true } },
    serves: "outbound messages whose time has come",
  },
  {
    collection: "messages",
    name: "outgoing_list",
    key: { open: 1, _id: -1 },
    partialFilterExpression: { open: { $exists: true } },
    serves: "what is parked and what is tried again, the newest first",
  },
  {
    collection: "messages",
    name: "failures",
    key: { failure: 1, _id: -1 },
    partialFilterExpression: { failure: { $exists: true } },
    serves: "what did not arrive and nobody has dealt with, the newest first",
  },
  {
    collection: "messages",
    name: "outgoing_by_account",
    key: { accountId: 1, open: 1 },
    partialFilterExpression: { open: { $exists: true } },
    serves: "an account's parked answers, which go on after its next login",
  },
  {
    collection: "agent_runs",
    name: "one_run_holds_message",
    key: { accountId: 1, messageIds: 1 },
    unique: true,
    partialFilterExpression: { holdsMessages: true },
    serves: "a message is in one run at most; a replaced run has handed its messages on",
  },
  {
    collection: "agent_runs",
    name: "drafts",
    key: { conversationId: 1 },
    partialFilterExpression: { draft: true },
    serves: "a conversation's open draft",
  },
  {
    collection: "agent_runs",
    name: "drafts_by_window",
    key: { status: 1, "review.windowEndsAt": 1, _id: 1 },
    partialFilterExpression: { draft: true },
    serves: "the review queue, the window that shuts first before the others",
  },
  {
    collection: "agent_runs",
    name: "owed",
    key: { pushAfter: 1 },
    partialFilterExpression: { pushAfter: { $exists: true } },
    serves: "runs whose job was stored and never pushed",
  },
  {
    collection: "conversations",
    name: "owed",
    key: { pushAfter: 1 },
    partialFilterExpression: { pushAfter: { $exists: true } },
    serves: "conversations whose job was stored and never pushed",
  },
  {
    collection: "agent_runs",
    name: "one_unfinished",
    key: { conversationId: 1 },
    unique: true,
    partialFilterExpression: { unfinished: true },
    serves: "one unfinished run per conversation",
  },
  {
    collection: "agent_runs",
    name: "due",
    key: { status: 1, nextAttemptAt: 1 },
    serves: "runs to try again, oldest first; runs whose worker died",
  },
  {
    collection: "agent_runs",
    name: "due_of_hermes",
    key: { status: 1, ownHermes: 1, waitCause: 1, nextAttemptAt: 1 },
    serves: "runs to try again at one Hermes; how many of its places are taken",
  },
  {
    collection: "agent_runs",
    name: "for_place",
    key: { status: 1, ownHermes: 1, waitCause: 1, accountId: 1, createdAt: 1 },
    serves: "runs that wait for a place at one Hermes, account after account, oldest first",
  },
  {
    collection: "agent_runs",
    name: "too_old",
    key: { status: 1, ownHermes: 1, waitCause: 1, askedAt: 1 },
    serves: "runs that have waited longer than anybody should",
  },
  {
    collection: "agent_runs",
    name: "untold",
    key: { status: 1, noticeDueAt: 1 },
    partialFilterExpression: { noticeDueAt: { $exists: true } },
    serves: "contacts to be told that they wait for a place",
  },
  {
    collection: "hermes",
    name: "probes",
    key: { state: 1, nextProbeAt: 1 },
    serves: "each Hermes to be looked for",
  },
  {
    collection: "accounts",
    name: "own_hermes",
    key: { "hermes.baseUrl": 1, live: 1 },
    partialFilterExpression: { "hermes.baseUrl": { $exists: true } },
    serves: "an account whose key probes a Hermes of its own",
  },
  {
    collection: "accounts",
    name: "hermes_moved",
    key: { hermesMoved: 1 },
    partialFilterExpression: { hermesMoved: true },
    serves: "accounts whose waiting runs are still to be moved to another Hermes",
  },
  {
    collection: "agent_runs",
    name: "of_day",
    key: { accountId: 1, "ofDay.day": 1, "ofDay.ofAccount": 1 },
    unique: true,
    partialFilterExpression: { "ofDay.ofAccount": { $exists: true } },
    serves: "an account's runs of a day, each with a number of its own, up to the policy's cap",
  },
  {
    collection: "messages",
    name: "by_person",
    key: { conversationId: 1, kind: 1, _id: 1 },
    partialFilterExpression: { kind: "operator" },
    serves: "what a person wrote to a contact, which Hermes must know",
  },
  {
    collection: "agent_runs",
    name: "by_conversation",
    key: { conversationId: 1, _id: 1 },
    serves: "a conversation's runs: whether the same was asked before, how many today",
  },
  {
    collection: "agent_runs",
    name: "by_account",
    key: { accountId: 1, _id: -1 },
    serves: "run lists; clean-up",
  },
  {
    collection: "rescan_links",
    name: "token",
    key: { tokenHash: 1 },
    unique: true,
    serves: "the link that somebody opens",
  },
  {
    collection: "rescan_links",
    name: "by_login",
    key: { loginId: 1 },
    serves: "links that a confirmed login spends",
  },
  {
    collection: "rescan_links",
    name: "by_account",
    key: { accountId: 1 },
    serves: "an account's links; clean-up",
  },
  {
    collection: "rescan_links",
    name: "gone",
    key: { deleteAt: 1 },
    expireAfterSeconds: 0,
    serves: "old links go by themselves",
  },
  {
    collection: "agent_runs",
    name: "audit_outbox",
    key: { "auditOutbox.at": 1 },
    partialFilterExpression: { auditOutbox: { $exists: true } },
    serves: "audit lines not yet moved to audit_log",
  },
  {
    collection: "conversations",
    name: "audit_outbox",
    key: { "auditOutbox.at": 1 },
    partialFilterExpression: { auditOutbox: { $exists: true } },
    serves: "audit lines not yet moved to audit_log",
  },
  {
    collection: "messages",
    name: "audit_outbox",
    key: { "auditOutbox.at": 1 },
    partialFilterExpression: { auditOutbox: { $exists: true } },
    serves: "audit lines not yet moved to audit_log",
  },
  {
    collection: "dead_jobs",
    name: "by_status",
    key: { status: 1, _id: 1 },
    serves: "dead jobs that nobody looked at yet",
  },
  {
    collection: "dead_jobs",
    name: "by_time",
    key: { status: 1, createdAt: -1, _id: -1 },
    serves: "jobs that died and nobody has dealt with, the newest first",
  },
  {
    collection: "dead_jobs",
    name: "owed",
    key: { pushAfter: 1 },
    partialFilterExpression: { pushAfter: { $exists: true } },
    serves: "redriven jobs that were never pushed",
  },
  {
    collection: "dead_jobs",
    name: "audit_outbox",
    key: { "auditOutbox.at": 1 },
    partialFilterExpression: { auditOutbox: { $exists: true } },
    serves: "audit lines not yet moved to audit_log",
  },
  {
    collection: "audit_log",
    name: "by_subject",
    key: { subjectId: 1, _id: -1 },
    serves: "what happened to one account, policy or user",
  },
  {
    collection: "audit_log",
    name: "by_actor",
    key: { "actor.id": 1, _id: -1 },
    serves: "what one person or program did",
  },
  {
    collection: "audit_log",
    name: "by_action",
    key: { action: 1, _id: -1 },
    serves: "where one kind of thing was done",
  },
  {
    collection: "users",
    name: "name",
    key: { nameKey: 1 },
    unique: true,
    partialFilterExpression: { nameKey: { $type: "string" } },
    serves: "one user per name; finds who signs in",
  },
  {
    collection: "users",
    name: "session",
    key: { "sessions.hash": 1 },
    serves: "whose browser it is, with each request",
  },
  {
    collection: "users",
    name: "token",
    key: { "tokens.hash": 1 },
    serves: "whose program it is, with each request",
  },
  {
    collection: "users",
    name: "link",
    key: { "link.hash": 1 },
    serves: "whose password a link sets",
  },
  {
    collection: "users",
    name: "audit_outbox",
    key: { "auditOutbox.at": 1 },
    serves: "audit lines not yet moved to audit_log",
  },
  {
    collection: "sign_in_attempts",
    name: "ttl",
    key: { expiresAt: 1 },
    expireAfterSeconds: 0,
    serves: "attempts that no longer count go by themselves",
  },
];
