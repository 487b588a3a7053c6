import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { isSettled, type InboundMessage, type OutboundMessage } from "#core/messages/message.ts";
import type { DeadJob } from "#core/queue/dead-job.ts";
import { queueFigures } from "#infra/figures.ts";
import { checkMessages, noFindings, type Findings } from "../../proof/check.ts";
import { markers } from "./contacts.ts";
import type { Losses } from "./losses.ts";
import { unrested } from "./settle.ts";
import type { SoakHub } from "./soak-hub.ts";
import type { Trouble } from "./trouble.ts";

export type Counts = {
  sent: number;
  stored: number;
  answered: number;
  /** Came under a login that was over: kept with that reason, or left with a bot that is gone. */
  ofOldLogins: number;
  runs: Record<string, number>;
  errors: Record<string, number>;
  unanswered: Record<string, number>;
  bubbles: number;
  deadJobs: number;
  overlaps: number;
};

type Found = { counts: Counts; findings: Findings };

type Records = {
  inbound: readonly InboundMessage[];
  outbound: readonly OutboundMessage[];
  runs: readonly AgentRun[];
};

/** Compares the database, the phones and what contacts wrote; all findings empty when all held. */
export async function findAll(hub: SoakHub, trouble: Trouble, losses: Losses): Promise<Found> {
  const findings = noFindings();
  const { db } = hub;
  const messages = db.collection<InboundMessage | OutboundMessage>("messages");
  const records: Records = {
    inbound: (await messages.find({ direction: "inbound" }).toArray()).filter(isInbound),
    outbound: (await messages.find({ direction: "outbound" }).toArray()).filter(isOutbound),
    runs: await db.collection<AgentRun>("agent_runs").find().toArray(),
  };
  await checkMessages({ db }, findings);
  findings.stuck.push(...(await unrested(hub)));
  const stored = checkStored(hub, records, losses, findings);
  const answered = checkAnswers(hub, records, findings);
  const bubbles = checkBubbles(hub, records, findings);
  checkOrder(hub, records, findings);
  const deadJobs = await checkDeadJobs(hub, trouble, findings);
  const overlaps = sum(Object.values(hub.wechat.overlaps()));
  if (overlaps > 0) findings.duplicated.push(`${overlaps} polls at the same time`);
  const sent = sum(hub.contacts.map((contact) => contact.sent.length));
  const { runs, inbound } = records;
  const counts: Counts = {
    sent,
    ...stored,
    answered,
    runs: tally(runs, ({ status }) => status),
    errors: tally(runs, ({ status, error }) => (status === "error" ? (error ?? "") : null)),
    unanswered: tally(inbound, ({ unansweredReason }) => unansweredReason),
    bubbles,
    deadJobs,
    overlaps,
  };
  return { counts, findings };
}

function isInbound(message: InboundMessage | OutboundMessage): message is InboundMessage {
  return message.direction === "inbound";
}

function isOutbound(message: InboundMessage | OutboundMessage): message is OutboundMessage {
  return message.direction === "outbound";
}

/** Each text that was written to a bot of today is stored once. */
function checkStored(
  { contacts }: SoakHub,
  { inbound }: Records,
  losses: Losses,
  findings: Findings,
): Pick<Counts, "stored" | "ofOldLogins"> {
  const byMarker = Map.groupBy(inbound, ({ text }) => text?.match(markers)?.[0] ?? "");
  let [stored, ofOldLogins] = [0, 0];
  for (const { bot, sent } of contacts) {
    for (const { marker, botId, messageIds } of sent) {
      const copies = byMarker.get(marker) ?? [];
      if (copies.length > 1) findings.duplicated.push(`stored ${copies.length} times: ${marker}`);
      if (copies.length > 0) stored += 1;
      else if (botId !== bot.botId) ofOldLogins += 1;
      else {
        const loss = losses.of(botId, messageIds);
        if (loss === "lost") findings.lost.push(`not stored: ${marker}`);
        else findings.lostInFlight.push(`${loss}: ${marker}`);
      }
    }
  }
  return { stored, ofOldLogins };
}

