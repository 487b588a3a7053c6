import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { unfinishedStatuses, type AgentRun } from "#core/agent-runs/agent-run.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { functionNames } from "#local/build-functions.ts";
import { eventually } from "#local/eventually.ts";
import { checkStates, noFindings } from "../../proof/check.ts";
import { write } from "./contacts.ts";
import { hermesPlaces, mostAtOnce, type SoakHub } from "./soak-hub.ts";
import { logIn } from "./wechat-faults.ts";

const Any = z.looseObject({});
/** A retry Lambda that dies over a forgotten message leaves it to a look five minutes later (`putOffSeconds`). */
const patienceMs = 480_000;

/**
 * The faults end, people put right what they had left, everybody writes once more, reviewers do what
 * they had no draft for, and the hub goes on until it has nothing to do. Gives what it did not come to an end with.
 */
export async function settle(
  hub: SoakHub,
  say: (line: string) => void,
  reviewRest: () => Promise<void>,
): Promise<string[]> {
  const stuck: string[] = [];
  const until = async (what: string, holds: () => Promise<boolean>) => {
    say(`  waiting until ${what}`);
    const find = async () => ((await holds()) ? true : null);
    await eventually(what, find, patienceMs).catch((error: unknown) => {
      stuck.push(inWords(error));
    });
  };
  await endFaults(hub);
  await until("every bot is logged in, at work and polled", () => allAtWork(hub));
  await until("no person answers in Hermes' place", () => handAllBack(hub));
  for (const contact of hub.contacts) write(hub, contact, () => 1);
  // The last copies of what was written come now.
  hub.wechat.advanceClock(12_000);
  await until("what was written last is stored", () => isLastStored(hub));
  await until("all that can be answered is answered", () => isWorkedOff(hub));
  await reviewRest();
  await until("what was approved has gone out", () => isWorkedOff(hub));
  await until("nobody polls", () => stopAll(hub));
  await until("leases, turns, schedules and logins are at rest", async () => {
    const left = await unrested(hub);
    if (left.length > 0) throw new Error(left.join(", "));
    return true;
  });
  return stuck;
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${inWords(error.cause)}`;
}

async function endFaults({ wechat, hermes, host, losesDeletion }: SoakHub): Promise<void> {
  for (const { faultId } of wechat.state().faults) wechat.disarmFault(faultId);
  losesDeletion.decide = () => false;
  for (const name of functionNames) host.throttle(name, mostAtOnce);
  hermes.tunnel.behave({ kind: "none" });
  hermes.clearScripts();
  hermes.configure({ maxConcurrentRuns: hermesPlaces });
  hermes.drain(false);
  if (!hermes.isOn) await hermes.on();
}

/** Puts the next thing right that is not; true when there is none left. */
async function allAtWork(hub: SoakHub): Promise<boolean> {
  await hub.client.call("POST", "/api/hermes/resume", Any, {});
  for (const bot of hub.bots) {
    const account = await hub.db.collection<Account>("accounts").findOne({ _id: bot.accountId });
    if (account?.botId !== undefined) bot.botId = account.botId;
    if (account?.status === "login_expired") await logIn(hub, bot);
    else if (account?.status === "suspended") await hub.client.change(bot.accountId, "resume");
    else if (account?.polling === false) await hub.client.change(bot.accountId, "start-polling");
  }
  const polls = hub.wechat.openPolls();
  return hub.bots.every(({ botId }) => (polls[botId] ?? 0) > 0);
}

async function stopAll({ client, db }: SoakHub): Promise<boolean> {
  const polling = await db.collection<Account>("accounts").find({ polling: true }).toArray();
  for (const { _id } of polling) await client.change(_id, "stop-polling");
  return polling.length === 0;
}

async function handAllBack(hub: SoakHub): Promise<boolean> {
  const conversations = hub.db.collection<Conversation>("conversations");
  const takenOver = await conversations.find({ takenOverBy: { $ne: null } }).toArray();
  for (const { _id } of takenOver) {
    await hub.client.call("POST", `/api/conversations/${_id}/hand-back`, Any, {});
  }
  return takenOver.length === 0;
}

async function isLastStored({ db, contacts }: SoakHub): Promise<boolean> {
  const inbound = await db
    .collection<{ text: string | null }>("messages")
    .find({ direction: "inbound" }, { projection: { text: 1 } })
    .toArray();
  const texts = inbound.map(({ text }) => text ?? "").join(" ");
  return contacts.every(({ sent }) => texts.includes(sent.at(-1)?.marker ?? ""));
}

/** Throws, with what there is, while something is still to be done. */
async function isWorkedOff({ db, queue }: SoakHub): Promise<true> {
  const messages = db.collection("messages");
  const waiting = await messages.countDocuments({ waiting: true });
  const going = await messages.countDocuments({ open: "going" });
  const isApproved = { status: "awaiting_review", "review.approvedAt": { $type: "date" } } as const;
  const runs = await db
    .collection<AgentRun>("agent_runs")
    .find({ $or: [{ status: { $in: [...unfinishedStatuses] } }, isApproved] })
    .toArray();
  const { ready, inFlight } = queue.depth().agent;
  if (waiting + going + runs.length + ready + inFlight === 0) return true;
  const shown = runs.map(({ _id, status, waitCause, turnId, aliveUntil }) => {
    return `${_id} ${status} ${waitCause} ${turnId} ${aliveUntil?.toISOString()}`;
  });
  throw new Error(
    `${waiting} texts wait, ${going} messages are going out, ${ready} + ${inFlight} jobs, runs: ${shown.join("; ")}`,
  );
}

/** What is not at rest although nobody polls any more. */
export async function unrested({ db, scheduler }: SoakHub): Promise<string[]> {
  const findings = noFindings();
  await checkStates({ db, scheduler, clock: { now: () => new Date() } }, findings);
  return findings.stuck.filter((each) => !each.endsWith("dead jobs"));
}
