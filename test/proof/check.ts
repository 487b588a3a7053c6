import type { Account } from "#core/accounts/account.ts";
import { unfinishedStatuses, type AgentRun } from "#core/agent-runs/agent-run.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { Login } from "#core/logins/login.ts";
import { isSettled, type InboundMessage, type OutboundMessage } from "#core/messages/message.ts";
import type { World } from "./world.ts";

/** What is wrong after a run of a story; all empty when all held. */
export type Findings = {
  /** Stored or read on no phone although it should be. */
  lost: string[];
  duplicated: string[];
  outOfOrder: string[];
  stuck: string[];
  /** Handed out by WeChat to a poller that died before it stored anything, and never again. */
  lostInFlight: string[];
};

export function noFindings(): Findings {
  return { lost: [], duplicated: [], outOfOrder: [], stuck: [], lostInFlight: [] };
}

/** What a contact wrote and then has to read: each text once, in this order. */
export type Expected = { userId: string; reads: string[] };

/** How often each action stands in the audit log. */
export type AuditCounts = ReadonlyMap<string, number>;

/** Whoever got no answer does these again, and each time is a line of its own. */
const doneAnew = ["login.started", "messages.read"];

/** Compares the whole database and the phones with what a story must have led to. */
export async function check(
  world: World,
  expected: readonly Expected[],
  audit: AuditCounts | null,
): Promise<Findings> {
  const findings = { ...noFindings(), lostInFlight: [...world.lostInFlight] };
  for (const each of expected) checkPhone(world, each, findings);
  await checkMessages(world, findings);
  await checkStates(world, findings);
  await checkOutboxes(world, findings);
  if (audit) compareAudit(await auditOf(world), audit, findings);
  return findings;
}

function checkPhone(world: World, { userId, reads }: Expected, findings: Findings): void {
  const shown = world.wechat.bubbles({ userId }).map(({ text }) => text ?? "");
  const places = reads.map((text) => {
    const found = shown.flatMap((bubble, at) => (bubble.includes(text) ? [at] : []));
    if (found.length === 0) findings.lost.push(`not on the phone: ${text}`);
    if (found.length > 1) findings.duplicated.push(`${found.length} times on the phone: ${text}`);
    return found[0] ?? -1;
  });
  const isExpected = (bubble: string) => reads.some((text) => bubble.includes(text));
  for (const stray of shown.filter((bubble) => !isExpected(bubble))) {
    findings.duplicated.push(`nobody meant to say: ${stray.slice(0, 60)}`);
  }
  const known = places.filter((place) => place >= 0);
  if (known.some((place, at) => at > 0 && place < (known[at - 1] ?? 0))) {
    findings.outOfOrder.push(shown.join(" | "));
  }
}

/** Each stored message is in exactly one run, or has its reason. */
export async function checkMessages({ db }: Pick<World, "db">, findings: Findings): Promise<void> {
  const messages = await db
    .collection<InboundMessage>("messages")
    .find({ direction: "inbound" })
    .toArray();
  const runs = await db.collection<AgentRun>("agent_runs").find().toArray();
  for (const { _id, unansweredReason } of messages) {
    const holding = runs.filter(({ messageIds }) => messageIds.includes(_id));
    // A draft that gave way to a newer question has handed its messages on.
    const kept = holding.filter(({ cancelReason }) => cancelReason !== "superseded");
    if (kept.length > 1) findings.duplicated.push(`message in ${kept.length} runs`);
    if (holding.length === 0 && unansweredReason === null) findings.lost.push("message in no run");
    if (holding.length > 0 && unansweredReason !== null) {
      findings.duplicated.push(`message in a run and ${unansweredReason}`);
    }
  }
}

type Resting = Pick<World, "db"> & {
  clock: Pick<World["clock"], "now">;
  scheduler: { schedules(): readonly { name: string }[] };
};

/** No lease, turn, run, chunk, schedule or login waits for something that never comes. */
export async function checkStates(world: Resting, { stuck }: Findings): Promise<void> {
  const { db, clock } = world;
  const now = clock.now();
  for (const run of await db.collection<AgentRun>("agent_runs").find().toArray()) {
    if (unfinishedStatuses.includes(run.status) || run.unfinished)
      stuck.push(`run is ${run.status}`);
  }
  for (const { turn } of await db.collection<Conversation>("conversations").find().toArray()) {
    if (turn && turn.expiresAt > now) stuck.push("turn is held");
  }
  for (const account of await db.collection<Account>("accounts").find().toArray()) {
    if (account.lease.expiresAt > now) stuck.push("account is leased");
    if (account.scheduleDiffers) stuck.push("schedule differs");
    if (account.status === "retiring") stuck.push("account is retiring");
    const isThere = world.scheduler.schedules().some(({ name }) => name.endsWith(account._id));
    if (isThere !== (account.scheduleWanted === "on")) stuck.push("schedule is not as wanted");
  }
  for (const login of await db.collection<Login>("logins").find({ open: true }).toArray()) {
    stuck.push(`login is ${login.status}`);
  }
  const sent = db.collection<OutboundMessage>("messages").find({ direction: "outbound" });
  for (const { chunks, open } of await sent.toArray()) {
    const isParked = open === "parked" && chunks.some(({ state }) => state === "parked");
    if (!isParked && !chunks.every(isSettled)) stuck.push("chunk is neither settled nor parked");
    if (open === "going") stuck.push("outbound message is going out");
  }
  const dead = await db.collection("dead_jobs").countDocuments();
  if (dead > 0) stuck.push(`${dead} dead jobs`);
}

/** No audit line waits for its place in the log. */
async function checkOutboxes({ db }: World, { stuck }: Findings): Promise<void> {
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    const waiting = await db
      .collection(name)
      .countDocuments({ "auditOutbox.0": { $exists: true } });
    if (waiting > 0) stuck.push(`audit line in an outbox of ${name}`);
  }
}

/** The log of a story, without what is done anew by whoever got no answer. */
export async function auditOf({ db }: World): Promise<AuditCounts> {
  const lines = await db.collection<AuditLine>("audit_log").find().toArray();
  const told = lines.filter(({ action }) => !doneAnew.includes(action));
  return new Map(
    [...Map.groupBy(told, ({ action }) => action)].map(([action, same]) => [action, same.length]),
  );
}

/** With an accident or without, the same was done, and as often. */
function compareAudit(found: AuditCounts, wanted: AuditCounts, findings: Findings): void {
  for (const action of new Set([...found.keys(), ...wanted.keys()])) {
    const more = (found.get(action) ?? 0) - (wanted.get(action) ?? 0);
    if (more < 0) findings.lost.push(`audit: ${-more} fewer of ${action}`);
    if (more > 0) findings.duplicated.push(`audit: ${more} more of ${action}`);
  }
}
