import type { Db } from "mongodb";
import { encodeTime } from "ulid";
import { z } from "zod";
import { plusMs } from "#core/shared/clock.ts";
import { runIdAt } from "./latency.ts";

/** What came in during an hour, and how the runs that began in it stand now. */
export const HourOfSeries = z.object({
  hour: z.date(),
  messagesIn: z.number().int(),
  answered: z.number().int(),
  held: z.number().int(),
  waiting: z.number().int(),
  failed: z.number().int(),
});
export type HourOfSeries = z.infer<typeof HourOfSeries>;

type Counter = Exclude<keyof HourOfSeries, "hour">;

const hourMs = 3_600_000;
const counterOf: Record<string, Counter> = {
  sent: "answered",
  sending: "answered",
  awaiting_review: "held",
  rejected: "held",
  parked: "waiting",
  running: "waiting",
  retrying: "waiting",
  retry_pending: "waiting",
  error: "failed",
};

const Counted = z.object({
  _id: z.object({ hour: z.string(), status: z.string().optional() }),
  count: z.number().int(),
});

/** One item per hour, the oldest first, the present one last; two statements over a range of ids. */
export async function readSeries(
  db: Db,
  of: { hours: number; now: Date; accountIds: readonly string[] | null },
): Promise<HourOfSeries[]> {
  const present = Math.floor(of.now.getTime() / hourMs) * hourMs;
  const from = new Date(present - (of.hours - 1) * hourMs);
  const accounts = of.accountIds ? { accountId: { $in: [...of.accountIds] } } : {};
  const messageIdAt = `msg_${encodeTime(from.getTime(), 10)}`;
  const [messages, runs] = await Promise.all([
    count(db, "messages", { _id: { $gte: messageIdAt }, ...accounts, direction: "inbound" }, {}),
    count(db, "agent_runs", { _id: { $gte: runIdAt(from) }, ...accounts }, { status: "$status" }),
  ]);
  const hours = new Map<string, HourOfSeries>();
  for (let at = 0; at < of.hours; at++) {
    const hour = plusMs(from, at * hourMs);
    const none = { messagesIn: 0, answered: 0, held: 0, waiting: 0, failed: 0 };
    hours.set(keyOf(hour), { hour, ...none });
  }
  for (const { _id, count: messagesIn } of messages) {
    const hour = hours.get(_id.hour);
    if (hour) hour.messagesIn += messagesIn;
  }
  for (const { _id, count: of_ } of runs) {
    const hour = hours.get(_id.hour);
    const counter = counterOf[_id.status ?? ""];
    if (hour && counter) hour[counter] += of_;
  }
  return [...hours.values()];
}

function keyOf(hour: Date): string {
  return hour.toISOString().slice(0, 13);
}

async function count(
  db: Db,
  collection: string,
  match: object,
  by: object,
): Promise<z.infer<typeof Counted>[]> {
  const hour = { $dateToString: { format: "%Y-%m-%dT%H", date: "$createdAt" } };
  const found = await db
    .collection(collection)
    .aggregate([{ $match: match }, { $group: { _id: { hour, ...by }, count: { $sum: 1 } } }])
    .toArray();
  return found.map((each) => Counted.parse(each));
}
