import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import type { Random } from "#local/wechat-sim/random.ts";
import { at } from "./choose.ts";

/**
 * How a question ended: `approved` to `draft` where a person reads first; `late` fell into the outage;
 * `credits` and `window` wait for the contact.
 */
export type Ending =
  | "sent"
  | "late"
  | "approved"
  | "edited"
  | "rejected"
  | "draft"
  | "credits"
  | "window"
  | "refused"
  | "unconfirmed"
  | "no_answer"
  | "taken_over";

export type PlannedExchange = { askedAt: Date; ending: Ending };

/** The last question's end where answers go out by themselves; most are well. */
const autoEndings: readonly Ending[] = [
  "sent",
  "sent",
  "refused",
  "sent",
  "credits",
  "sent",
  "sent",
  "unconfirmed",
  "sent",
  "sent",
  "no_answer",
  "sent",
  "taken_over",
  "sent",
  "sent",
  "sent",
  "window",
  "sent",
];
const reviewedEndings: readonly Ending[] = ["draft", "draft", "edited"];
const pastReviews: readonly Ending[] = ["approved", "approved", "edited", "approved", "rejected"];

const hourMs = 3_600_000;
const outage = { beforeMs: 5 * hourMs, lastsMs: 25 * 60_000 };
const apartMs = 40 * 60_000;

/** When Hermes was away: some hours ago, for a while. */
export function outageOf(now: Date): { from: Date; to: Date } {
  const from = plusMs(now, -outage.beforeMs);
  return { from, to: plusMs(from, outage.lastsMs) };
}

/** How many questions a talk has at the most: of the last day, and of the week before. */
export type TalkSize = { ofDay: number; ofWeek: number };

/** A contact's questions, the oldest first, and how each ended. */
export function planTalk(
  random: Random,
  of: { now: Date; number: number; isReviewed: boolean; size: TalkSize },
): PlannedExchange[] {
  const { now, number, isReviewed, size } = of;
  const last = isReviewed ? at(reviewedEndings, number) : at(autoEndings, number);
  const lastAt = lastTime(random, { now, number, last });
  const times = [lastAt];
  const addSome = (most: number, time: () => Date) => {
    const wanted = times.length + most;
    for (let tries = 0; times.length < wanted && tries < 4 * most; tries++) {
      const next = time();
      const isApart = times.every((other) => Math.abs(other.getTime() - next.getTime()) > apartMs);
      if (isApart && next < lastAt) times.push(next);
    }
  };
  addSome(size.ofDay - 1, () => waking(random, now));
  addSome(size.ofWeek, () => waking(random, now, random.between(1, 6)));
  const down = outageOf(now);
  const inOutage = plusMs(down.from, random.between(60_000, outage.lastsMs - 120_000));
  const isFree = times.every((time) => Math.abs(time.getTime() - inOutage.getTime()) > apartMs);
  if (number % 3 === 0 && isFree && inOutage < lastAt) times.push(inOutage);
  const before = times.filter((time) => time < lastAt).toSorted((a, b) => +a - +b);
  return [
    ...before.map((askedAt, index) => ({
      askedAt,
      ending: endingOf(askedAt, { down, isReviewed, index: number + index }),
    })),
    { askedAt: lastAt, ending: last },
  ];
}

function endingOf(
  askedAt: Date,
  of: { down: { from: Date; to: Date }; isReviewed: boolean; index: number },
): Ending {
  if (of.isReviewed) return at(pastReviews, of.index);
  return askedAt >= of.down.from && askedAt < of.down.to ? "late" : "sent";
}

/** Some drafts are about to be too late; what waits for a window is older than one. */
function lastTime(
  random: Random,
  { now, number, last }: { now: Date; number: number; last: Ending },
): Date {
  const { to } = outageOf(now);
  const minutesAgo = (from: number, until: number) =>
    plusSeconds(now, -60 * random.between(from, until));
  if (last === "window") return minutesAgo(25 * 60, 26 * 60);
  if (last === "draft" && number % 3 === 0) return minutesAgo(21 * 60, 23 * 60 + 40);
  if (last === "draft" || last === "taken_over") return minutesAgo(4, 170);
  const time = waking(random, now);
  return time > to ? time : minutesAgo(6, 220);
}

/** How likely somebody writes in each of a day's hours, in tenths. */
const liveliness = [1, 1, 0, 0, 0, 1, 2, 4, 7, 8, 9, 9, 10, 8, 6, 6, 7, 8, 10, 10, 9, 7, 4, 2];
const shanghaiMs = 8 * hourMs;

/** A moment of the last day, or so many days before, at which people are awake in China. */
function waking(random: Random, now: Date, daysAgo = 0): Date {
  for (;;) {
    const time = plusMs(now, -daysAgo * 24 * hourMs - random.between(5 * 60_000, 23.5 * hourMs));
    const hour = new Date(time.getTime() + shanghaiMs).getUTCHours();
    if (random.between(1, 10) <= at(liveliness, hour)) return time;
  }
}