/** Hermes' words on each text are read once at the most, and once where its run says so. */
function checkAnswers(
  hub: SoakHub,
  { runs, outbound, inbound }: Records,
  findings: Findings,
): number {
  const read = new Map<string, number>();
  for (const { text } of hub.wechat.bubbles()) {
    for (const marker of text.match(markers) ?? []) read.set(marker, (read.get(marker) ?? 0) + 1);
  }
  for (const [marker, times] of read) {
    if (times > 1) findings.duplicated.push(`${times} times on the phone: ${marker}`);
  }
  const answers = new Map(outbound.map((message) => [message._id, message]));
  const texts = new Map(inbound.map(({ _id, text }) => [_id, text ?? ""]));
  for (const run of runs) {
    if (run.status === "error" && !run.error) findings.lost.push(`run ${run._id} says no reason`);
    const answer = answers.get(run.outboundMessageId ?? "");
    if (run.status !== "sent" || run.review?.editedText) continue;
    if (!answer) findings.lost.push(`run ${run._id} is sent and has no answer`);
    if (!answer?.chunks.every(({ state }) => state === "accepted")) continue;
    for (const marker of run.messageIds.flatMap((id) => texts.get(id)?.match(markers) ?? [])) {
      const isSaid = run.outputText?.includes(marker) ?? false;
      if (isSaid && !read.has(marker)) findings.lost.push(`not on the phone: ${marker}`);
    }
  }
  return read.size;
}

/** Each chunk that WeChat took is one bubble, and no bubble is there that nobody sent. */
function checkBubbles(hub: SoakHub, { outbound }: Records, findings: Findings): number {
  const bubbles = hub.wechat.bubbles();
  const shown = Map.groupBy(bubbles, ({ clientId }) => clientId ?? "");
  const chunks = outbound.flatMap((message) => message.chunks);
  for (const chunk of chunks) {
    const times = shown.get(chunk.clientId)?.length ?? 0;
    if (times > 1) findings.duplicated.push(`a bubble is shown ${times} times`);
    if (times === 0 && chunk.state === "accepted")
      findings.lost.push("a taken bubble is not shown");
    if (times > 0 && !isSettled(chunk)) findings.stuck.push(`a shown bubble is ${chunk.state}`);
  }
  const known = new Set(chunks.map(({ clientId }) => clientId));
  const strange = bubbles.filter(({ clientId }) => !known.has(clientId ?? ""));
  if (strange.length > 0) findings.duplicated.push(`${strange.length} bubbles that nobody sent`);
  return bubbles.length;
}

/**
 * Answers that no person held up are sent in the order of their questions. By WeChat's acceptance,
 * since it may show a bubble late.
 */
function checkOrder(hub: SoakHub, { runs, inbound }: Records, { outOfOrder }: Findings): void {
  const texts = new Map(inbound.map(({ _id, text }) => [_id, text ?? ""]));
  const decided = new Set(
    runs
      .filter(({ review }) => review?.approvedAt)
      .flatMap(({ messageIds }) => messageIds.flatMap((id) => texts.get(id)?.match(markers) ?? [])),
  );
  for (const { userId, sent } of hub.contacts) {
    const asked = new Map(sent.map(({ marker }, at) => [marker, at]));
    const said = hub.wechat
      .attempts({ userId })
      .filter(({ verdict }) => verdict === "accepted")
      .flatMap(({ text }) => text.match(markers) ?? []);
    const told = [...new Set(said)].filter((marker) => !decided.has(marker));
    const places = told.map((marker) => asked.get(marker) ?? -1);
    if (places.some((place, at) => place < (places[at - 1] ?? 0))) outOfOrder.push(told.join(" "));
  }
}

/** A job may die only when we hindered it as often as the queue gives it out. */
async function checkDeadJobs(hub: SoakHub, trouble: Trouble, { stuck }: Findings): Promise<number> {
  const dead = await hub.db.collection<DeadJob>("dead_jobs").find().toArray();
  for (const { _id, why } of dead) {
    const hindered = trouble.hindered.get(_id.replace(/^dead_/, "")) ?? 0;
    if (hindered < queueFigures.maxReceiveCount) {
      stuck.push(`dead job (${why}), hindered ${hindered} times by the soak`);
    }
  }
  return dead.length;
}

function tally<T>(things: readonly T[], by: (thing: T) => string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const thing of things) {
    const key = by(thing);
    if (key !== null) counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
