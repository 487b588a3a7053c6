import type { Db } from "mongodb";
import { z } from "zod";
import { AccountStatus } from "#core/accounts/account.ts";
import type { RunStatus } from "#core/agent-runs/agent-run.ts";
import { Policy } from "#core/policies/policy.ts";
import { plusMs, type Clock } from "#core/shared/clock.ts";
import { inOrder, linesOf, type CheckLine } from "./check-line.ts";

const Bot = z.object({
  status: AccountStatus,
  polling: z.boolean(),
  policyId: z.string(),
  lastGoodPollAt: z.date().nullable(),
  updatedAt: z.date(),
});
type Bot = z.infer<typeof Bot>;

const { pass, fail, skip } = linesOf("bots");
const minuteMs = 60_000;
const silentAfterMs = 5 * minuteMs;
const dayMs = 24 * 60 * minuteMs;
/** More than enough to see what is wrong. */
const mostRead = 1_000;

/** What else keeps WeChat from a reply: approval, polling, policy, and what became of the runs. */
export async function checkBots(db: Db | null, clock: Clock): Promise<CheckLine[]> {
  const bots = db === null ? [] : await readBots(db);
  const approved = bots.filter(({ status }) => status === "approved");
  const look = (name: string, run: (db: Db) => CheckLine | Promise<CheckLine>) => ({
    name,
    run: () => (db === null ? skip(name, "waits for database.schema") : run(db)),
  });
  const lines = await inOrder("bots", [
    look("approved", () => checkApproved(bots)),
    { ...look("polling", () => checkPolling(approved, clock.now())), goOn: "always" },
    look("policy", (at) => checkPolicies(at, approved)),
  ]);
  return [...lines, await look("runs", (at) => checkRuns(at, clock.now())).run()];
}

async function readBots(db: Db): Promise<Bot[]> {
  const living = { status: { $nin: ["retiring", "retired"] } };
  const found = await db.collection("accounts").find(living).limit(mostRead).toArray();
  return found.map((account) => Bot.parse(account));
}

function checkApproved(bots: readonly Bot[]): CheckLine {
  if (bots.length === 0) return skip("approved", "no bot yet: create one and scan its QR code");
  const seen = tally(bots.map(({ status }) => status));
  const isAny = bots.some(({ status }) => status === "approved");
  return isAny ? pass("approved", seen) : fail("approved", "no_bot_approved", seen);
}

function checkPolling(approved: readonly Bot[], now: Date): CheckLine {
  const polled = approved.filter(({ polling }) => polling);
  const seen = `${polled.length} of ${approved.length} approved bots are to be polled`;
  if (polled.length === 0) return fail("polling", "polling_not_started", seen);
  const silentSince = plusMs(now, -silentAfterMs);
  const silent = polled.filter(
    ({ lastGoodPollAt, updatedAt }) => (lastGoodPollAt ?? updatedAt) < silentSince,
  );
  return silent.length === 0
    ? pass("polling", seen)
    : fail("polling", "polling_silent", `${seen}; ${silent.length} not within 5 minutes`);
}

async function checkPolicies(db: Db, approved: readonly Bot[]): Promise<CheckLine> {
  const found = await db.collection<{ _id: string }>("policies").find({}).limit(mostRead).toArray();
  const modes = new Map(found.map((policy) => Policy.parse(policy)).map((it) => [it._id, it]));
  const ways = approved.map(({ policyId }) => {
    const policy = modes.get(policyId);
    if (policy === undefined) return "without a policy";
    if (policy.mode === "off") return "off: nothing is answered";
    return policy.requiresHumanReview
      ? `${policyId}: results wait in agent_runs for a person, nothing is sent by itself`
      : `${policyId}: answers are sent by themselves`;
  });
  return pass("policy", tally(ways));
}

async function checkRuns(db: Db, now: Date): Promise<CheckLine> {
  const runs = db.collection("agent_runs");
  const overdue = await runs.countDocuments(
    { status: "retry_pending", nextAttemptAt: { $lt: plusMs(now, -silentAfterMs) } },
    { limit: mostRead },
  );
  const recent = { status: "error", completedAt: { $gte: plusMs(now, -dayMs) } };
  const failures = await runs.find(recent).project({ error: 1 }).limit(mostRead).toArray();
  const waiting = await tallyOf(db, ["retry_pending", "retrying", "awaiting_review", "parked"]);
  if (overdue > 0) {
    return fail(
      "runs",
      "runs_not_retried",
      `${overdue} overdue by more than 5 minutes; ${waiting}`,
    );
  }
  if (failures.length === 0) return pass("runs", `no error within a day; ${waiting}`);
  const why = tally(failures.map(({ error }) => codeOf(error)));
  return fail("runs", "runs_in_error", `error: ${why}; ${waiting}`);
}

async function tallyOf(db: Db, statuses: readonly RunStatus[]): Promise<string> {
  const counts = await Promise.all(
    statuses.map(async (status) => {
      const count = await db
        .collection("agent_runs")
        .countDocuments({ status }, { limit: mostRead });
      return `${count} ${status}`;
    }),
  );
  return counts.join(", ");
}

/** Only `hermes.<class>: <row>` and its like are shown, never free text. */
function codeOf(error: unknown): string {
  const known =
    typeof error === "string" ? /^[a-z_]+\.[a-z_]+(?:: [a-z0-9_]+$)?/.exec(error) : null;
  return known?.[0] ?? "without a code";
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}
